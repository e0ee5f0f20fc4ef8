import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RunningSystem } from './running-system.js';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('../../dist/interfaces/cli/main.js', import.meta.url));
export const HOUR_MS = 3_600_000;

/** With a file of so many orders; of so many ids, where that is said. */
export async function withOrders<T>(
  count: number,
  use: (file: string) => Promise<T>,
  ids?: number,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-orders-'));
  const file = join(folder, 'orders.ndjson');
  const lines = function* () {
    for (let index = 0; index < count; index++) {
      const orderId = ids === undefined ? {} : { orderId: `order-${index % ids}` };
      yield `${JSON.stringify({ ...orderId, product: 'Espresso machine', quantity: 2 })}\n`;
    }
  };
  try {
    await pipeline(Readable.from(lines()), createWriteStream(file));
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Returns how many seconds it took, as at a shell. */
export async function importOrders(api: RunningSystem, file: string): Promise<number> {
  const startedAt = performance.now();
  const url = new URL(api.url).origin;
  await run(
    process.execPath,
    [CLI, 'orders', 'import', file, '--url', url, '--import-key', `bench-${startedAt}`],
    {
      timeout: HOUR_MS,
    },
  );
  return (performance.now() - startedAt) / 1_000;
}

export function inWords(count: number): string {
  return count.toLocaleString('en');
}
