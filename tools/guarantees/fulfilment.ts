import { setTimeout as delay } from 'node:timers/promises';
import { findFreePorts } from '../dev-servers/free-ports.js';
import { ServiceProcess } from '../dev-servers/service-process.js';
import { FulfilmentServer, type FulfilmentOutage } from '../../test/support/fulfilment-server.js';
import { PRODUCT } from '../../test/support/load.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import type { Bench } from './bench.js';
import { none, within, type Row } from './rows.js';

const OUTAGES: readonly FulfilmentOutage[] = [
  'refuses',
  '401',
  '404',
  '503',
  '503-retry-after',
  '504',
  '500',
  'hangs',
];
const OUTAGE_MS = 60_000;
const EVERY_MS = 1_000;
/** How long to look for orders that take longer. */
const LOOK_FOR_MS = 45_000;
/** For the store to have what fulfilment did. */
const DECIDED_WITHIN_MS = 2_000;
const PROCESSED_WITHIN_MS = 10_000;
/** A call that hangs is waited for so long, beyond the end of the outage too. */
const CALL_TIMEOUT_MS = 10_000;

/** What became of the orders of one service. */
interface Aftermath {
  readonly outage: FulfilmentOutage;
  readonly orders: number;
  readonly deadLettered: number;
  readonly rejected: number;
  /** From the end of the outage to when fulfilment had done the last order; all are in the store then. */
  readonly processedMs: number;
}

/**
 * One order a second while fulfilment does not work for a minute, in each way at a service of its own: all is in one process
 * there, with five replicas and the settings that a service has where nobody says anything.
 */
export async function fulfilmentOutages({ keep }: Bench): Promise<Row[]> {
  const aftermaths = await Promise.all(OUTAGES.map((outage) => outlive(outage, keep)));
  return aftermaths.flatMap(({ outage, orders, deadLettered, rejected, processedMs }) => {
    const what = `Fulfilment ${wordsOf(outage)} for 60 s, one order a second`;
    return [
      none(`${what}: dead-lettered or rejected`, deadLettered + rejected, `${orders} orders`),
      outage === 'hangs'
        ? within(`${what}: all processed after its end`, CALL_TIMEOUT_MS + 2_000, processedMs, 'a call + 2 s')
        : within(`${what}: all processed after its end`, PROCESSED_WITHIN_MS, processedMs),
    ];
  });
}

function wordsOf(outage: FulfilmentOutage): string {
  if (outage === 'refuses') return 'refuses connections';
  if (outage === 'hangs') return 'hangs';
  return outage === '503-retry-after' ? 'responds with 503 and `Retry-After`' : `responds with ${outage}`;
}

async function outlive(outage: FulfilmentOutage, keep: Bench['keep']): Promise<Aftermath> {
  const fulfilment = await keep(FulfilmentServer.start({ min: 20, max: 80 }));
  const [port = 0] = await findFreePorts(1);
  const settings = {
    NODE_ENV: 'production',
    ROLE: 'all',
    PORT: String(port),
    FULFILMENT_URL: fulfilment.url,
  };
  const service = ServiceProcess.start(outage, settings, () => undefined);
  try {
    const client = new Client(`http://127.0.0.1:${port}`);
    await waitFor('the service', () => client.isReady(), { deadlineMs: 30_000, intervalMs: 200 });
    await fulfilment.begin(outage);
    const ids = await sendFor(client, OUTAGE_MS);
    await fulfilment.recover();
    const endedAt = Date.now();
    const processedMs = await waitFor('all orders fulfilled', () => fulfilment.done.size === ids.length, {
      deadlineMs: LOOK_FOR_MS,
    })
      .then(() => Date.now() - endedAt)
      .catch(() => Infinity);
    const statuses = await decided(client, ids);
    return {
      ...{ outage, orders: ids.length },
      processedMs: statuses.every((status) => status === 'processed') ? processedMs : Infinity,
      deadLettered: await client.countDeadLetters(),
      rejected: statuses.filter((status) => status === 'rejected').length,
    };
  } finally {
    await service.stop();
    await fulfilment.stop();
  }
}

async function sendFor(client: Client, ms: number): Promise<string[]> {
  const ids: string[] = [];
  const startedAt = Date.now();
  while (Date.now() < startedAt + ms) {
    const orderId = `order-${ids.length + 1}`;
    await client.send(orderId);
    ids.push(orderId);
    await delay(startedAt + ids.length * EVERY_MS - Date.now());
  }
  return ids;
}

/** What became of each order, when none is left, or it takes too long. */
async function decided(client: Client, ids: readonly string[]): Promise<(string | undefined)[]> {
  let statuses: (string | undefined)[] = [];
  const all = async (): Promise<boolean> => {
    statuses = await Promise.all(ids.map((id) => client.statusOf(id)));
    return statuses.every((status) => status !== undefined);
  };
  await waitFor('all orders decided', all, { deadlineMs: DECIDED_WITHIN_MS }).catch(() => undefined);
  return statuses;
}

class Client {
  constructor(private readonly url: string) {}

  async isReady(): Promise<boolean> {
    return (await fetch(`${this.url}/health/ready`)).ok;
  }

  async send(orderId: string): Promise<void> {
    const { status } = await fetch(`${this.url}/api/Order/Send`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ orderId, product: PRODUCT }),
    });
    if (status !== 202) throw new Error(`the API responded with ${status}`);
  }

  /** Absent as long as nothing is stored. */
  async statusOf(orderId: string): Promise<string | undefined> {
    const response = await fetch(`${this.url}/api/Order/${orderId}`);
    return response.ok ? ((await response.json()) as { status: string }).status : undefined;
  }

  async countDeadLetters(): Promise<number> {
    const response = await fetch(`${this.url}/api/DeadLetter?limit=1000`);
    return ((await response.json()) as { deadLetters: unknown[] }).deadLetters.length;
  }
}
