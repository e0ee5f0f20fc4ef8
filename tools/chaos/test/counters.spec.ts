import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../../../packages/delivery/src/contract/wait-for.js';
import type { ServiceProcess } from '../../dev-servers/service-process.js';
import { LOG_LINES } from '../../log-lines.js';
import { Counters } from '../counters.js';
import { Logged } from '../counts.js';

/** Of a service whose processes say what a test wants. */
class Process {
  runs = true;
  asked = 0;
  responds = (): Promise<Response> => Promise.resolve(new Response('', { status: 503 }));
  end: (code: number | null) => void = () => undefined;
  readonly exited = new Promise<number | null>((resolve) => (this.end = resolve));

  constructor(
    readonly name: string,
    readonly pid: number,
  ) {}

  counts(text: string): void {
    this.responds = () => Promise.resolve(new Response(text));
  }
}

const GAUGES = [
  'delivery_consumer_lag_records{partition="0"} 0',
  'orders_dead_letters_unresolved{reason="invalid"} 2',
].join('\n');
const line = (pid: number, message: string) => ({ process: 'consumer-1', pid, level: 'info', message });

describe('the counters of a chaos run', () => {
  const logged = new Logged();
  let processes: Process[] = [];
  let counters: Counters;
  const start = (...started: Process[]) => {
    processes = started;
    counters = new Counters(
      {
        get running() {
          return processes.filter(({ runs }) => runs) as unknown as ServiceProcess[];
        },
        metrics: (process) => {
          const asked = process as unknown as Process;
          asked.asked++;
          return asked.responds();
        },
      },
      logged,
      5,
    );
  };
  const askedOnceMore = async (process: Process) => {
    const before = process.asked;
    await waitFor('two more scrapes', () => process.asked > before + 1);
  };
  afterEach(() => counters.stop());

  it('keep what each process said last, and what it had logged by then', async () => {
    const consumer = new Process('consumer-1', 7);
    consumer.counts('orders_completed_total{outcome="processed"} 1\n');
    start(consumer);
    await askedOnceMore(consumer);
    logged.add(line(7, LOG_LINES.processed));
    consumer.counts('orders_completed_total{outcome="processed"} 3\n');
    await askedOnceMore(consumer);
    consumer.responds = () => Promise.reject(new Error('frozen'));
    logged.add(line(7, LOG_LINES.processed));
    logged.add(line(8, LOG_LINES.processed));
    await askedOnceMore(consumer);

    const [life] = await counters.end(20);
    expect(life).toMatchObject({ process: 'consumer-1', pid: 7, counts: { processed: 3 } });
    expect(life).toMatchObject({ loggedBefore: { processed: 1 }, logged: { processed: 2 } });
  });

  it('ask no process twice at a time, and wait for no other', async () => {
    const [hanging, other] = [new Process('consumer-2', 9), new Process('consumer-3', 10)];
    hanging.responds = () => new Promise(() => undefined);
    start(hanging, other);
    await askedOnceMore(other);

    expect(hanging.asked).toBe(1);
  });

  it.each([
    ['stopped', 0, true],
    ['was killed', null, false],
  ])('know of a process that it %s', async (_how, code, hasStopped) => {
    const consumer = new Process('consumer-1', 11);
    consumer.counts('orders_accepted_total 4\n');
    start(consumer);
    await askedOnceMore(consumer);
    consumer.runs = false;
    consumer.end(code);

    const [life] = await counters.end();
    expect(life).toMatchObject({ counts: { accepted: 4 }, hasStopped });
    expect(life?.endedAt).toBeGreaterThanOrEqual(life?.askedAt ?? Infinity);
  });

  it('know of a process that never said anything', async () => {
    const consumer = new Process('consumer-1', 12);
    start(consumer);
    await askedOnceMore(consumer);
    consumer.runs = false;
    consumer.end(null);

    const [life] = await counters.end();
    expect(life).toEqual(expect.objectContaining({ pid: 12, counts: {}, loggedBefore: {} }));
  });

  it('take no response for that of a process that has ended: its successor has its port', async () => {
    const api = new Process('api', 14);
    let respond: (response: Response) => void = () => undefined;
    api.responds = () => new Promise((resolve) => (respond = resolve));
    start(api);
    await waitFor('the scrape', () => api.asked > 0);
    api.runs = false;
    api.end(null);
    const response = new Response('orders_accepted_total 9\n');
    respond(response);
    await waitFor('the response to be read', () => response.bodyUsed);

    const [life] = await counters.end();
    expect(life?.counts).toEqual({});
  });

  it('ask for the last time until an API has said all', async () => {
    const api = new Process('api', 13);
    const said = [...Array<string>(3).fill('orders_accepted_total 1\n'), GAUGES];
    start(api);
    api.responds = () => Promise.resolve(new Response(said.length > 1 ? said.shift() : said[0]));

    expect(await counters.end()).toMatchObject([{ counts: { lag: 0, unresolved: 2 } }]);
  });
});
