import type {
  CommittedSample,
  Effect,
  History,
  Letter,
  LoggedOrder,
  OrderRequest,
} from '../simulation/history.js';
import type { Installation } from './installation.js';
import { startKafkaBed, type KafkaBed, type KafkaTestTopic } from './kafka-bed.js';
import { PRODUCT, type Answer, type SentOrder } from './load.js';
import type { LoggedRecord } from './messaging-bed.js';
import type { Commit } from './offsets-topic.js';
import type { Put } from './outsider.js';
import { waitFor } from './wait-for.js';

/** A line of the store's history, with the delivery that it came from. */
export interface WitnessedEffect extends Effect {
  readonly replica: string;
  readonly partition: number;
  readonly offset: number;
  readonly attempt: number;
}

export interface WitnessedLetter extends Letter {
  readonly reason: string;
}

/** What was asked of the service, and what is found in Kafka and in the store after it has done its work. */
export interface Testimony extends History {
  readonly effects: readonly WitnessedEffect[];
  /** Each record of the dead letters, one that was written twice as well. */
  readonly letters: readonly WitnessedLetter[];
}

const DRAIN_WITHIN_MS = 120_000;
const EFFECTS = `
  SELECT order_id AS "orderId", o.product AS content, h.status, h.replica, h.partition, h."offset"::int AS "offset", h.attempt,
    extract(epoch FROM h.at)::float8 * 1000 AS at
  FROM order_history h JOIN orders o USING (order_id) ORDER BY h.at`;

/** Looks with clients of its own, and takes the service's word for nothing. */
export class Witness {
  private readonly source: KafkaTestTopic;

  private constructor(
    private readonly bed: KafkaBed,
    private readonly service: Installation,
  ) {
    this.source = bed.existingTopic(service.topic);
  }

  static async call(brokers: readonly string[], service: Installation): Promise<Witness> {
    return new Witness(await startKafkaBed({ brokers }), service);
  }

  /** Waits until all that lies in the log is committed; not for ever. */
  async testify(orders: readonly SentOrder[], puts: readonly Put[]): Promise<Testimony> {
    const lastFaultAt = Date.now();
    const drained = async (): Promise<boolean> =>
      String(await this.source.committed(this.service.group)) === String(await this.source.endOffsets());
    await waitFor('all committed', drained, { deadlineMs: DRAIN_WITHIN_MS, intervalMs: 100 });
    const drainedAt = Date.now();
    const log = await this.source.records();
    const letters = await this.bed.existingTopic(`${this.service.topic}.dlq`).records();
    const commits = (await this.bed.commits(this.service.group, this.service.topic)).map(asSample);
    const effects = await this.service.database.query<WitnessedEffect>(EFFECTS);
    const putAt = new Map(puts.map((put) => [placeOf(put), put]));
    return {
      requests: [
        ...orders.map(({ orderId, answer }) => asRequest(orderId, PRODUCT, answer)),
        ...puts.flatMap(({ order }) =>
          order === undefined ? [] : [asRequest(order.orderId, order.product, 'accepted')],
        ),
      ],
      log: log.map((record) => asLogged(record, putAt.get(placeOf(record))?.reason)),
      letters: letters.map(asLetter),
      effects,
      commits,
      final: await this.final(commits),
      handled: [],
      graceful: false,
      lastFaultAt,
      drainedAt,
      drainWithinMs: DRAIN_WITHIN_MS,
    };
  }

  async leave(): Promise<void> {
    await this.bed.close();
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

interface OrderJson {
  readonly orderId: string;
  readonly product: string;
}

function placeOf({ partition, offset }: { partition: number; offset: string }): string {
  return `${partition}@${offset}`;
}

function asRequest(orderId: string, product: string, answer: Answer): OrderRequest {
  return { orderId, content: product, answer: answer === 'accepted' ? 'success' : answer };
}

function asLogged({ partition, offset, value }: LoggedRecord, reason: Put['reason']): LoggedOrder {
  const place = { partition, offset: Number(offset) };
  if (reason === 'invalid') return { ...place, poison: true };
  const { orderId, product } = JSON.parse(new TextDecoder().decode(value)) as OrderJson;
  return { ...place, order: { orderId, content: product }, poison: reason === 'exhausted' };
}

function asLetter({ headers }: LoggedRecord): WitnessedLetter {
  const text = (name: string): string => new TextDecoder().decode(headers[name]);
  return {
    partition: Number(text('x-original-partition')),
    offset: Number(text('x-original-offset')),
    at: Date.parse(text('x-last-failure-at')),
    reason: text('x-reason'),
  };
}

/** An offset that is deleted means that the group begins anew. */
function asSample({ at, partition, position = 0 }: Commit): CommittedSample {
  return { at, partition, position };
}
