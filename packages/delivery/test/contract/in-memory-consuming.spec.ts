import { describe, expect, it } from '@jest/globals';
import { ConsumerGroupHarness } from '../../src/contract/consumer-group-harness.js';
import { startInMemoryTestBroker } from '../support/in-memory-test-broker.js';
import { waitFor } from '../../src/contract/wait-for.js';
import { consumingContract } from '../../src/contract/consuming.contract.js';

describe('in memory', () => {
  consumingContract(() => startInMemoryTestBroker());

  it('takes many times what a partition keeps behind a record that waits, once commits tell that they are completed', async () => {
    const bed = await startInMemoryTestBroker(100);
    const crew = new ConsumerGroupHarness(await bed.topic(1));
    const [waiting = ''] = await crew.publish(1);
    crew.handler = {
      handle: ({ key }) =>
        new TextDecoder().decode(key ?? undefined) === waiting
          ? Promise.reject(new Error('not yet'))
          : Promise.resolve(),
      decide: () => ({ kind: 'retry', delayMs: 60_000, mayBeOutage: false }),
    };
    await crew.hire(1);
    for (let sent = 0; sent < 1_000; sent += 50) {
      await waitFor('room', () => crew.publish(50));
    }
    await crew.handledAll(1_000);
    expect(crew.handledKeys()).not.toContain(waiting);
    await crew.dismiss();
    await bed.close();
  });
});
