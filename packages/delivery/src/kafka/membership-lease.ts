import type { Logger } from '../engine/logger.js';
import type { GroupSettings } from '../engine/messaging.js';

/** Sends one heartbeat; rejects when the group's coordinator refuses it. */
export type Heartbeat = () => Promise<void>;

/** The coordinator's ways to say that the member has lost its place. */
const LOST = ['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID'];

/**
 * How long the group surely still counts a member in: the session time-out from when the latest heartbeat that it confirmed
 * was *sent*, as a process that was frozen reads old responses. kafkajs beats only between fetches, this on a timer.
 */
export class MembershipLease {
  private sentAt = -Infinity;
  private endedAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly settings: Pick<Required<GroupSettings>, 'sessionTimeoutMs' | 'heartbeatIntervalMs'>,
    private readonly logger: Logger,
  ) {}

  get holds(): boolean {
    return performance.now() - this.sentAt < this.settings.sessionTimeoutMs;
  }

  /** The coordinator confirmed what was sent at `sentAt`, on the clock of `performance.now()`. */
  renew(sentAt: number): void {
    if (sentAt > this.endedAt) this.sentAt = Math.max(this.sentAt, sentAt);
  }

  /** Heartbeats that were sent before don't renew it any more. */
  end(): void {
    this.pause();
    this.endedAt = performance.now();
    this.sentAt = -Infinity;
  }

  /** Sends a heartbeat in every interval from now on. */
  beat(heartbeat: Heartbeat): void {
    this.pause();
    this.timer = setInterval(() => void this.send(heartbeat), this.settings.heartbeatIntervalMs).unref();
  }

  /** For a join: a heartbeat would wait behind it on the same connection, and then be one of an older generation. */
  pause(): void {
    clearInterval(this.timer);
  }

  /** kafkajs' own loop meets the same failure: it joins again, or ends. */
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
