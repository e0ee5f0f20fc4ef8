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
