import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { findFreePorts } from '../../tools/dev-servers/free-ports.js';
import { startKafkaCluster, type KafkaCluster } from '../../tools/dev-servers/kafka-cluster.js';
import { ServiceProcess } from '../../tools/dev-servers/service-process.js';
import { describeInBrowserOnKafka, LivePage } from './live-page.js';

describeInBrowserOnKafka('the live page while its broker does not respond', () => {
  let kafka: KafkaCluster;
  let service: ServiceProcess;
  let livePage: LivePage;

  beforeAll(async () => {
    kafka = await startKafkaCluster({ brokers: 1 });
    const [port = 0] = await findFreePorts(1);
    const environment = {
      ROLE: 'all',
      MESSAGING: 'kafka',
      KAFKA_BROKERS: kafka.brokers.join(','),
      ALLOW_VOLATILE_STORE: 'true',
      PORT: String(port),
    };
    service = ServiceProcess.start('service', environment, () => undefined);
    const isReady = async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok;
    await waitFor('the service', isReady, { deadlineMs: 60_000 });
    livePage = await LivePage.of(port);
  }, 120_000);
  afterAll(async () => {
    await livePage.close();
    await service.stop();
    await kafka.stop();
  }, 60_000);

  it('says so, as replicas that it does not hear of may be working, and shows them again later', async () => {
    const page = await livePage.open();
    page.setDefaultTimeout(60_000);
    const [broker] = kafka.nodes;
    const states = page.locator('[data-replica]').getByText('working', { exact: true });
    await states.nth(4).waitFor();
    broker?.freeze();
    await page.getByRole('status').getByText('The broker does not respond').waitFor();
    await page.getByRole('alert').getByText('may be working').waitFor();
    await page.locator('[data-replica]').getByText('gone', { exact: true }).nth(4).waitFor();

    broker?.thaw();
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
    await states.nth(4).waitFor();
    expect(await page.getByText('may be working').count()).toBe(0);
  }, 180_000);
});
