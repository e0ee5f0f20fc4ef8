import { describe, expect, it } from '@jest/globals';
import { cached, Instruments } from '../../../../src/infrastructure/telemetry/instruments.js';

describe('a counter', () => {
  it('has each of its series from the start, as 0, and adds', async () => {
    const instruments = new Instruments();
    const series = instruments.counter('orders.retries', '{order}', 'Retries.');
    const [timedOut] = [series({ reason: 'timed_out' }), series({ reason: '_OTHER' })];
    timedOut.add();
    timedOut.add(2);

    const [instrument] = instruments.all;
    expect(instrument).toMatchObject({ kind: 'counter', name: 'orders.retries', unit: '{order}' });
    const samples = instrument?.kind === 'counter' ? [...(await instrument.read())] : [];
    expect(samples).toMatchObject([
      { attributes: { reason: 'timed_out' }, value: 3 },
      { attributes: { reason: '_OTHER' }, value: 0 },
    ]);
  });
});

describe('a histogram', () => {
  it('counts a value in the bucket of the lowest boundary that it does not exceed', () => {
    const series = new Instruments().histogram('d', 'A duration.', [0.1, 1, 10])({ outcome: 'processed' });
    for (const seconds of [0, 0.1, 0.11, 1, 9.9, 10, 10.1, 1_000]) series.record(seconds);

    expect(series.counts).toEqual([2, 2, 2, 2]);
    expect(series.sum).toBeCloseTo(1_031.21);
  });

  it('has the buckets of OpenTelemetry’s conventions by default', () => {
    const instruments = new Instruments();
    instruments.histogram('d', 'A duration.')({});

    expect(instruments.all).toMatchObject([
      { unit: 's', boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] },
    ]);
  });
});

describe('a gauge', () => {
  it('is read only when somebody asks', () => {
    const instruments = new Instruments();
    let reads = 0;
    instruments.gauge('g', '', 'A gauge.', () => {
      reads++;
      return [];
    });

    expect(reads).toBe(0);
  });
});

it('what is made for a key is made once', () => {
  const made: string[] = [];
  const length = cached((key: string) => made.push(key));

  expect(['a', 'b', 'a'].map(length)).toEqual([1, 2, 1]);
  expect(made).toEqual(['a', 'b']);
});
