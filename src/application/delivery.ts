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

/** What a use case asks of the attempt that it runs in. */
export interface Ownership {
  /** Aborted when the attempt has used up its time. */
  readonly signal: AbortSignal;
  /** Whether the message is this replica's at this moment. Ask at the last moment before an effect. */
  mayTakeEffect(): boolean;
}

/** The message may have gone to another replica: nothing was changed. */
export class NotOurs extends Error {
  override readonly name = 'NotOurs';

  constructor() {
    super('the message may be at another replica by now');
  }
}
