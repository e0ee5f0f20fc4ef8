import { expect, it } from '@jest/globals';
import { LivePicture } from '../../../src/application/live/live-picture.js';
import type { DeadLetterFilter } from '../../../src/application/ports/dead-letters.js';
import { RecordingLogger } from '../../../packages/delivery/test/support/recording-logger.js';

const SERVICE = { role: 'all', messaging: 'in-memory', actions: [] } as const;

it('a picture keeps the dead letters that it counted last while they can’t be counted', async () => {
  const outage = new Error('no broker');
  let isAvailable = true;
  const deadLetters = {
    list: ({ reason }: DeadLetterFilter) => {
      if (!isAvailable) return Promise.reject(outage);
      return Promise.resolve({ deadLetters: [], matched: reason === 'exhausted' ? 3 : 0, inspected: 3 });
    },
  };
  const sources = { reports: { follow: () => () => undefined }, group: { lag: () => Promise.resolve([]) } };
  const logger = new RecordingLogger();
  const picture = new LivePicture(SERVICE as never, { ...sources, deadLetters } as never, logger, () => 0);
  const exhausted = () => picture.view().totals.deadLetters.find(({ reason }) => reason === 'exhausted');

  await picture.refreshDeadLetters();
  expect(exhausted()).toEqual({ reason: 'exhausted', count: 3 });
  isAvailable = false;
  await picture.refreshDeadLetters();
  expect(exhausted()).toEqual({ reason: 'exhausted', count: 3 });
  expect(logger.lines).toEqual([
    { level: 'debug', message: 'the dead letters could not be counted', fields: { error: outage } },
  ]);
});
