import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import {
  databaseUrl,
  describeWithKafkaAndPostgres,
  kafkaBrokers,
} from '../../packages/delivery/test/support/requirements.js';
import { FulfilmentServer } from '../support/fulfilment-server.js';
import { Installation } from '../support/installation.js';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const HEADERS = {
  'Content-Type': 'application/json',
  traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01`,
};

describeWithKafkaAndPostgres('the traces of an API and five consumer processes', () => {
  let receiver: OtlpReceiver;
  let fulfilment: FulfilmentServer;
  let service: Installation;
  beforeEach(async () => {
    receiver = await OtlpReceiver.start();
    fulfilment = await FulfilmentServer.start({ min: 0, max: 0 });
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '100',
      FULFILMENT_URL: fulfilment.url,
      RETRY_MAX_ATTEMPTS: '2',
      RETRY_INITIAL_MS: '1',
    };
    service = await Installation.start({ brokers: kafkaBrokers, databaseUrl, environment }, 5);
    await service.settled();
  });
  afterEach(async () => {
    await service.stop();
    await fulfilment.begin('refuses');
    receiver.close();
  });
  const send = (order: object) =>
    fetch(`${service.url}/api/Order/Send`, { method: 'POST', headers: HEADERS, body: JSON.stringify(order) });
  const sent = (name: string) =>
    waitFor(`the span ${name}`, () => receiver.trace(TRACE_ID).find((span) => span.name === name));
  /** From the first of the trace, by their parents. */
  const path = (last: ReceivedSpan): string[] => {
    const parent = receiver.trace(TRACE_ID).find(({ spanId }) => spanId === last.parentSpanId);
    return [...(parent === undefined ? [] : path(parent)), last.name];
  };

  it('go from the API through Kafka to a consumer, fulfilment, and PostgreSQL', async () => {
    expect((await send({ orderId: 'one', product: 'book' })).status).toBe(202);
    const [saved, post] = [await sent('INSERT orders'), await sent('POST')];
    await sent(`process ${service.topic}`);
    await sent('fulfil order');
    const request = await sent('POST /api/Order/Send');
    await sent(`send ${service.topic}`);
    const delivered = ['POST /api/Order/Send', `send ${service.topic}`, `process ${service.topic}`];
    expect(path(saved)).toEqual([...delivered, 'INSERT orders']);
    expect(path(post)).toEqual([...delivered, 'fulfil order', 'POST']);
    expect(saved.attributes['db.system.name']).toBe('postgresql');
    expect([request.instance, saved.instance]).toEqual(['api', expect.stringMatching(/^consumer-[1-5]$/)]);
  }, 120_000);

  it('have each attempt at an order that fails, and its dead letter', async () => {
    await send({ orderId: 'two', product: 'fail' });
    const dead = await sent(`send ${service.topic}.dlq`);
    const attempts = await waitFor('two attempts', () => {
      const found = receiver.trace(TRACE_ID).filter(({ name }) => name === `process ${service.topic}`);
      return found.length === 2 && found;
    });
    await sent(`send ${service.topic}`);
    expect(attempts.map(({ attributes }) => attributes['order.attempt'])).toEqual([1, 2]);
    expect(attempts.every(({ hasFailed }) => hasFailed)).toBe(true);
    expect(path(dead)).toEqual([
      'POST /api/Order/Send',
      `send ${service.topic}`,
      `send ${service.topic}.dlq`,
    ]);
  }, 120_000);
});
