import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Scenario } from './measure.js';
import type { Measured } from './results.js';
import { newPlay, RunningSystem } from './running-system.js';
import { SERVICE_ON_POSTGRES } from './systems.js';

/** A replica that is a process of its own. */
export const idle: Scenario = async (bench) => {
  const rounds: Measured[] = [];
  for (let round = 1; round <= bench.rounds; round++) {
    bench.say(`round ${round} of ${bench.rounds}: ${SERVICE_ON_POSTGRES.name}`);
    rounds.push(await idleShare(bench));
  }
  return {
    name: 'idle',
    text: 'A replica, in a process of its own, that has nothing to do.',
    columns: [
      { key: 'cpuShare', title: '% of a core', digits: 2 },
      { key: 'peakMb', title: 'peak MB' },
    ],
    lessIsBetter: true,
    rows: [{ name: SERVICE_ON_POSTGRES.name, rounds }],
  };
};

async function idleShare({ servers, quick }: Bench): Promise<Measured> {
  const seconds = quick ? 10 : 60;
  const play = await newPlay(servers, 1);
  const api = await RunningSystem.start(SERVICE_ON_POSTGRES, servers, { ...play, role: 'api' });
  const replica = await RunningSystem.start(SERVICE_ON_POSTGRES, servers, { ...play, role: 'consumer' });
  try {
    await sleep(quick ? 10_000 : 40_000); // until nothing is left of the start: V8 collects garbage for half a minute
    const before = await replica.cost();
    await sleep(seconds * 1_000);
    const { cpuMs, peakMb } = await replica.cost();
    return { cpuShare: (cpuMs - before.cpuMs) / (seconds * 10), peakMb };
  } finally {
    await Promise.all([api.stop(), replica.stop()]);
  }
}
