import { expect, it } from '@jest/globals';
import { silentLogger } from '../../../src/contract/silent-logger.js';
import { waitFor } from '../../../src/contract/wait-for.js';
import { createConsumer } from '../../../src/engine/create-consumer.js';
import type { ReceivedRecord } from '../../../src/engine/record-source.js';
import { InMemoryMessaging } from '../../../src/in-memory/in-memory-messaging.js';

const GROUP = { groupId: 'group-1' };

async function started(retry?: { maxAttempts: number; initialMs: number; maxMs: number }) {
  const messaging = new InMemoryMessaging({ topic: 'parcels', partitions: 1 });
  await messaging.start();
  const handled: string[] = [];
  const handle = async ({ key }: ReceivedRecord, { number }: { readonly number: number }) => {
    handled.push(`${String(key)}#${number}`);
    if (String(key) === 'bad') throw new TypeError('no such parcel');
  };
  const surroundings = { logger: silentLogger };
  const options = { group: GROUP, replica: 'replica-1', handle, surroundings, ...(retry && { retry }) };
  const consumer = createConsumer(messaging, options);
  await consumer.start();
  const publish = (key: string) => messaging.publisher.publish({ key, value: null, headers: {} });
  const stop = async () => {
    await consumer.stop(1_000);
    await messaging.stop();
  };
  return { messaging, consumer, handled, publish, stop };
}

it('dead-letters what has failed as often as the policy says, with its group and replica', async () => {
  const { messaging, handled, publish, stop } = await started({ maxAttempts: 2, initialMs: 1, maxMs: 1 });
  await publish('bad');
  await publish('good');
  await waitFor('the dead letter', async () => (await messaging.deadLetters.list({})).matched === 1);

  expect(handled.toSorted()).toEqual(['bad#1', 'bad#2', 'good#1']);
  for await (const deadLetter of (await messaging.deadLetters.list({})).deadLetters) {
    expect(deadLetter).toMatchObject({
      consumerGroup: 'group-1',
      replica: 'replica-1',
      reason: 'exhausted',
      attempts: 2,
    });
  }
  await stop();
});

it('waits for half a second at least before the second attempt by default', async () => {
  const { consumer, handled, publish, stop } = await started();
  await publish('bad');
  await publish('good');
  await waitFor('both', () => handled.length === 2);

  expect(consumer.name).toBe('consumer replica-1');
  expect(handled).not.toContain('bad#2');
  await stop();
});
