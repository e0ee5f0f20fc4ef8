import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { TOKENS } from '../../src/bootstrap/tokens.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { MeteredService } from '../support/metered-service.js';
import { readPage } from '../support/pages.js';
import type { Scrape } from '../support/scrape.js';

let service: MeteredService;
afterEach(() => service.stop());

const TOPIC = { messaging_destination_name: 'app.order.publish' };
const DLQ = { messaging_destination_name: 'app.order.publish.dlq' };
const send = (to: Record<string, string>) => ({ messaging_operation_name: 'send', ...to });
const start = async (environment: Record<string, string> = {}) => {
  service = await MeteredService.start({ SHUTDOWN_MS: '15000', ...environment });
};
/** A client that goes away while its order is published, which never ends. */
const giveUp = async () => {
  const publish = jest.spyOn(service.container.get(TOKENS.publisher), 'publish');
  publish.mockReturnValueOnce(new Promise(() => undefined));
  const client = new AbortController();
  const sent = fetch(`${service.client.url}/api/Order/Send`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"product":"tea"}',
    signal: client.signal,
  }).catch((error: unknown) => error);
  await waitFor('the order', () => publish.mock.calls.length > 0);
  client.abort();
  await sent;
};
const manage = (action: 'Redrive' | 'Discard') =>
  service.client.post(`/api/DeadLetter/${action}`, { all: true });

describe('what became of orders', () => {
  it('is there as 0 before anything happened, for every outcome and reason', async () => {
    await start();
    const scrape = await service.scrape();
    const completed = ['processed', 'rejected', 'already_processed', 'dead_lettered'];
    for (const outcome of completed) expect(scrape.value('orders_completed_total', { outcome })).toBe(0);
    for (const reason of ['invalid', 'exhausted', 'conflicting']) {
      expect(scrape.value('orders_dead_lettered_total', { reason })).toBe(0);
      expect(scrape.value('orders_dead_letters_unresolved', { reason })).toBe(0);
    }
    const names = ['orders_accepted', 'orders_retries', 'orders_redriven', 'orders_discarded'];
    for (const name of [...names, 'publisher_unknown_outcomes', 'delivery_commit_failures'])
      expect(scrape.value(`${name}_total`)).toBe(0);
  });

  it('is counted by outcome, with the time from acceptance to the store', async () => {
    await start();
    await service.send('tea', 'a');
    await service.reaches('orders_completed_total', { outcome: 'processed' }, 1);
    await service.send('tea', 'a');
    await service.send('reject', 'b');
    await service.reaches('orders_completed_total', { outcome: 'rejected' }, 1);
    const scrape = await service.reaches('orders_completed_total', { outcome: 'already_processed' }, 1);
    expect(scrape.value('orders_accepted_total')).toBe(3);
    expect(scrape.value('orders_completed_total')).toBe(3);
    for (const outcome of ['processed', 'rejected', 'already_processed'])
      expect(scrape.value('orders_time_to_complete_seconds_count', { outcome })).toBe(1);
  });

  it('is retried, dead-lettered, redriven and discarded, and agrees with what happened', async () => {
    await start({ RETRY_MAX_ATTEMPTS: '3', RETRY_INITIAL_MS: '10' });
    for (const orderId of ['a', 'b']) await service.send('fail', orderId);
    let scrape = await service.reaches('orders_completed_total', { outcome: 'dead_lettered' }, 2);
    expect(scrape.value('orders_retries_total', { reason: 'fulfilment_failed' })).toBe(4);
    expect(scrape.value('orders_dead_lettered_total', { reason: 'exhausted' })).toBe(2);
    expect(scrape.value('orders_dead_letters_unresolved', { reason: 'exhausted' })).toBe(2);
    expect(scrape.value('orders_time_to_complete_seconds_count', { outcome: 'dead_lettered' })).toBe(2);

    await service.send('other content', 'c');
    await service.reaches('orders_completed_total', { outcome: 'processed' }, 1);
    await service.send('and other content', 'c');
    await service.reaches('orders_dead_lettered_total', { reason: 'conflicting' }, 1);

    await manage('Redrive');
    scrape = await service.reaches('orders_dead_lettered_total', { reason: 'exhausted' }, 4);
    expect(scrape.value('orders_redriven_total')).toBe(3);
    await service.reaches('orders_dead_lettered_total', { reason: 'conflicting' }, 2);
    await manage('Discard');
    scrape = await service.scrape();
    expect(scrape.value('orders_discarded_total')).toBe(3);
    expect(scrape.value('orders_dead_letters_unresolved')).toBe(0);
    expect(scrape.value('orders_accepted_total')).toBe(4);
    const ended = (scrape.value('orders_accepted_total') ?? 0) + (scrape.value('orders_redriven_total') ?? 0);
    expect(scrape.value('orders_completed_total')).toBe(ended);
    expect(scrape.value('messaging_client_sent_messages_total', send(TOPIC))).toBe(7);
    expect(scrape.value('messaging_client_sent_messages_total', send(DLQ))).toBe(12);
  });
});

describe('messaging', () => {
  it('has what was sent, read and processed, by partition and by error', async () => {
    await start({ RETRY_MAX_ATTEMPTS: '2', RETRY_INITIAL_MS: '10', KAFKA_PARTITIONS: '1' });
    await service.send('tea');
    await service.send('fail');
    const scrape = await service.reaches('orders_completed_total', { outcome: 'dead_lettered' }, 1);
    const group = { ...TOPIC, messaging_consumer_group_name: 'app-consumer-group' };
    const partition = { messaging_destination_partition_id: '0' };
    const poll = { ...group, ...partition, messaging_operation_name: 'poll' };
    expect(scrape.value('messaging_client_consumed_messages_total', poll)).toBe(2);
    expect(scrape.value('messaging_client_sent_messages_total', { ...send(TOPIC), ...partition })).toBe(2);
    const process = { ...group, messaging_operation_name: 'process' };
    const failed = { ...process, error_type: 'fulfilment_failed' };
    expect(scrape.value('messaging_process_duration_seconds_count', process)).toBe(3);
    expect(scrape.value('messaging_process_duration_seconds_count', failed)).toBe(2);
    const operations = 'messaging_client_operation_duration_seconds_count';
    expect(scrape.value(operations, send(TOPIC))).toBe(2);
    expect(scrape.value(operations, send(DLQ))).toBe(1);
    await service.reaches(operations, { ...group, messaging_operation_name: 'commit' }, 1);
  });

  it('has a message that could not be sent with the type of its error', async () => {
    await start();
    const tooLarge = { key: 'a', value: new Uint8Array(2_000_000), headers: {} };
    await service.container
      .get(TOKENS.publisher)
      .publish(tooLarge)
      .catch((error: unknown) => error);
    const scrape = await service.scrape();
    const labels = { ...send(TOPIC), error_type: 'too_large' };
    expect(scrape.value('messaging_client_sent_messages_total', labels)).toBe(1);
    expect(scrape.value('messaging_client_operation_duration_seconds_count', labels)).toBe(1);
    expect(scrape.value('orders_accepted_total')).toBe(0);
  });
});

describe('the replicas of a process', () => {
  it('have their partitions, and what is pending and in flight in each', async () => {
    await start({ KAFKA_PARTITIONS: '1', REPLICAS: '2', CONSUMER_CONCURRENCY: '1' });
    for (let count = 0; count < 3; count++) await service.send('slow-60000');
    const scrape = await service.reaches(
      'delivery_records_pending',
      { replica: 'here-1', partition: '0' },
      3,
    );
    expect(scrape.value('delivery_records_in_flight', { replica: 'here-1', partition: '0' })).toBe(1);
    expect(scrape.value('delivery_partitions_assigned', { replica: 'here-1' })).toBe(1);
    expect(scrape.value('delivery_partitions_assigned', { replica: 'here-2' })).toBe(0);
    expect(scrape.value('delivery_rebalances_total', { replica: 'here-1' })).toBeGreaterThanOrEqual(1);
    expect(scrape.value('delivery_rebalance_duration_seconds_count')).toBeGreaterThanOrEqual(2);
  });

  it('say why a partition is paused', async () => {
    await start({ KAFKA_PARTITIONS: '1', REPLICAS: '1', CONSUMER_MAX_PENDING_RECORDS: '2' });
    const paused = (reason: string) => ({ replica: 'here', partition: '0', reason });
    expect((await service.scrape()).value('delivery_partition_paused', paused('pending_records'))).toBe(0);
    for (let count = 0; count < 2; count++) await service.send('slow-60000');
    const scrape = await service.reaches('delivery_partition_paused', paused('pending_records'), 1);
    expect(scrape.value('delivery_partition_paused')).toBe(1);
  });

  it('count commits that fail', async () => {
    await start({ REPLICAS: '1' });
    const group = service.container.get(TOKENS.recordSource) as unknown as { commit: () => void };
    jest.spyOn(group, 'commit').mockImplementationOnce(() => {
      throw new Error('no coordinator');
    });
    await service.send();
    const scrape = await service.reaches('delivery_commit_failures_total', { replica: 'here' }, 1);
    const failed = { messaging_operation_name: 'commit', error_type: '_OTHER' };
    expect(scrape.value('messaging_client_operation_duration_seconds_count', failed)).toBe(1);
  });

  it('have an open circuit breaker while fulfilment is unavailable', async () => {
    await start({ FULFILMENT_URL: 'http://127.0.0.1:1/orders', REPLICAS: '1' });
    expect((await service.scrape()).value('delivery_circuit_breaker_open', { replica: 'here' })).toBe(0);
    await service.send();
    const scrape = await service.reaches('delivery_circuit_breaker_open', { replica: 'here' }, 1);
    expect(scrape.value('orders_retries_total')).toBe(0);
  });
});

describe('the lag of the group', () => {
  it('is what is not completed, in records and by the age of the oldest', async () => {
    await start({ KAFKA_PARTITIONS: '1' });
    expect((await service.scrape()).value('delivery_consumer_lag_records', { partition: '0' })).toBe(0);
    await service.send('slow-60000');
    await service.send('tea');
    const scrape = await service.reaches('delivery_consumer_lag_records', { partition: '0' }, 2);
    expect(scrape.value('delivery_consumer_lag_seconds', { partition: '0' })).toBeGreaterThan(0);
    await service.reaches('orders_completed_total', { outcome: 'processed' }, 1);
    expect((await service.scrape()).value('delivery_consumer_lag_records', { partition: '0' })).toBe(2);
  });

  it('is asked for only when somebody scrapes, and once for all metrics of it', async () => {
    await start();
    const lag = jest.spyOn(service.container.get(TOKENS.messaging), 'lag');
    await service.send();
    await service.client.get('/health/ready');
    expect(lag).not.toHaveBeenCalled();
    await service.scrape();
    expect(lag).toHaveBeenCalledTimes(1);
  });

  it('that nobody tells is left out, and holds up nothing else for long', async () => {
    await start();
    const messaging = service.container.get(TOKENS.messaging);
    jest.spyOn(messaging, 'lag').mockReturnValue(new Promise(() => undefined));
    const silent = await service.scrape();
    jest.spyOn(messaging, 'lag').mockRejectedValue(new Error('no broker'));
    const failing = await service.scrape();
    for (const scrape of [silent, failing]) {
      expect(scrape.value('delivery_consumer_lag_records')).toBeUndefined();
      expect(scrape.value('orders_accepted_total')).toBe(0);
    }
  });
});

describe('HTTP', () => {
  it('has each request by its route, never by its path', async () => {
    await start();
    await service.send('tea', 'a-secret-id');
    for (const path of ['/api/Order/a-secret-id', '/api/Order/another-id', '/nothing/here', '/swagger/'])
      await fetch(service.client.url + path, { redirect: 'manual' });
    const { series } = await service.scrape();
    const requests = series.filter(({ name }) => name === 'http_server_request_duration_seconds_count');
    const told = requests.map(({ labels }) => {
      const { http_request_method: method, http_route: route, http_response_status_code: status } = labels;
      return `${method} ${route} ${status}`;
    });
    expect(told.filter((each) => !/health|metrics| 404|Order\/{orderId}/.test(each))).toEqual([
      'POST /api/Order/Send 202',
      'GET undefined 302',
    ]);
    expect(told).toContain('GET /api/Order/{orderId} 404');
    expect(told).toContain('GET undefined 404');
    const labels = series.flatMap((each) => Object.values(each.labels));
    expect(labels.filter((each) => /secret|another-id|nothing/.test(each))).toEqual([]);
  });

  it('has a request that its client gave up without a status', async () => {
    await start();
    await giveUp();
    const labels = { http_route: '/api/Order/Send', error_type: 'client_closed_request' };
    await service.reaches('http_server_request_duration_seconds_count', labels, 1);
  });

  it('has a method that nobody knows as _OTHER', async () => {
    await start();
    await service.client.request('PROPFIND', '/health/live');
    const labels = { http_request_method: '_OTHER', http_response_status_code: '405' };
    expect((await service.scrape()).value('http_server_request_duration_seconds_count', labels)).toBe(1);
  });
});

describe('a scrape', () => {
  it('of ten partitions with traffic has at most 200 KB', async () => {
    await start({ KAFKA_PARTITIONS: '10', RETRY_MAX_ATTEMPTS: '2', RETRY_INITIAL_MS: '10' });
    const products = ['tea', 'fail', 'reject'];
    for (let count = 0; count < 90; count++) await service.send(products[count % 3]);
    for (const path of ['/api/DeadLetter', '/api/Order/order-1', '/health/live', '/nothing'])
      await fetch(service.client.url + path);
    const { text } = await service.reaches('orders_completed_total', {}, 90);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(200 * 1_024);
  });

  it('is Prometheus’ text, and tells which process it is', async () => {
    await start({ REPLICA_ID: 'replica-7' });
    const { headers, text } = await service.client.get('/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toContain('target_info{service_name="order-service",service_instance_id="replica-7"} 1');
  });

  it('works beside another at the same time', async () => {
    await start();
    const texts = await Promise.all(Array.from({ length: 5 }, () => service.scrape()));
    for (const scrape of texts) expect(scrape.value('delivery_consumer_lag_records')).toBe(0);
  });

  it('is not there with METRICS=off', async () => {
    await start({ METRICS: 'off' });
    expect((await fetch(`${service.client.url}/metrics`)).status).toBe(404);
    await service.send();
  });
});

/** "- `orders_retries_total` (counter; by `reason`): …", "- `process_uptime_seconds` (gauge, seconds): …" */
const ENTRY = /^- `([a-z0-9_]+)`\s+\(([a-z]+)(?:,\s+([a-z]+))?(?:;\s+by\s+([^)]+))?\):/gm;

describe('docs/reference/metrics.md', () => {
  const documented = [...readPage('docs/reference/metrics.md').matchAll(ENTRY)].map(
    ([, name, type, unit = '', labels = '']) => {
      const names = [...labels.matchAll(/`([a-z_0-9]+)`/g)].map(([, label]) => label ?? '');
      return `${name} ${type} ${unit} ${names.sort().join()}`;
    },
  );

  it('has every metric once with its type, unit and labels, and no other', async () => {
    await start({ RETRY_MAX_ATTEMPTS: '1' });
    await service.send('fail');
    await service.send('tea');
    const tooLarge = { key: 'a', value: new Uint8Array(2_000_000), headers: {} };
    await service.container
      .get(TOKENS.publisher)
      .publish(tooLarge)
      .catch((error: unknown) => error);
    await giveUp();
    const garbage: unknown[] = [];
    const families = await waitFor('all metrics', async () => {
      for (let count = 0; count < 100_000; count++) garbage[count % 1_000] = { count };
      const scrape: Scrape = await service.scrape();
      const all = scrape.families();
      const isWhole =
        all.has('v8js_gc_duration_seconds') &&
        all.has('nodejs_eventloop_delay_p99_seconds') &&
        scrape.value('orders_completed_total') === 2 &&
        scrape.text.includes('client_closed_request');
      return isWhole && all;
    });
    const served = [...families].map(
      ([name, { type, unit, labels }]) => `${name} ${type} ${unit} ${labels.join()}`,
    );
    expect(documented.toSorted()).toEqual(served.toSorted());
  }, 30_000);
});
