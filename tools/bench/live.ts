import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { eachSystem, RATE_AND_COSTS, type Scenario } from './measure.js';
import { SERVICE, serviceWith } from './systems.js';
import { throughput } from './throughput.js';

export const PAGE_OFF = { name: `${SERVICE.name}, without the live page` };
export const WATCHED = { name: `${SERVICE.name}, ten who watch` };

/** What is compared differs by a few per cent, so it takes more rounds than what differs by a factor. */
const ROUNDS = 2;
const WATCHERS = 10;

/** What the live page costs, and those who look at it. */
export const live: Scenario = async (bench) => {
  const systems = [SERVICE, serviceWith(PAGE_OFF, { PAGE: 'off' }), serviceWith(WATCHED, {})];
  const rounds = bench.quick ? bench.rounds : bench.rounds * ROUNDS;
  const rows = await eachSystem({ ...bench, rounds }, systems, {}, async (running, { name }) => {
    const streams = name === WATCHED.name ? await watch(running.url) : [];
    try {
      return await throughput(running, bench);
    } finally {
      for (const each of streams) each.destroy();
    }
  });
  return {
    name: 'live',
    text: 'The scenario end-to-end as the service is, without the live page, and with ten streams of it open.',
    columns: RATE_AND_COSTS,
    rows,
  };
};

async function watch(orderUrl: string): Promise<IncomingMessage[]> {
  const open = async (): Promise<IncomingMessage> => {
    const request = get(new URL('/api/Live', orderUrl), { agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`/api/Live responded ${response.statusCode}`);
    return response.resume();
  };
  return Promise.all(Array.from({ length: WATCHERS }, open));
}
