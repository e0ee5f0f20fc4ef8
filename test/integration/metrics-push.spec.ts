import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { MeteredService } from '../support/metered-service.js';
import { OtlpReceiver } from '../support/otlp-receiver.js';

describe('metrics that are pushed', () => {
  let receiver: OtlpReceiver | undefined;
  let service: MeteredService;
  afterEach(async () => {
    await service.stop();
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
    receiver?.close();
    receiver = undefined;
  });
  const start = async (url: string) => {
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = url; // the SDK reads it by itself
    const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_METRIC_EXPORT_INTERVAL: '1000' };
    service = await MeteredService.start(settings);
  };

  it('go to the collector by OTLP under OpenTelemetry’s names, at each interval and at a stop', async () => {
    const collector = (receiver = await OtlpReceiver.start());
    await start(collector.url);
    await service.send();
    await waitFor('two pushes', () => collector.metrics.length >= 2);
    const before = collector.metrics.length;
    await service.stop();

    expect(collector.metrics.length).toBeGreaterThan(before);
    for (const { contentType } of collector.metrics) expect(contentType).toBe('application/x-protobuf');
    const last = collector.metrics.at(-1)?.body.toString('latin1');
    for (const name of ['orders.accepted', 'http.server.request.duration', 'nodejs.eventloop.utilization'])
      expect(last).toContain(name);
    expect(last).not.toContain('_seconds');
  });

  it('hold up neither an order nor a stop when the collector never responds', async () => {
    const collector = (receiver = await OtlpReceiver.start({ responds: false }));
    await start(collector.url);
    await waitFor('a push', () => collector.metrics.length > 0);
    expect((await service.send()).status).toBe(202);
    await service.reaches('orders_completed_total', { outcome: 'processed' }, 1);
    const startedAt = performance.now();
    await service.stop();

    expect(performance.now() - startedAt).toBeLessThan(10_000); // of a push: 30 s
    expect(service.logger.lines).toContainEqual(
      expect.objectContaining({ level: 'debug', message: 'the last metrics were not pushed' }),
    );
  });

  it('are missed in the log when nobody listens, and are scraped all the same', async () => {
    await start('http://127.0.0.1:1');
    const warning = await waitFor(
      'the warning',
      () => service.logger.lines.find(({ message }) => message === 'metrics or traces could not be sent'),
      { deadlineMs: 40_000 },
    );
    expect(warning).toMatchObject({
      level: 'warn',
      fields: { reason: expect.stringMatching(/export|ECONNREFUSED/) as unknown },
    });
    expect((await service.scrape()).value('orders_accepted_total')).toBe(0);
  });
});
