import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { describeWithKafkaAndPostgres } from '../../packages/delivery/test/support/requirements.js';
import { findFreePorts } from '../../tools/dev-servers/free-ports.js';
import { ServiceProcess } from '../../tools/dev-servers/service-process.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const NOTE_READY = `new MutationObserver((_, observer) => {
  if (document.querySelector('[data-replica]') === null) return;
  window.readyAt = performance.now();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true })`;
const EMBEDDED = {
  ROLE: 'all',
  MESSAGING: 'in-memory',
  STORE: 'in-memory',
  REPLICA_ID: 'laptop',
  LOG_LEVEL: 'warn',
  FULFILMENT_DELAY_MS: '20',
  RETRY_MAX_ATTEMPTS: '2',
  RETRY_INITIAL_MS: '50',
};
const chromiumPath = process.env['TEST_CHROMIUM'];

/** Where there is no Chromium, the end of the run says so; with CI=true that is a failure. See test/support/test-servers.ts. */
export const describeInBrowser = chromiumPath === undefined ? describe.skip : describe;
export const describeInBrowserOnKafka =
  chromiumPath === undefined ? describe.skip : describeWithKafkaAndPostgres;

/** The built service in memory, and a browser that looks at it: both for all tests of a file. */
export class LivePage {
  private port = 0;
  private service: ServiceProcess | undefined;
  private browser: Browser | undefined;
  /** What scripts of the page threw. */
  readonly errors: string[] = [];

  private constructor(private readonly environment: Readonly<Record<string, string>>) {}

  static forAllTests(environment: Readonly<Record<string, string>> = {}): LivePage {
    const livePage = new LivePage(environment);
    beforeAll(async () => {
      [livePage.port = 0] = await findFreePorts(1);
      await livePage.start();
      await livePage.launchBrowser();
    }, 60_000);
    afterAll(async () => {
      await livePage.stop();
      await livePage.close();
    }, 60_000);
    return livePage;
  }

  /** Of a service that runs already. */
  static async of(port: number): Promise<LivePage> {
    const livePage = new LivePage({});
    livePage.port = port;
    await livePage.launchBrowser();
    return livePage;
  }

  private async launchBrowser(): Promise<void> {
    const executablePath = chromiumPath ?? '';
    this.browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  }

  /** The browser; fails when a script of the page did. */
  async close(): Promise<void> {
    await this.browser?.close();
    expect(this.errors).toEqual([]);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const environment = { ...EMBEDDED, PORT: String(this.port), ...this.environment };
    this.service = ServiceProcess.start('service', environment, () => undefined);
    const isReady = async () => (await fetch(`${this.url}/health/ready`)).ok;
    await waitFor('the service', isReady, { deadlineMs: 30_000 });
  }

  async stop(): Promise<void> {
    await this.service?.stop();
  }

  /** In a context of its own, which knows by `readyAt` when it first showed a replica. */
  async open(hash = '', options: BrowserContextOptions = {}): Promise<Page> {
    if (this.browser === undefined) throw new Error('there is no browser');
    const page = await this.browser.newPage({ locale: 'en-GB', ...options });
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => this.errors.push(String(error)));
    await page.addInitScript(NOTE_READY);
    await page.goto(`${this.url}/${hash}`);
    await page.getByText('Live', { exact: true }).last().waitFor();
    return page;
  }

  async send(body: object, headers: Record<string, string> = {}): Promise<void> {
    const response = await fetch(`${this.url}/api/Order/Send`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    if (response.status !== 202) throw new Error(`the service responded ${response.status}`);
  }

  /** Has `count` more dead letters. */
  async deadLetters(count: number, prefix: string): Promise<void> {
    for (let index = 0; index < count; index++)
      await this.send({ orderId: `${prefix}-${index}`, product: 'fail' });
    for (let index = 0; index < count; index++) {
      const url = `${this.url}/api/DeadLetter?orderId=${prefix}-${index}`;
      await waitFor('the dead letter', async () => {
        const { deadLetters } = (await (await fetch(url)).json()) as { deadLetters: unknown[] };
        return deadLetters.length === 1;
      });
    }
  }

  async statusOf(orderId: string): Promise<string | undefined> {
    const response = await fetch(`${this.url}/api/Order/${orderId}`);
    return ((await response.json()) as { status?: string }).status;
  }
}

interface Axe {
  readonly violations: readonly { id: string; nodes: readonly { html: string }[] }[];
}

/** What axe finds wrong for people who use a keyboard, a screen reader, or need contrast. */
export async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<Axe>('axe.run()');
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
