import { silentLogger } from '../../src/contract/silent-logger.js';
import { describe, expect, it } from '@jest/globals';
import { aDeadLetter } from '../../src/contract/a-dead-letter.js';
import { ConsumerGroupHarness, keyText } from '../../src/contract/consumer-group-harness.js';
import { addTo, listed } from '../../src/contract/dead-letter-tests.js';
import { failing, retry } from '../../src/contract/group-tests.js';
import { messagingContract } from '../../src/contract/index.js';
import { waitFor } from '../../src/contract/wait-for.js';
import type { DeadLetterStore } from '../../src/engine/dead-letters.js';
import { InMemoryDeadLetterStore } from '../../src/in-memory/in-memory-dead-letter-store.js';
import { startInMemoryTestBroker } from '../support/in-memory-test-broker.js';

describe('in memory', () => {
  messagingContract(() => startInMemoryTestBroker());

  it('takes many times what a partition keeps behind a record that waits, once commits tell that they are completed', async () => {
    const broker = await startInMemoryTestBroker(100);
    const group = new ConsumerGroupHarness(await broker.topic(1));
    const [waiting = ''] = await group.publish(1);
    group.handler = failing(
      (record) => keyText(record) === waiting,
      () => retry(60_000),
    );
    await group.start(1);
    for (let sent = 0; sent < 1_000; sent += 50) {
      await waitFor('room', () => group.publish(50));
    }
    await group.waitForHandled(1_000);
    expect(group.handledKeys()).not.toContain(waiting);
    await group.stop();
  });

  it('declines at once when a partition is full, and takes messages again when a group has completed some', async () => {
    const broker = await startInMemoryTestBroker(10);
    const topic = await broker.topic(1);
    const publisher = topic.publisher();
    publisher.start();
    const publish = () => publisher.publish({ key: 'a', value: new Uint8Array(), headers: {} });
    for (let count = 0; count < 10; count++) await publish();
    await expect(publish()).rejects.toMatchObject({ name: 'PublishFailed', reason: 'overloaded' });

    const membership = topic.source('group').membership({
      id: 'replica-1',
      logger: silentLogger,
      beforeRejoin: () => Promise.resolve(),
      assigned: () => undefined,
      received: () => undefined,
      mayCommit: () => true,
      failed: () => undefined,
    });
    await membership.join();
    await membership.commit(new Map([[0, { position: 4n, metadata: '' }]]));
    await expect(publish()).resolves.toMatchObject({ offset: '10' });
    expect(await topic.endOffsets()).toEqual([11n]);
    expect(await topic.records()).toHaveLength(7);
    await membership.leave();
  });

  it('takes no more dead letters than it has room for, drops none, and takes one more when another was resolved', async () => {
    const deadLetters: DeadLetterStore = new InMemoryDeadLetterStore(2);
    const [first = aDeadLetter(), second] = await addTo(deadLetters, 2);
    const third = aDeadLetter({ offset: '2' });
    await expect(deadLetters.add(third)).rejects.toMatchObject({ name: 'DeadLettersUnavailable' });
    await deadLetters.add(first);
    expect(await listed(deadLetters)).toEqual([first, second]);

    await deadLetters.resolve(first.origin, 'discarded');
    await deadLetters.add(third);
    expect(await listed(deadLetters)).toEqual([second, third]);
  });

  it('remembers of the resolved dead letters only the latest 10,000', async () => {
    const store: DeadLetterStore = new InMemoryDeadLetterStore();
    const deadLetters = Array.from({ length: 10_001 }, (_, n) => aDeadLetter({ offset: String(n) }));
    for (const each of deadLetters) {
      await store.add(each);
      await store.resolve(each.origin, 'discarded');
    }
    for (const each of deadLetters.toReversed()) await store.add(each);
    expect(await listed(store)).toEqual([deadLetters[0]]);
  });
});
