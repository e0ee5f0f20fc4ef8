import type { Logger } from '../engine/logger.js';
import { disconnect, type KafkaClient } from './kafka-client.js';
import { connectCluster } from './kafkajs-fetch.js';
import type { Broker, Cluster } from './kafkajs-internals.js';
import { produce, type PartitionBatch, type PartitionResponse } from './produce-request.js';
import { isPassing } from './protocol-error.js';
import type { ProducerId } from './record-batch.js';

export const DISCONNECT_DEADLINE_MS = 2_000;

/** The brokers of a topic, as whoever sends to it needs them. One connection to each, made when it is first used. */
export class TopicBrokers {
  private cluster: Promise<Cluster> | undefined;
  private leaders: ReadonlyMap<number, string> = new Map();
  private latestProducer: ProducerId | undefined;
  private newProducer: Promise<ProducerId> | undefined;
  /** Nodes, and whoever is asked for leaders. */
  private readonly unreachable = new Set<string>();

  constructor(
    private readonly client: KafkaClient,
    private readonly topic: string,
    private readonly logger: Logger,
  ) {}

  /** The node that leads a partition, as far as is known. */
  leader(partition: number): string | undefined {
    return this.leaders.get(partition);
  }

  /** Asks the brokers who leads which partition. */
  async findLeaders(): Promise<void> {
    await this.reaching('any', async () => {
      const isNew = this.cluster === undefined;
      const cluster = await this.connected();
      if (!isNew) await cluster.refreshMetadata();
      const partitions = cluster.findTopicPartitionMetadata(this.topic);
      this.leaders = new Map(partitions.map(({ partitionId, leader }) => [partitionId, String(leader)]));
    });
  }

  connect(node: string): Promise<Broker> {
    return this.reaching(node, async () => (await this.connected()).findBroker({ nodeId: node }));
  }

  /** A producer id that is not `last`. Those who need another one at the same time get the same: partitions are numbered each for itself. */
  async producerAfter(last: ProducerId | undefined, broker: Broker): Promise<ProducerId> {
    if (this.latestProducer === undefined || this.latestProducer === last) {
      this.newProducer ??= this.reaching(broker.brokerAddress, () => initProducer(broker)).finally(
        () => (this.newProducer = undefined),
      );
      this.latestProducer = await this.newProducer;
    }
    return this.latestProducer;
  }

  /** By partition. Rejects when it is not known what became of the batches; then the next request has a new connection. */
  async produce(
    broker: Broker,
    batches: readonly PartitionBatch[],
  ): Promise<ReadonlyMap<number, PartitionResponse>> {
    try {
      return await produce(broker, this.topic, batches);
    } catch (error) {
      this.client.drop(broker.brokerAddress);
      throw error;
    }
  }

  async close(): Promise<void> {
    const { cluster } = this;
    if (cluster === undefined) {
      this.client.destroy();
      return;
    }
    try {
      await disconnect(
        this.client,
        { disconnect: async () => (await cluster).disconnect() },
        DISCONNECT_DEADLINE_MS,
      );
    } catch (error) {
      this.logger.debug('a producer did not disconnect cleanly', { error });
    }
  }

  private connected(): Promise<Cluster> {
    if (this.cluster === undefined) {
      const connecting = connectCluster(this.client, this.topic);
      connecting.catch(() => {
        if (this.cluster === connecting) this.cluster = undefined;
      });
      this.cluster = connecting;
    }
    return this.cluster;
  }

  /** Says once that there is no connection, until there is one again. A broker that did not respond gets a new connection. */
  private async reaching<T>(whom: string, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.unreachable.delete(whom);
      return result;
    } catch (error) {
      const { broker } = error as { readonly broker?: unknown };
      if (typeof broker === 'string') this.client.drop(broker);
      if (isPassing(error)) throw error;
      if (!this.unreachable.has(whom)) this.logger.warn('no connection to Kafka', { error });
      this.unreachable.add(whom);
      throw error;
    }
  }
}

async function initProducer(broker: Broker): Promise<ProducerId> {
  const { producerId, producerEpoch } = await broker.initProducerId({
    transactionalId: null,
    transactionTimeout: 0,
  });
  return { producerId: BigInt(producerId), producerEpoch };
}
