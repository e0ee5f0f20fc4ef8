/** Header values are bytes on the wire; strings are sent as UTF-8. */
export type MessageHeaders = Readonly<Record<string, string | Uint8Array>>;

export interface EncodedMessage {
  readonly key: string | Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: MessageHeaders;
}

/** Where the message is in the topic. `offset` is a 64-bit integer, as text. */
export interface PublishedMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/**
 * Appends messages to the order topic.
 *
 * - resolves only after every in-sync replica has the message
 * - the partition is the one that Kafka's default partitioner gives for the key, any one without a key; messages of one
 *   key keep their order, except across an unknown outcome
 * - an absent topic is never created: the message is not sent
 * - every publish ends within a deadline
 *
 * Rejects with {@link MessagePublishFailed} or {@link MessageTooLarge}, nothing else.
 */
export interface MessagePublisher {
  publish(message: EncodedMessage): Promise<PublishedMessage>;
}

/**
 * `not-sent`: surely not in the topic, publishing again is safe. `unknown`: it may be there once or not at all;
 * publishing again under the same order id is safe, as an order takes effect once.
 */
export class MessagePublishFailed extends Error {
  override readonly name = 'MessagePublishFailed';
  /** Why it was not sent; absent when that is unknown. `overloaded`: more messages wait to be published than have room. */
  readonly reason: 'unreachable' | 'overloaded' | undefined;

  constructor(
    readonly outcome: 'not-sent' | 'unknown',
    message: string,
    { reason, ...options }: ErrorOptions & { readonly reason?: 'overloaded' } = {},
  ) {
    super(message, options);
    this.reason = outcome === 'unknown' ? undefined : (reason ?? 'unreachable');
  }
}

/** The message is over the size limit and was not sent. Others in the same batch are unaffected. */
export class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge';

  constructor(bytes: number, limit: number) {
    super(`the message has ${bytes} bytes, the limit is ${limit}`);
  }
}
