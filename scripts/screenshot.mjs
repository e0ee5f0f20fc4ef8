// Makes docs/images/live-page.png: the live page of the built service in memory, with orders on their way.
//   npm run screenshot
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { findFreePorts } from '../tools/dev-servers/free-ports.ts';
import { ServiceProcess } from '../tools/dev-servers/service-process.ts';
import { packPng } from './pack-png.mjs';

const CHROMIUM = '/usr/bin/chromium';
const PICTURE = join(import.meta.dirname, '..', 'docs', 'images', 'live-page.png');
const MAX_BYTES = 200_000;
const VIEWPORT = { width: 1280, height: 940 };
const LOAD_MS = 60_000;
const PRODUCTS = ['Espresso machine', 'Coffee grinder', 'Milk jug', 'Kettle', 'Tea pot', 'fail-1'];

if (!existsSync(CHROMIUM)) {
  console.error(`there is no ${CHROMIUM}: Debian's package chromium has it`);
  process.exit(2);
}
const [port] = await findFreePorts(1);
const url = `http://127.0.0.1:${port}`;
const environment = {
  ...{ ROLE: 'all', MESSAGING: 'in-memory', STORE: 'in-memory', PORT: String(port), REPLICA_ID: 'replica' },
  ...{ LOG_LEVEL: 'warn', FULFILMENT_DELAY_MS: '200-900', RETRY_MAX_ATTEMPTS: '3', RETRY_INITIAL_MS: '1500' },
};
const service = ServiceProcess.start('service', environment, (line) => console.error(line));
let isEnough = false;
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
try {
  while (!(await isReady())) await sleep(100);
  const page = await browser.newPage({ viewport: VIEWPORT, colorScheme: 'light', locale: 'en-GB' });
  await page.goto(url);
  await page.locator('.plot canvas').nth(3).waitFor();
  const sending = sendOrders();
  await sleep(LOAD_MS);
  await page.getByText('Poisoned', { exact: true }).click();
  await page.getByRole('button', { name: 'Send it' }).click();
  await page
    .locator('[data-order]')
    .getByText(/^attempt 3 .*dead-lettered/)
    .waitFor();
  await page.getByRole('button', { name: 'Pause replica-2' }).click();
  await page.locator('[data-replica="replica-2"]').getByText('paused').waitFor();
  await sleep(3_000);
  mkdirSync(dirname(PICTURE), { recursive: true });
  writeFileSync(PICTURE, packPng(await page.screenshot()));
  isEnough = true;
  await sending;
} finally {
  isEnough = true;
  await browser.close();
  await service.stop();
}
const { size } = statSync(PICTURE);
console.log(`${PICTURE}: ${size} bytes`);
if (size > MAX_BYTES) {
  console.error(`more than ${MAX_BYTES} bytes`);
  process.exitCode = 1;
}

/** More and fewer in turn, until it is enough. */
async function sendOrders() {
  for (let number = 1001; !isEnough; number++) {
    await send({ orderId: `order-${number}`, product: PRODUCTS[number % 29 === 0 ? 5 : number % 5] });
    if (number % 150 === 0) await send({ orderId: `poisoned-${number}`, product: 'fail' });
    await sleep(110 + 70 * Math.sin(number / 90));
  }
}

async function isReady() {
  return fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function send(order) {
  const headers = { 'Content-Type': 'application/json' };
  await fetch(`${url}/api/Order/Send`, { method: 'POST', headers, body: JSON.stringify(order) });
}
