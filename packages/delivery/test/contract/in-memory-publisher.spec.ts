import { describe, expect, it } from '@jest/globals';
import { startInMemoryTestBroker } from '../support/in-memory-test-broker.js';
import { messagePublisherContract } from '../../src/contract/publisher.contract.js';

describe('in memory', () => {
  messagePublisherContract(() => startInMemoryTestBroker());

  it('refuses at once when the log is full, and takes messages again when a group has carried some out', async () => {
    const bed = await startInMemoryTestBroker(10);
    const topic = await bed.topic(1);
    const publisher = topic.publisher();
    publisher.start();
    const publish = () => publisher.publish({ key: 'a', value: new Uint8Array(), headers: {} });
    for (let count = 0; count < 10; count++) await publish();
    await expect(publish()).rejects.toMatchObject({ name: 'PublishFailed', reason: 'overloaded' });

    const membership = topic.source('group').membership({
      id: 'replica-1',
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
  });
});
