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

it('a picture counts the dead letters each time while they change, else every five seconds, and rests when that takes long', async () => {
  let [now, matched, counted, tookMs] = [0, 1, 0, 0];
  const deadLetters = {
    list: ({ reason }: DeadLetterFilter) => {
      if (reason === 'exhausted') {
        counted++;
        now += tookMs;
      }
      return Promise.resolve({ deadLetters: [], matched });
    },
  };
  const sources = { reports: { follow: () => () => undefined }, group: { lag: () => Promise.resolve([]) } };
  const picture = new LivePicture(
    SERVICE as never,
    { ...sources, deadLetters } as never,
    new RecordingLogger(),
    () => now,
  );
  /** How often they are counted in so many seconds. */
  const countedIn = async (seconds: number) => {
    const before = counted;
    for (const until = now + seconds * 1_000; now < until; now += 1_000) await picture.refreshDeadLetters();
    return counted - before;
  };

  await picture.refreshDeadLetters();
  now = 1_000;
  expect(await countedIn(20)).toBe(4);
  for (let second = 0; second < 10; second++) {
    matched++;
    now += 1_000;
    await picture.refreshDeadLetters();
  }
  expect(counted).toBe(1 + 4 + 10);
  tookMs = 2_000;
  expect(await countedIn(60)).toBe(3);
});
