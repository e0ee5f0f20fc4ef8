import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { newTopicName } from '../../packages/delivery/test/support/new-topic-name.js';
import { databaseUrl, kafkaBrokers } from '../../packages/delivery/test/support/requirements.js';
import { findFreePorts } from '../../tools/dev-servers/free-ports.js';
import { PostgresDatabase } from '../support/postgres-database.js';
import { describeInBrowserOnKafka, LivePage } from './live-page.js';

/** `npm run local`, on a topic, a group and a database of its own. */
class LocalService {
  private output = '';
  private readonly database = new PostgresDatabase(databaseUrl);
  private child: ChildProcess | undefined;

  async start(): Promise<number> {
    await this.database.make();
    const [port = 0] = await findFreePorts(1);
    const topic = newTopicName();
    const environment = {
      KAFKA_BROKERS: kafkaBrokers.join(','),
      DATABASE_URL: this.database.url,
      KAFKA_TOPIC: `${topic}.publish`,
      KAFKA_GROUP: topic,
      PORT: String(port),
      FULFILMENT_DELAY_MS: '50',
    };
    this.child = spawn(process.execPath, ['--import', 'tsx', 'tools/dev-servers/main.ts'], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.output += String(chunk)));
    await waitFor('the banner', () => this.output.includes('Ctrl-C'), { deadlineMs: 60_000 });
    return port;
  }

  get log(): string {
    return this.output;
  }

  async stop(): Promise<void> {
    if (this.child !== undefined && this.child.exitCode === null) {
      this.child.kill('SIGTERM');
      await once(this.child, 'exit');
    }
    await this.database.drop();
  }
}

describeInBrowserOnKafka('the live page of five processes on Kafka', () => {
  const service = new LocalService();
  let livePage: LivePage;
  beforeAll(async () => {
    livePage = await LivePage.of(await service.start());
  }, 120_000);
  afterAll(async () => {
    await livePage.close();
    await service.stop();
  }, 60_000);

  it('shows each with a partition, and an order at one of them', async () => {
    const page = await livePage.open();
    await page.locator('[data-replica] [data-partition]').nth(4).waitFor();
    await livePage.send({ orderId: 'o-1', product: 'tea' });

    await page.locator('[data-replica]').getByText('o-1').waitFor();
    expect(await page.locator('[data-replica]').count()).toBe(5);
    expect(await page.locator('[data-replica]').getByText('o-1').count()).toBe(1);
  }, 60_000);

  it.each([
    ['Stop', 'stopped'],
    ['Kill', 'gone'],
  ])(
    'ends a process by %s: others have its partition, and another process is started',
    async (how, state) => {
      const page = await livePage.open();
      page.setDefaultTimeout(40_000);
      const card = page.locator('[data-replica="consumer-2"]');
      const partition = await card.locator('[data-partition]').innerText();
      await page.getByRole('button', { name: `${how} consumer-2` }).click();
      await card.getByText(state, { exact: true }).waitFor();
      await page.locator('[data-replica]:not([data-replica="consumer-2"])').getByText(partition).waitFor();

      await waitFor('its end', () => /consumer-2 ended with code/.test(service.log));
      await page.getByRole('button', { name: 'Start another' }).click();
      await card.getByText('working', { exact: true }).waitFor();
      await card.locator('[data-partition]').waitFor();
      expect(await page.getByRole('button', { name: `${how} consumer-2` }).isEnabled()).toBe(true);
    },
    120_000,
  );
});
