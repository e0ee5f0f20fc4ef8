import { setTimeout as sleep } from 'node:timers/promises';
import { importFor, saturate } from './load.js';
import type { Measured, Row } from './results.js';
import { eachSystem, warmUpSeconds, type Scenario } from './measure.js';
import { SERVICE } from './systems.js';

export const SENDING_ALONE = { name: `${SERVICE.name}, 64 clients` };
export const BESIDE_IMPORTS = { name: `${SERVICE.name}, 64 clients beside three imports` };
const IMPORTS_ALONE = { name: `${SERVICE.name}, three imports` };
const IMPORTS = 3;
/** The imports begin before the clients, and end after them. */
const MARGIN_SECONDS = 1;

/** In one process, one after another: only the clients, both, only the imports. */
export const imports: Scenario = async (bench) => {
  const seconds = bench.quick ? 4 : 8;
  const found: Record<string, Measured[]> = {};
  await eachSystem(bench, [SERVICE], { role: 'api' }, async ({ url }) => {
    const add = ({ name }: Pick<Row, 'name'>, measured: Measured) => (found[name] ??= []).push(measured);
    const send = async (): Promise<Measured> => {
      const { perSecond, p50, p99 } = await saturate(url, seconds);
      return { perSecond, p50, p99 };
    };
    await Promise.all([saturate(url, warmUpSeconds(bench)), importFor(url, 1, warmUpSeconds(bench))]);
    add(SENDING_ALONE, await send());
    const [beside, imported] = await Promise.all([
      sleep(MARGIN_SECONDS * 1_000).then(send),
      importFor(url, IMPORTS, seconds + 2 * MARGIN_SECONDS),
    ]);
    add(BESIDE_IMPORTS, { ...beside, imported });
    add(IMPORTS_ALONE, { imported: await importFor(url, IMPORTS, seconds) });
    return {};
  });
  return {
    name: 'imports',
    text: '64 clients POST orders as fast as they are answered, without and with three imports of any length in the same process.',
    columns: [
      { key: 'perSecond', title: 'orders/s of the clients' },
      { key: 'p50', title: 'p50 ms' },
      { key: 'p99', title: 'p99 ms' },
      { key: 'imported', title: 'orders/s of the imports' },
    ],
    rows: Object.entries(found).map(([name, rounds]) => ({ name, rounds })),
  };
};
