import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { databaseUrl } from '../../packages/delivery/test/support/requirements.js';
import { EventfulService } from '../support/eventful-service.js';
import { alerts, queries } from '../support/observability.js';
import { describeWithPrometheusAndAllOfIt } from '../support/with-prometheus.js';

/** What takes longer than a test, or more orders, is asked for on a smaller scale. */
const SMALLER: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  ConsumerLagGrowing: [
    ['[15m:1m]', '[10s:1s]'],
    ['> 1000', '> 10'],
  ],
  OldestRecordTooOld: [['> 600', '> 5']],
};

describeWithPrometheusAndAllOfIt('a Prometheus that scrapes a service to which everything happens', () => {
  let service: EventfulService;
  beforeAll(async () => {
    service = await EventfulService.start(databaseUrl);
    await service.makeEverythingHappen();
  }, 480_000);
  afterAll(() => service.stop(), 60_000);

  /** The highest value that the query had at any second. */
  const highest = async (query: string): Promise<number> => {
    const samples = await service.prometheus.query(`max_over_time((${query})[10m:1s])`);
    return Math.max(...samples.map(({ value }) => value));
  };

  it.each(queries)('shows in $title that it happened: $expr', async ({ expr }) => {
    expect(await highest(expr.replaceAll('$__rate_interval', '10s'))).toBeGreaterThan(0);
  });

  it.each(alerts.map(({ name }) => name))('sees what the alert %s is for', async (name) => {
    const rule = (await service.prometheus.rules()).find((each) => each.name === name);
    let query = rule?.query ?? '';
    for (const [part, smaller] of SMALLER[name] ?? []) {
      expect(query).toContain(part);
      query = query.replaceAll(part, smaller);
    }
    const seen = await service.prometheus.query(`count_over_time((${query})[10m:1s])`);

    expect(rule).toMatchObject({ health: 'ok' });
    expect(seen.length).toBeGreaterThan(0);
  });
});
