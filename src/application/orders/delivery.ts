/** One delivery of a message to a replica: where it came from and at which attempt. */
export interface Delivery {
  readonly replica: string;
  readonly topic: string;
  readonly partition: number;
  /** 64-bit integer, as text. */
  readonly offset: string;
  /** 1 at the first. */
  readonly attempt: number;
}

/** The attempt that a use case is part of. */
export interface Attempt {
  /** Aborted when the attempt is overdue. */
  readonly signal: AbortSignal;
  /** W3C trace context, passed on. */
  readonly traceparent?: string | undefined;
  /** Whether the message is this replica's at this moment. Ask at the last moment before an effect. */
  mayTakeEffect(): boolean;
}

/** The message no longer belongs to this replica, so the attempt ended without an effect. */
export class NotOurs extends Error {
  override readonly name = 'NotOurs';

  constructor() {
    super('the message no longer belongs to this replica');
  }
}
