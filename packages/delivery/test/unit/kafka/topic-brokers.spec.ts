import { beforeEach, describe, expect, it } from '@jest/globals';
import type { KafkaClient } from '../../../src/kafka/kafka-client.js';
import type { Broker, Cluster } from '../../../src/kafka/kafkajs-internals.js';
import { createErrorFromCode } from '../../../src/kafka/protocol-error.js';
import { TopicBrokers } from '../../../src/kafka/topic-brokers.js';
import { RecordingLogger } from '../../support/recording-logger.js';

const noConnection = Object.assign(new Error('connect ECONNREFUSED'), { broker: 'one:9092' });

/** What is used of a kafkajs cluster. */
class StubCluster {
  leaders = [0, 1, 0];
  refreshed = 0;
  disconnects = 0;
  ids = 0;
  connecting: () => Promise<void> = () => Promise.resolve();
  sending: () => Promise<unknown> = () => Promise.resolve(new Map());

  connect = () => this.connecting();
  addTargetTopic = () => Promise.resolve();
  refreshMetadata = () => {
    this.refreshed++;
    return Promise.resolve();
  };
  findTopicPartitionMetadata = () => this.leaders.map((leader, partitionId) => ({ leader, partitionId }));
  findBroker = ({ nodeId }: { nodeId: string }) => Promise.resolve(this.broker(nodeId));
  disconnect = () => {
    this.disconnects++;
    return Promise.resolve();
  };

  broker(node: string): Broker {
    return {
      brokerAddress: `${node}:9092`,
      connectionPool: { send: () => this.sending() },
      initProducerId: () => Promise.resolve({ producerId: String(++this.ids), producerEpoch: 0 }),
    } as unknown as Broker;
  }
}

let cluster: StubCluster;
let clusters: number;
let dropped: string[];
let destroyed: number;
let logger: RecordingLogger;
let brokers: TopicBrokers;

beforeEach(() => {
  cluster = new StubCluster();
  [clusters, dropped, destroyed] = [0, [], 0];
  logger = new RecordingLogger();
  const client: Pick<KafkaClient, 'newCluster' | 'drop' | 'destroy'> = {
    newCluster: () => {
      clusters++;
      return cluster as unknown as Cluster;
    },
    drop: (address) => dropped.push(address),
    destroy: () => destroyed++,
  };
  brokers = new TopicBrokers(client as KafkaClient, 'orders', logger);
});

describe('the brokers of a topic', () => {
  it('are asked who leads which partition, over one cluster that is kept', async () => {
    expect(brokers.leader(1)).toBeUndefined();
    await brokers.findLeaders();
    expect([0, 1, 2, 3].map((partition) => brokers.leader(partition))).toEqual(['0', '1', '0', undefined]);

    cluster.leaders = [1, 1];
    await brokers.findLeaders();
    expect([0, 1].map((partition) => brokers.leader(partition))).toEqual(['1', '1']);
    expect([clusters, cluster.refreshed]).toEqual([1, 1]);
  });

  it('are connected anew after a connect that failed', async () => {
    cluster.connecting = () => Promise.reject(noConnection);
    await expect(brokers.findLeaders()).rejects.toBe(noConnection);
    cluster.connecting = () => Promise.resolve();
    await brokers.findLeaders();

    expect([clusters, brokers.leader(0)]).toEqual([2, '0']);
  });

  it('say that there is no connection once, until there is one again, and drop what does not respond', async () => {
    cluster.connecting = () => Promise.reject(noConnection);
    for (const _ of [1, 2, 3]) await expect(brokers.findLeaders()).rejects.toBe(noConnection);
    const line = { level: 'warn', message: 'no connection to Kafka', fields: { error: noConnection } };
    expect(logger.lines).toEqual([line]);
    expect(dropped).toEqual(['one:9092', 'one:9092', 'one:9092']);

    cluster.connecting = () => Promise.resolve();
    await brokers.findLeaders();
    cluster.refreshMetadata = () => Promise.reject(noConnection);
    await expect(brokers.findLeaders()).rejects.toBe(noConnection);
    expect(logger.lines).toEqual([line, line]);
  });

  it('say so once of each, though others respond', async () => {
    await brokers.findLeaders();
    cluster.findBroker = ({ nodeId }) =>
      nodeId === '1' ? Promise.reject(noConnection) : Promise.resolve(cluster.broker(nodeId));
    for (const _ of [1, 2, 3]) {
      await expect(brokers.connect('1')).rejects.toBe(noConnection);
      await brokers.findLeaders();
      await brokers.connect('0');
    }

    expect(logger.lines).toHaveLength(1);
  });

  it('that ask to come again soon, as while they start, were reached: that is no line in the log', async () => {
    const loading = createErrorFromCode(14);
    const starting = { ...cluster.broker('one'), initProducerId: () => Promise.reject(loading) };
    await expect(brokers.producerAfter(undefined, starting)).rejects.toBe(loading);
    expect([logger.lines, dropped]).toEqual([[], []]);

    const refusing = { ...starting, initProducerId: () => Promise.reject(createErrorFromCode(31)) };
    await expect(brokers.producerAfter(undefined, refusing)).rejects.toThrow('Cluster authorization failed');
    expect(logger.lines).toMatchObject([{ level: 'warn', message: 'no connection to Kafka' }]);
  });

  it('get a new connection after a request without an answer', async () => {
    const broker = await brokers.connect('two');
    cluster.sending = () => Promise.reject(new Error('no response in time'));

    await expect(brokers.produce(broker, [])).rejects.toThrow('no response in time');
    expect(dropped).toEqual(['two:9092']);
  });

  it('give a producer id, and those who need another one together get the same', async () => {
    const broker = cluster.broker('one');
    const first = await brokers.producerAfter(undefined, broker);
    expect(await brokers.producerAfter(undefined, broker)).toBe(first);

    const [second, same] = await Promise.all([
      brokers.producerAfter(first, broker),
      brokers.producerAfter(first, broker),
    ]);
    expect(same).toBe(second);
    expect(await brokers.producerAfter(first, broker)).toBe(second);
    const third = await brokers.producerAfter(second, broker);
    expect([first, second, third].map(({ producerId }) => producerId)).toEqual([1n, 2n, 3n]);
  });

  it('are asked again for a producer id that they did not give', async () => {
    const failing = { ...cluster.broker('one'), initProducerId: () => Promise.reject(noConnection) };
    await expect(brokers.producerAfter(undefined, failing)).rejects.toBe(noConnection);

    expect(await brokers.producerAfter(undefined, cluster.broker('one'))).toMatchObject({ producerId: 1n });
  });
});

describe('brokers that are let go', () => {
  it('are disconnected, and whatever is left is destroyed', async () => {
    await brokers.findLeaders();
    await brokers.close();

    expect([cluster.disconnects, destroyed]).toEqual([1, 1]);
  });

  it('have nothing to disconnect when they were never used', async () => {
    await brokers.close();

    expect([clusters, destroyed]).toEqual([0, 1]);
  });

  it('are destroyed when the disconnect fails, which is logged', async () => {
    await brokers.findLeaders();
    const error = new Error('not connected');
    cluster.disconnect = () => Promise.reject(error);
    await brokers.close();

    expect(destroyed).toBe(1);
    expect(logger.lines).toEqual([
      { level: 'debug', message: 'a producer did not disconnect cleanly', fields: { error } },
    ]);
  });
});
