import { setTimeout as delay } from 'node:timers/promises';
import { before } from '../engine/deadline.js';
import { encodedSize } from '../engine/encoded-size.js';
import { FEED_DEFAULTS, type Feed, type FeedEntry, type FeedSettings } from '../engine/feed.js';
import { FeedListeners } from '../engine/feed-listeners.js';
import { failureText } from '../engine/failure-text.js';
import type { Logger } from '../engine/logger.js';
import type { KafkaFeedTopic } from './kafka-feed-topic.js';
import type { TopicReader } from './topic-reader.js';
import type { TopicSender } from './topic-sender.js';

interface Waiting {
  readonly value: Uint8Array;
  readonly settle: ((appended: boolean) => void)[];
}

const PARTITION = 0;
const FETCHED_BYTES = 1024 * 1024;
/** A reading waits so long for an entry; the broker responds as soon as there is one. An idle replica notices each reading. */
const WAIT_MS = 3_000;
/** What comes within it is read together. */
const PAUSE_MS = 250;
/** While there is more than a fetch brings: who writes that much is read at 40 MiB/s at most. */
const FLOOD_PAUSE_MS = 25;
const OUTAGE_PAUSE_MS = 1_000;
/** What is in flight, and what waits for it. */
const CLOSING_MS = 4_000;

/** A feed in a topic of Kafka. It connects when it is first used; all who follow it in this process share one reading. */
export class KafkaFeed implements Feed {
  private readonly listeners: FeedListeners;
  private readonly waiting = new Map<string, Waiting>();
  private readonly maxValueBytes: number;
  /** Resolves when nothing waits. */
  private sending: Promise<void> | undefined;
  private readonly closing = new AbortController();
  /** Of the reading that goes on. */
  private reading: AbortController | undefined;

  constructor(
    private readonly settings: FeedSettings,
    private readonly topic: Pick<KafkaFeedTopic, 'isReady'>,
    private readonly sender: Pick<TopicSender, 'append' | 'close'>,
    private readonly reader: Pick<TopicReader, 'ends' | 'poll' | 'close'>,
    private readonly logger: Logger,
  ) {
    this.listeners = new FeedListeners(settings.topic, logger);
    this.maxValueBytes = settings.maxValueBytes ?? FEED_DEFAULTS.maxValueBytes;
  }

  append(key: string, value: Uint8Array): Promise<boolean> {
    if (this.closing.signal.aborted || value.byteLength > this.maxValueBytes) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = [...(this.waiting.get(key)?.settle ?? []), resolve];
      this.waiting.delete(key); // the newest is the last
      this.waiting.set(key, { value, settle });
      this.sending ??= this.send();
    });
  }

  follow(listener: (entry: FeedEntry) => void): () => void {
    if (this.closing.signal.aborted) return () => undefined;
    const stop = this.listeners.add(listener, () => {
      if (this.listeners.isEmpty) this.reading?.abort();
    });
    if (this.reading === undefined || this.reading.signal.aborted) {
      this.reading = new AbortController();
      void this.read(AbortSignal.any([this.reading.signal, this.closing.signal]));
    }
    return stop;
  }

  /** Settles what was appended, and disconnects. */
  async close(): Promise<void> {
    this.closing.abort();
    this.listeners.clear();
    this.reader.close();
    await before(CLOSING_MS, Promise.resolve(this.sending)).catch((error: unknown) => {
      this.log('a feed was closed before all of it was appended', error);
    });
    await this.sender.close();
  }

  private async send(): Promise<void> {
    while (this.waiting.size > 0) {
      const batch = [...this.waiting];
      this.waiting.clear();
      const isReady = await this.topic.isReady();
      await Promise.all(
        batch.map(async ([key, { value, settle }]) => {
          const appended = isReady && (await this.sent(key, value));
          for (const each of settle) each(appended);
        }),
      );
    }
    this.sending = undefined;
  }

  private async sent(key: string, value: Uint8Array): Promise<boolean> {
    const message = { key, value, headers: {} };
    try {
      await this.sender.append(message, encodedSize(message), () => PARTITION);
      return true;
    } catch (error) {
      this.log('an entry of a feed was not appended', error);
      return false;
    }
  }

  private async read(signal: AbortSignal): Promise<void> {
    let position: bigint | undefined;
    const isOver = () => signal.aborted;
    while (!isOver()) {
      let pauseMs = PAUSE_MS;
      try {
        if (await this.topic.isReady()) {
          const read = await this.readFrom(position, signal);
          position = read.next;
          if (read.bytes >= FETCHED_BYTES / 2) pauseMs = FLOOD_PAUSE_MS;
        } else pauseMs = OUTAGE_PAUSE_MS;
      } catch (error) {
        if (!isOver()) this.log('a feed can’t be read, it is tried again', error);
        pauseMs = OUTAGE_PAUSE_MS;
      }
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Returns where to read on. The first time that is the end of now; and so it is of a topic that was made anew. */
  private async readFrom(
    position: bigint | undefined,
    signal: AbortSignal,
  ): Promise<{ next: bigint; bytes: number }> {
    const end = async () => (await this.reader.ends()).get(PARTITION)?.high ?? 0n;
    if (position === undefined) return { next: await end(), bytes: 0 };
    let bytes = 0;
    try {
      const { records, next } = await this.reader.poll(PARTITION, position, FETCHED_BYTES, WAIT_MS);
      for (const record of records) {
        if (signal.aborted) break;
        const { key, value } = record.decode();
        bytes += value?.byteLength ?? 0;
        if (key !== null && value !== null) this.listeners.tell({ key: Buffer.from(key).toString(), value });
      }
      return { next, bytes };
    } catch (error) {
      const last = signal.aborted ? position : await end();
      if (last < position) return { next: last, bytes };
      throw error;
    }
  }

  private log(message: string, error: unknown): void {
    this.logger.debug(message, { topic: this.settings.topic, reason: failureText(error) });
  }
}
