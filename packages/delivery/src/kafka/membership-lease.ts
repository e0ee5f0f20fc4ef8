import type { Logger } from '../engine/logger.js';

export interface LeaseSettings {
  /** A member that is silent for this long loses its partitions. */
  readonly sessionTimeoutMs: number;
  /** How soon a member notices a rebalance. */
  readonly heartbeatIntervalMs: number;
}

/** Sends one heartbeat; rejects with what the group's coordinator has against it. */
export type Heartbeat = () => Promise<void>;

/** The coordinator's ways to say that the member has lost its place. */
const LOST = ['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID'];

/**
 * A member's hold on its partitions. kafkajs beats only between fetches, so this beats on a timer; it holds for a
 * session from when the last answered sign of life was *sent*: who was frozen finds old answers when it wakes up.
 */
export class MembershipLease {
  private sentAt = -Infinity;
  private endedAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly settings: LeaseSettings,
    private readonly logger: Logger,
  ) {}

  get holds(): boolean {
    return performance.now() - this.sentAt < this.settings.sessionTimeoutMs;
  }

  /** The coordinator answered what was sent at `sentAt`, on the clock of `performance.now()`. */
  renew(sentAt: number): void {
    if (sentAt > this.endedAt) this.sentAt = Math.max(this.sentAt, sentAt);
  }

  /** Answers to what was sent before don't renew it any more. */
  end(): void {
    this.pause();
    this.endedAt = performance.now();
    this.sentAt = -Infinity;
  }

  /** Heartbeats go out in every interval from now on. */
  beat(heartbeat: Heartbeat): void {
    this.pause();
    this.timer = setInterval(() => void this.send(heartbeat), this.settings.heartbeatIntervalMs).unref();
  }

  /** For a join: a heartbeat would wait behind it on the same connection, and then be one of an older generation. */
  pause(): void {
    clearInterval(this.timer);
  }

  /** What fails here, kafkajs' own loop meets as well: it joins again, or gives up. */
  private async send(heartbeat: Heartbeat): Promise<void> {
    try {
      await heartbeat();
    } catch (error) {
      const { type = '' } = error as { readonly type?: string };
      if (LOST.includes(type)) this.end();
      this.logger.debug('a heartbeat failed', { error });
    }
  }
}
