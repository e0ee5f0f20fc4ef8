import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUTHORITIES, CERTIFICATES } from '../support/certificates.js';
import { FulfilmentServer } from '../support/fulfilment-server.js';
import { MeteredService } from '../support/metered-service.js';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const RECORDED = { traceparent: `00-${TRACE_ID}-${PARENT}-01` };
const NOT_RECORDED = { traceparent: `00-${TRACE_ID}-${PARENT}-00` };

let receiver: OtlpReceiver;
let service: MeteredService | undefined;

beforeEach(async () => {
  receiver = await OtlpReceiver.start();
});

afterEach(async () => {
  await service?.stop();
  service = undefined;
  delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  receiver.close();
});

async function start(environment: Readonly<Record<string, string>> = {}): Promise<MeteredService> {
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = receiver.url; // the SDK reads it by itself
  service = await MeteredService.start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...environment });
  return service;
}

/** What was sent when the service has stopped. */
async function stopped(traceId = TRACE_ID): Promise<ReceivedSpan[]> {
  await service?.stop();
  return receiver.trace(traceId);
}

const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);

describe('the trace of an order', () => {
  it('goes from the request over its message and its processing to the store, in the trace of the client', async () => {
    const started = await start();
    await started.client.post('/api/Order/Send', { orderId: 'a-1', product: 'book' }, RECORDED);
    await started.reaches('orders_completed_total', { outcome: 'processed' }, 1);
    const spans = await stopped();
    expect(spans.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'server POST /api/Order/Send',
      'producer send app.order.publish',
      'consumer process app.order.publish',
      'client SELECT orders',
      'internal fulfil order',
      'client INSERT orders',
    ]);
    const [request, send, process, ...within] = spans;
    expect(request).toMatchObject({ parentSpanId: PARENT, instance: 'here' });
    expect(send?.parentSpanId).toBe(request?.spanId);
    expect(process?.parentSpanId).toBe(send?.spanId);
    expect(new Set(within.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([process?.spanId]));
  });

  it('says https where that is served', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'https-'));
    const [TLS_CERT, TLS_KEY] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
    writeFileSync(TLS_CERT, CERTIFICATES.server.cert);
    writeFileSync(TLS_KEY, CERTIFICATES.server.key);
    const { client } = await start({ TLS_CERT, TLS_KEY });
    rmSync(folder, { recursive: true });
    const url = `${client.url.replace('http:', 'https:')}/api/Order/a-1`;
    const request = get(url, { ca: AUTHORITIES.one, agent: false, headers: RECORDED });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response.resume(), 'end');
    const [span] = named(await stopped(), 'GET /api/Order/{orderId}');
    expect(span?.attributes).toMatchObject({ 'url.scheme': 'https' });
  });

  it('has the names of OpenTelemetry’s conventions', async () => {
    const started = await start();
    await started.client.post('/api/Order/Send', { orderId: 'a-1', product: 'book' }, RECORDED);
    await started.reaches('orders_completed_total', { outcome: 'processed' }, 1);
    const spans = await stopped();
    const attributes = (name: string) => named(spans, name)[0]?.attributes;
    expect(attributes('POST /api/Order/Send')).toEqual({
      'http.request.method': 'POST',
      'http.response.status_code': 202,
      'http.route': '/api/Order/Send',
      'url.path': '/api/Order/Send',
      'url.scheme': 'http',
    });
    const message = {
      'messaging.system': 'in-memory',
      'messaging.destination.name': 'app.order.publish',
      'messaging.destination.partition.id': expect.stringMatching(/^[0-4]$/),
      'messaging.kafka.message.key': 'a-1',
      'messaging.kafka.offset': 0,
    };
    expect(attributes('send app.order.publish')).toEqual({
      ...message,
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
    });
    expect(attributes('process app.order.publish')).toEqual({
      ...message,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.consumer.group.name': 'app-consumer-group',
      'messaging.client.id': expect.stringMatching(/^here-[1-5]$/),
      'order.attempt': 1,
    });
    expect(attributes('INSERT orders')).toEqual({
      'db.system.name': 'in-memory',
      'db.operation.name': 'INSERT',
      'db.collection.name': 'orders',
      'order.id': 'a-1',
    });
  });

  it('has a span for each attempt, those after the first linked, and one for the dead letter', async () => {
    const started = await start({ RETRY_MAX_ATTEMPTS: '3', RETRY_INITIAL_MS: '1' });
    await started.client.post('/api/Order/Send', { orderId: 'a-1', product: 'fail' }, RECORDED);
    await started.reaches('orders_completed_total', { outcome: 'dead_lettered' }, 1);
    const spans = await stopped();
    const [send] = named(spans, 'send app.order.publish');
    const attempts = named(spans, 'process app.order.publish');
    expect(attempts.map(({ attributes }) => attributes['order.attempt'])).toEqual([1, 2, 3]);
    expect(attempts.map(({ links }) => links)).toEqual([[], [send?.spanId], [send?.spanId]]);
    for (const attempt of attempts) {
      expect(attempt).toMatchObject({ hasFailed: true, parentSpanId: send?.spanId });
      expect(attempt.attributes['error.type']).toBe('FulfilmentFailed');
    }
    const [dead] = named(spans, 'send app.order.publish.dlq');
    expect(dead).toMatchObject({ kind: 'producer', parentSpanId: send?.spanId });
    expect(dead?.attributes['order.dead_letter.reason']).toBe('exhausted');
  });

  it('goes on when the order is redriven, linked to when it was sent before', async () => {
    const started = await start({ RETRY_MAX_ATTEMPTS: '1' });
    await started.client.post('/api/Order/Send', { orderId: 'a-1', product: 'fail-1' }, RECORDED);
    await started.reaches('orders_completed_total', { outcome: 'dead_lettered' }, 1);
    await started.client.post('/api/DeadLetter/Redrive', { all: true });
    await started.reaches('orders_completed_total', { outcome: 'processed' }, 1);
    const spans = await stopped();
    const [sent, redriven] = named(spans, 'send app.order.publish');
    const [, processed] = named(spans, 'process app.order.publish');
    expect(redriven).toMatchObject({ parentSpanId: sent?.spanId, links: [sent?.spanId] });
    expect(processed).toMatchObject({ parentSpanId: redriven?.spanId, links: [redriven?.spanId] });
    expect(processed?.hasFailed).toBe(false);
  });

  it('goes on in fulfilment over HTTP, which gets its context', async () => {
    const fulfilment = await FulfilmentServer.start({ min: 0, max: 0 });
    try {
      const started = await start({ FULFILMENT_URL: fulfilment.url });
      await started.client.post('/api/Order/Send', { orderId: 'a-1', product: 'book' }, RECORDED);
      await started.reaches('orders_completed_total', { outcome: 'processed' }, 1);
      const spans = await stopped();
      const [post] = named(spans, 'POST');
      expect(post).toMatchObject({ kind: 'client', parentSpanId: named(spans, 'fulfil order')[0]?.spanId });
      expect(post?.attributes).toMatchObject({
        'http.request.method': 'POST',
        'http.response.status_code': 204,
        'server.address': '127.0.0.1',
      });
      expect(fulfilment.traceparent).toBe(`00-${TRACE_ID}-${post?.spanId}-01`);
    } finally {
      await fulfilment.begin('refuses');
    }
  });

  it('is found from the log, on every line', async () => {
    const started = await start({ RETRY_MAX_ATTEMPTS: '1' });
    await started.client.post('/api/Order/Send', { orderId: 'a-1', product: 'book' }, RECORDED);
    await started.client.post('/api/Order/Send', { orderId: 'a-2', product: 'fail' }, RECORDED);
    await started.reaches('orders_completed_total', { outcome: 'dead_lettered' }, 1);
    const spans = await stopped();
    const spanOf = (message: string) =>
      started.logger.lines.find((line) => line.message === message)?.fields['span_id'];
    expect(spanOf('order accepted')).toBe(named(spans, 'POST /api/Order/Send')[0]?.spanId);
    const attempts = named(spans, 'process app.order.publish').map(({ spanId }) => spanId);
    expect(attempts).toContain(spanOf('order processed'));
    for (const message of ['order accepted', 'order processed', 'order dead-lettered']) {
      const line = started.logger.lines.find((each) => each.message === message);
      expect(line?.fields).toMatchObject({ trace_id: TRACE_ID, correlationId: expect.anything() });
    }
  });
});

describe('a trace', () => {
  it('that the client does not record is passed on, and not sent', async () => {
    const started = await start();
    await started.client.post('/api/Order/Send', { orderId: 'a-1', product: 'book' }, NOT_RECORDED);
    await started.reaches('orders_completed_total', { outcome: 'processed' }, 1);
    expect(await stopped()).toEqual([]);
    const line = started.logger.lines.find(({ message }) => message === 'order processed');
    expect(line?.fields['trace_id']).toBe(TRACE_ID);
  });

  it('is begun for a client without one, and recorded as OTEL_TRACES_SAMPLER says', async () => {
    const started = await start();
    await started.send('book', 'a-1');
    await started.reaches('orders_completed_total', { outcome: 'processed' }, 1);
    await stopped();
    const traces = new Set(receiver.spans.map(({ traceId }) => traceId));
    expect(traces.size).toBe(1);
    expect(receiver.spans.filter(({ parentSpanId }) => parentSpanId === '').map(({ name }) => name)).toEqual([
      'POST /api/Order/Send',
    ]);
  });

  it('of an import has a span for each batch of lines, and none for an order', async () => {
    const started = await start();
    const lines = Array.from({ length: 120 }, (_, index) => `{"orderId":"i-${index}","product":"tea"}\n`);
    const headers = { 'Content-Type': 'application/x-ndjson', ...RECORDED };
    await started.client.request('POST', '/api/Order/Import', { headers, body: lines.join('') });
    await started.reaches('orders_completed_total', { outcome: 'processed' }, 120);
    const spans = await stopped();
    expect(spans.map(({ name }) => name)).toEqual(['POST /api/Order/Import', 'import lines']);
    expect(spans[1]?.attributes).toEqual({ 'order.import.lines': 120 });
    expect(
      started.logger.lines.find(({ message }) => message === 'order processed')?.fields['trace_id'],
    ).toBe(TRACE_ID);
  });

  it('has no span for a probe of health, nor for a scrape', async () => {
    const started = await start();
    await started.client.get('/health/ready');
    await started.scrape();
    await stopped();
    expect(receiver.spans).toEqual([]);
  });
});

describe('a collector that does not respond', () => {
  it('holds up no order and no stop', async () => {
    receiver.close();
    receiver = await OtlpReceiver.start({ responds: false });
    const started = await start();
    for (let count = 0; count < 20; count++) await started.send();
    await started.reaches('orders_completed_total', { outcome: 'processed' }, 20);
    const before = performance.now();
    await started.stop();
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});
