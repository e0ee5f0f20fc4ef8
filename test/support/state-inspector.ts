import type {
  CommittedSample,
  Effect,
  History,
  Letter,
  LoggedOrder,
  OrderRequest,
} from '../../packages/delivery/test/simulation/history.js';
import type { Resolution } from '../../src/application/ports/dead-letters.js';
import { REPAIRABLE } from './fulfilment-server.js';
import type { Installation } from './installation.js';
import {
  startKafkaTestBroker,
  type KafkaTestBroker,
  type KafkaTestTopic,
} from '../../packages/delivery/test/support/kafka-test-broker.js';
import type { Commit, StoredMessage } from '../../packages/delivery/test/support/offsets-topic.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

/** A line of the store's history, with the delivery that it came from. */
export interface StoredEffect extends Effect {
  readonly replica: string;
  readonly partition: number;
  readonly offset: number;
  readonly attempt: number;
}

export interface StoredDeadLetter extends Letter {
  readonly reason: string;
  readonly attempts: number;
}

export interface StoredRecord extends LoggedOrder {
  /** It came from the rogue producer, past the API. */
  readonly isForeign?: boolean;
}

/** What clients asked of the service, and what is found in Kafka and in the store at the end. */
export interface Inspection extends History {
  readonly log: readonly StoredRecord[];
  readonly effects: readonly StoredEffect[];
  /** Each record of the dead-letter topic, one that was written twice as well. */
  readonly letters: readonly StoredDeadLetter[];
  /** How often the dead-letter topic says that a dead letter was resolved. */
  readonly resolutions: Readonly<Record<Resolution, number>>;
}

/** Of orders that must be dead-lettered, unless their cause is fixed. */
const FAILING_PRODUCTS = new Set(['fail', 'unavailable', REPAIRABLE]);
const STAMPED = { 'message.timestamp.type': 'LogAppendTime' };
const DRAIN_WITHIN_MS = 120_000;
const EFFECTS = `
  SELECT order_id AS "orderId", o.product AS content, h.status, h.replica, h.partition, h."offset"::int AS "offset", h.attempt,
    extract(epoch FROM h.at)::float8 * 1000 AS at
  FROM order_history h JOIN orders o USING (order_id) ORDER BY h.at`;

/** Reads Kafka and the store with clients of its own, and trusts nothing that the service says. */
export class StateInspector {
  private readonly source: KafkaTestTopic;
  private readonly deadLetterTopic: string;

  private constructor(
    private readonly broker: KafkaTestBroker,
    private readonly service: Installation,
  ) {
    this.source = broker.existingTopic(service.topic);
    this.deadLetterTopic = `${service.topic}.dlq`;
  }

  static async connect(brokers: readonly string[], service: Installation): Promise<StateInspector> {
    return new StateInspector(await startKafkaTestBroker({ brokers }), service);
  }

  /** From here on dead letters have the time at which a broker appended them: a replica's clock may be wrong. */
  async stampDeadLetters(): Promise<void> {
    await this.broker.configure(this.deadLetterTopic, STAMPED);
  }

  async countDeadLetters(): Promise<number> {
    const ends = await this.broker.existingTopic(this.deadLetterTopic).endOffsets();
    return Number(ends.reduce((sum, end) => sum + end, 0n));
  }

  /** The broker refuses larger dead letters from here on. */
  async limitDeadLetters(bytes: number): Promise<void> {
    await this.broker.configure(this.deadLetterTopic, { 'max.message.bytes': String(bytes) });
  }

  /** Waits until all records of the topic are committed, for `drainWithinMs` at most, and looks. */
  async inspect(requests: readonly OrderRequest[], drainWithinMs = DRAIN_WITHIN_MS): Promise<Inspection> {
    const lastFaultAt = Date.now();
    const drained = async (): Promise<boolean> =>
      String(await this.source.committed(this.service.group)) === String(await this.source.endOffsets());
    const drainedAt = await waitFor('all committed', drained, {
      deadlineMs: drainWithinMs,
      intervalMs: 100,
    })
      .then(() => Date.now())
      .catch(() => undefined);
    const log = await this.source.stored();
    const deadLetters = await this.broker.existingTopic(this.deadLetterTopic).stored();
    const count = (resolution: Resolution) => deadLetters.filter(resolvedAs(resolution)).length;
    const commits = (await this.broker.commits(this.service.group, this.service.topic)).map(toSample);
    const effects = await this.service.database.query<StoredEffect>(EFFECTS);
    return {
      requests,
      log: log.map(toLogged),
      letters: deadLetters.filter(isDeadLetter).map(toDeadLetter),
      resolutions: { redriven: count('redriven'), discarded: count('discarded') },
      effects,
      commits,
      final: await this.final(commits),
      handled: [],
      graceful: false,
      lastFaultAt,
      ...(drainedAt !== undefined && { drainedAt }),
      drainWithinMs,
    };
  }

  async close(): Promise<void> {
    await this.broker.close();
  }

  private async final(commits: readonly CommittedSample[]): Promise<History['final']> {
    const ends = await this.source.endOffsets();
    return ends.map((end, partition) => ({
      partition,
      end: Number(end),
      committed: commits.findLast((commit) => commit.partition === partition)?.position ?? 0,
    }));
  }
}

/** As the service's documents say what an order is, and {@link FulfilmentServer} what becomes of its product. */
function toLogged(message: StoredMessage): StoredRecord {
  const { partition, offset, timestamp, headers = {} } = message;
  const redriveCount = Number(headers['x-redrive-count'] ?? 0);
  const record = {
    ...{ partition, offset: Number(offset), at: Number(timestamp) },
    ...(isForeign(message) && { isForeign: true }),
    ...(redriveCount > 0 && { redriveCount }),
  };
  const order = decodeOrder(message);
  if (order === undefined) return { ...record, poison: true };
  return {
    ...record,
    order,
    poison: FAILING_PRODUCTS.has(order.content),
    refused: order.content === 'reject',
  };
}

/** The rogue producer names a message after its order, or not at all. */
function isForeign({ key, headers = {} }: StoredMessage): boolean {
  const messageId = headers['ce_id'];
  return messageId === undefined || String(messageId) === String(key);
}

function decodeOrder({ key, value, headers = {} }: StoredMessage): LoggedOrder['order'] {
  if (value === null || String(headers['ce_type']) !== 'app.order.submitted.v1') return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(value);
    const { orderId, product, quantity } = JSON.parse(text) as Record<string, unknown>;
    const isOrder = orderId === String(key) && typeof product === 'string' && Number(quantity) >= 1;
    return isOrder ? { orderId, content: product } : undefined;
  } catch {
    return undefined; // no text, or no JSON
  }
}

/** Other records say that a dead letter was resolved. */
function isDeadLetter({ headers = {} }: StoredMessage): boolean {
  return headers['x-reason'] !== undefined && headers['x-mark'] === undefined;
}

function resolvedAs(resolution: Resolution) {
  return ({ headers = {} }: StoredMessage): boolean =>
    headers['x-reason'] === undefined && String(headers['x-resolution']) === resolution;
}

function toDeadLetter({ timestamp, headers = {} }: StoredMessage): StoredDeadLetter {
  return {
    partition: Number(headers['x-original-partition']),
    offset: Number(headers['x-original-offset']),
    at: Number(timestamp),
    reason: String(headers['x-reason']),
    attempts: Number(headers['x-attempts']),
  };
}

function toSample({ at, partition, position }: Commit): CommittedSample {
  return { at, partition, ...(position !== undefined && { position }) };
}
