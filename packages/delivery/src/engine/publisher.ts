/** A message to publish. Header values are bytes on the wire; strings are sent as UTF-8. */
export interface Message {
  readonly key: string | Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string | Uint8Array>>;
}

/** Where the topic has the message. `offset` is a 64-bit integer, as text. */
export interface PublishedMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/** What waits to be published. */
export interface QueuedMessages {
  readonly messages: number;
  /** Of keys, values and headers, as they are encoded. */
  readonly bytes: number;
}

/**
 * Appends messages to one topic.
 *
 * - resolves only after every in-sync replica has the message
 * - the partition is the one that Kafka's default partitioner gives for the key, any one without a key; messages of one
 *   key keep their order, except across an unknown outcome
 * - an absent topic is refused, never created
 * - every publish settles within a deadline
 *
 * Rejects with {@link PublishFailed} or {@link MessageTooLarge}, nothing else.
 */
export interface Publisher {
  /** What `publish` has not settled yet. */
  readonly queued: QueuedMessages;
  publish(message: Message): Promise<PublishedMessage>;
}

/**
 * `not-sent`: known not to have happened, publishing again is safe. `unknown`: the topic may have it once or not at all;
 * publishing again may double it.
 */
export class PublishFailed extends Error {
  override readonly name = 'PublishFailed';
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

/** The message alone is over the size limit; its neighbours are unaffected. Known not to have happened. */
export class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge';

  constructor(
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(`the message has ${bytes} bytes, the limit is ${limit}`);
  }
}
