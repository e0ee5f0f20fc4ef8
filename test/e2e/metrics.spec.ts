import { afterEach, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { decodeProgress } from '../../packages/delivery/src/engine/commit-metadata.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import {
  databaseUrl,
  describeWithKafkaAndPostgres,
  kafkaBrokers,
} from '../../packages/delivery/test/support/requirements.js';
import { ServiceProcess } from '../../tools/dev-servers/service-process.js';
import { kill } from '../support/faults.js';
import { Installation } from '../support/installation.js';
import { Scrape } from '../support/scrape.js';

describeWithKafkaAndPostgres('the metrics of an API and consumers', () => {
  let service: Installation;
  afterEach(() => service.stop());

  const scrape = async (process: ServiceProcess) => new Scrape(await (await service.metrics(process)).text());
  const sumOf = async (processes: readonly ServiceProcess[], name: string, labels = {}) => {
    const all = await Promise.all(processes.map((each) => scrape(each)));
    return all.reduce((sum, each) => sum + (each.value(name, labels) ?? 0), 0);
  };

  /** How many records a group has committed as completed beyond its positions. */
  const completedBeyond = async (groupId: string): Promise<bigint> => {
    const admin = new Kafka({ brokers: [...kafkaBrokers], logLevel: logLevel.NOTHING }).admin();
    try {
      await admin.connect();
      const found = await admin.fetchOffsets({ groupId, topics: [service.topic] });
      const ranges = found.flatMap(({ partitions }) =>
        partitions.flatMap(
          ({ offset, metadata }) => decodeProgress(BigInt(offset), metadata ?? '').completed,
        ),
      );
      return ranges.reduce((sum, { from, to }) => sum + to - from, 0n);
    } finally {
      await admin.disconnect();
    }
  };

  it('agree with each other: what one accepts the others complete, and nothing lags behind', async () => {
    service = await Installation.start({ brokers: kafkaBrokers, databaseUrl }, 2);
    await service.settled();
    const ids = await service.send(100);
    await service.allProcessed(ids);

    expect(await sumOf([service.api], 'orders_accepted_total')).toBe(100);
    await waitFor('the counts', async () => {
      return (await sumOf(service.consumers, 'orders_completed_total', { outcome: 'processed' })) === 100;
    });
    expect(await sumOf(service.consumers, 'delivery_partitions_assigned')).toBe(5);
    expect(await sumOf([service.api], 'delivery_partitions_assigned')).toBe(0);
    await waitFor('no lag', async () => {
      const { series } = await scrape(service.api);
      const lag = series.filter(({ name }) => name === 'delivery_consumer_lag_records');
      return lag.length === 5 && lag.every(({ value }) => value === 0);
    });
    for (const consumer of service.consumers) {
      const own = (await scrape(consumer)).series.filter(
        ({ name }) => name === 'delivery_consumer_lag_seconds',
      );
      expect(own.length).toBeGreaterThan(0);
      expect(own.every(({ value }) => value === 0)).toBe(true);
    }
  }, 120_000);

  it('count what comes again after a replica was killed', async () => {
    const environment = { KAFKA_PARTITIONS: '1', SESSION_TIMEOUT_MS: '6000', REBALANCE_DRAIN_MS: '2500' };
    service = await Installation.start({ brokers: kafkaBrokers, databaseUrl, environment }, 1);
    const [victim] = service.consumers;
    if (victim === undefined) throw new Error('there is no consumer');
    await service.post({ orderId: 'slow', product: 'slow-20000' });
    await service.allProcessed(await service.send(20));
    await waitFor('a commit of all beyond it', async () => (await completedBeyond(service.group)) === 20n);
    await kill({ consumer: victim, partition: 0, others: [] });
    const successor = await service.addConsumer('successor');
    await waitFor('it', async () => (await sumOf([successor], 'delivery_redeliveries_total')) === 1, {
      deadlineMs: 60_000,
    });
    expect(await sumOf([successor], 'orders_completed_total')).toBe(0);
  }, 180_000);
});

describe('a process', () => {
  /** Says at its end how many modules of OpenTelemetry it has loaded. */
  const counting = `data:text/javascript,${encodeURIComponent(
    "import { createRequire } from 'node:module';" +
      "process.on('exit', () => console.log('loaded', " +
      "Object.keys(createRequire('/').cache).filter((file) => file.includes('@opentelemetry')).length));",
  )}`;

  it.each([
    ['loads OpenTelemetry with METRICS=on', 'on', /^loaded [1-9]/],
    ['loads nothing of it with METRICS=off', 'off', /^loaded 0$/],
  ])('%s', async (_what, METRICS, expected) => {
    const lines: string[] = [];
    const environment = { METRICS, PORT: '0', NODE_ENV: 'production', LOG_FORMAT: 'json' };
    const started = ServiceProcess.start('all', environment, (line) => lines.push(line), {
      nodeArguments: ['--import', counting],
    });
    await waitFor('ready', () => lines.some((line) => line.includes('"ready"')), { deadlineMs: 40_000 });
    expect(await started.stop()).toBe(0);
    await waitFor('its last line', () => lines.some((line) => line.startsWith('loaded')));
    expect(lines.find((line) => line.startsWith('loaded'))).toMatch(expected);
  });
});
