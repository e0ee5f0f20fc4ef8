import { beforeAll, describe, expect, it } from '@jest/globals';
import type { PartitionAssigner } from 'kafkajs';
import { withGroupHooks, type GroupHooks } from '../../../src/kafka/kafkajs-group-patches.js';
import { prototypes } from '../../../src/kafka/kafkajs-internals.js';
import { PartitionGrowth } from '../../../src/kafka/partition-growth.js';
import { patchKafkajs } from '../../support/patch-kafkajs.js';

const SEND_REQUEST = Object.getOwnPropertySymbols(prototypes.broker).find(({ description }) =>
  description?.includes('sendRequest'),
);
const theirs = { decode: () => Promise.resolve({}), parse: () => ({}) };

beforeAll(() => {
  patchKafkajs();
});

/** What the broker is asked to send, as it was found by a member of a group, or by another consumer. */
async function exchangeOf(asker: 'member' | 'other', apiVersion: number): Promise<object> {
  const broker = Object.assign(Object.create(prototypes.broker) as typeof prototypes.broker, {
    lookupRequest: () => () => ({ request: { apiVersion }, response: theirs, requestTimeout: 600 }),
    [SEND_REQUEST ?? 'none']: (exchange: object) => Promise.resolve(exchange),
  });
  const cluster = Object.assign(Object.create(prototypes.cluster) as typeof prototypes.cluster, {
    brokerPool: { findBroker: () => Promise.resolve(broker) },
  });
  const hooks = { growth: new PartitionGrowth() } as GroupHooks;
  const config = { cluster, groupId: 'g' } as unknown as Parameters<PartitionAssigner>[0];
  if (asker === 'member') withGroupHooks(hooks)(config);
  const found = await cluster.findBroker({ nodeId: '1' });
  return (await found.fetch({ topics: [] })) as object;
}

describe('a fetch', () => {
  it('of a member is decoded by us, and judged by kafkajs', async () => {
    expect(await exchangeOf('member', 11)).toEqual({
      request: { apiVersion: 11 },
      response: { decode: expect.any(Function), parse: theirs.parse },
      requestTimeout: 600,
    });
    expect(await exchangeOf('member', 11)).not.toMatchObject({ response: { decode: theirs.decode } });
  });

  it('of another consumer is decoded by kafkajs', async () => {
    expect(await exchangeOf('other', 11)).toMatchObject({ response: theirs });
  });

  it('from a broker that is too old fails, and says what is needed', async () => {
    await expect(exchangeOf('member', 10)).rejects.toThrow('Kafka 2.3 or later is needed');
    expect(await exchangeOf('other', 10)).toMatchObject({ response: theirs });
  });
});
