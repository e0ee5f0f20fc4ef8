import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { newTopicName } from '../../packages/delivery/test/support/new-topic-name.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { startProxiedKafka, type ProxiedKafka } from '../../packages/delivery/test/support/proxied-kafka.js';
import { describeWithKafkaClusters } from '../../packages/delivery/test/support/requirements.js';
import { MeteredService } from '../support/metered-service.js';

describeWithKafkaClusters('the metrics of a service on Kafka', () => {
  let kafka: ProxiedKafka;
  const services: MeteredService[] = [];
  beforeAll(async () => {
    kafka = await startProxiedKafka({ brokers: 1 });
  });
  afterEach(async () => {
    await proxy().tcp.accept();
    proxy().swallowProduceResponses(0);
    await Promise.all(services.splice(0).map((service) => service.stop()));
  });
  afterAll(() => kafka.stop());

  let topic = '';
  const start = async (environment: Record<string, string> = {}): Promise<MeteredService> => {
    const service = await MeteredService.start({
      MESSAGING: 'kafka',
      ALLOW_VOLATILE_STORE: 'true',
      KAFKA_BROKERS: kafka.brokers.join(','),
      KAFKA_TOPIC: topic,
      KAFKA_GROUP: `group-of-${topic}`,
      KAFKA_PARTITIONS: '1',
      REPLICAS: '1',
      SHUTDOWN_MS: '15000',
      ...environment,
    });
    services.push(service);
    return service;
  };
  const startAnew = (environment?: Record<string, string>) => {
    topic = newTopicName();
    return start(environment);
  };
  const proxy = () => {
    const [first] = kafka.proxies;
    if (first === undefined) throw new Error('there is no proxy');
    return first;
  };

  it('tell the lag of the group, by the brokers, with the age of the oldest record', async () => {
    const service = await startAnew();
    await service.send('slow-60000');
    await service.send('tea');
    const scrape = await service.reaches('delivery_consumer_lag_records', { partition: '0' }, 2);
    expect(scrape.value('delivery_consumer_lag_seconds', { partition: '0' })).toBeGreaterThan(0);
    expect(scrape.value('messaging_client_sent_messages_total', { messaging_system: 'kafka' })).toBe(2);
  });

  it('count a message whose outcome is unknown', async () => {
    const service = await startAnew();
    await service.send('tea');
    await service.reaches('orders_completed_total', {}, 1);
    proxy().swallowProduceResponses(100); // the first one alone would be retried
    expect((await service.send('tea')).status).toBe(503);
    const scrape = await service.scrape();
    expect(scrape.value('publisher_unknown_outcomes_total')).toBe(1);
    expect(scrape.value('orders_accepted_total')).toBe(1);
    const unknown = { error_type: 'outcome_unknown' };
    expect(scrape.value('messaging_client_sent_messages_total', unknown)).toBe(1);
  }, 90_000);

  it('have what waits to be published', async () => {
    const service = await startAnew();
    await service.send('tea');
    proxy().delayProduceResponses(1_500);
    const sent = service.send('tea');
    const scrape = await service.reaches('publisher_queue_messages', {}, 1);
    expect(scrape.value('publisher_queue_bytes')).toBeGreaterThan(0);
    proxy().delayProduceResponses(0);
    await sent;
    expect((await service.scrape()).value('publisher_queue_messages')).toBe(0);
  }, 90_000);

  it('are served while no broker can be reached, without what the brokers would tell', async () => {
    const service = await startAnew();
    await service.send('tea');
    await service.reaches('orders_completed_total', {}, 1);
    await proxy().tcp.refuse();
    const scrape = await service.scrape();
    expect(scrape.value('orders_accepted_total')).toBe(1);
    expect(scrape.value('delivery_consumer_lag_records')).toBeUndefined();
    await proxy().tcp.accept();
    await service.reaches('delivery_consumer_lag_records', { partition: '0' }, 0);
  }, 120_000);

  it('count rebalances, and what is redelivered after them', async () => {
    const service = await startAnew({ RETRY_INITIAL_MS: '60000' });
    await service.send('fail');
    const before = await service.reaches('orders_retries_total', { reason: 'fulfilment_failed' }, 1);
    const other = await start({ REPLICA_ID: 'another', RETRY_INITIAL_MS: '60000' });
    const after = await service.reaches('delivery_rebalances_total', { replica: 'here' }, 2);
    expect(before.value('delivery_redeliveries_total')).toBe(0);
    await waitFor('the record that comes again', async () => {
      const all = await Promise.all([service, other].map((each) => each.scrape()));
      return all.reduce((sum, each) => sum + (each.value('delivery_redeliveries_total') ?? 0), 0) === 1;
    });
    expect(after.value('delivery_rebalance_duration_seconds_count', { replica: 'here' })).toBe(2);
    expect(after.value('delivery_rebalance_duration_seconds_sum', { replica: 'here' })).toBeGreaterThan(0);
  }, 120_000);
});
