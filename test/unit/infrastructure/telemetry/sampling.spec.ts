import { describe, expect, it } from '@jest/globals';
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import {
  Sampling,
  type SamplingSettings,
} from '../../../../src/infrastructure/telemetry/tracing/sampling.js';
import { Spans } from '../../../../src/infrastructure/telemetry/tracing/spans.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const RECORDED = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
const NOT_RECORDED = `00-${TRACE_ID}-00f067aa0ba902b7-00`;
const VALID = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$/;

/** What begins the first span of a trace: returns the trace context, and whether a span was begun. */
function firstSpan(sampler: SamplingSettings['sampler'], ratio = 1) {
  const sampling = new Sampling({ sampler, ratio });
  const provider = new BasicTracerProvider({ sampler: sampling.sampler, idGenerator: sampling });
  const spans = new Spans(provider.getTracer('test'), sampling);
  return (traceparent?: string) => {
    const leftOut = spans.leaveOut(traceparent);
    if (leftOut !== undefined) return { isRecorded: false, traceparent: leftOut };
    const span = spans.begin(traceparent, { name: 'POST /', kind: SpanKind.SERVER, attributes: {} });
    return { isRecorded: true, traceparent: span.traceparent };
  };
}

describe('the first span of a trace', () => {
  it.each([
    // sampler, of one that begins here, of one that its client records, of one that its client does not record
    ['always_on', true, true, true],
    ['always_off', false, false, false],
    ['parentbased_always_on', true, true, false],
    ['parentbased_always_off', false, true, false],
  ] as const)('is begun as %s says', (sampler, begun, recorded, notRecorded) => {
    const first = firstSpan(sampler);
    const outcomes = [undefined, RECORDED, NOT_RECORDED].map((traceparent) => first(traceparent));
    expect(outcomes.map(({ isRecorded }) => isRecorded)).toEqual([begun, recorded, notRecorded]);
    for (const { isRecorded, traceparent } of outcomes) {
      expect(traceparent).toMatch(VALID);
      expect(traceparent.endsWith('-01')).toBe(isRecorded);
    }
    expect(outcomes.map(({ traceparent }) => traceparent.includes(TRACE_ID))).toEqual([false, true, true]);
  });

  it.each(['traceidratio', 'parentbased_traceidratio'] as const)(
    '%s records the traces that others record by their ids',
    (sampler) => {
      const first = firstSpan(sampler, 0.25);
      const others = new TraceIdRatioBasedSampler(0.25);
      const outcomes = Array.from({ length: 400 }, () => first());
      for (const { isRecorded, traceparent } of outcomes) {
        const { decision } = others.shouldSample(ROOT_CONTEXT, traceparent.slice(3, 35));
        expect(decision === SamplingDecision.RECORD_AND_SAMPLED).toBe(isRecorded);
      }
      // 100 of 400 are; that fewer than 40 or more than 160 are happens once in 10^11 times
      const recorded = outcomes.filter(({ isRecorded }) => isRecorded).length;
      expect(recorded).toBeGreaterThan(40);
      expect(recorded).toBeLessThan(160);
    },
  );

  it('has ids of its own, whether it is begun or not', () => {
    const first = firstSpan('traceidratio', 0.5);
    const ids = Array.from({ length: 1_000 }, () => first().traceparent.split('-'));
    expect(new Set(ids.map(([, traceId]) => traceId)).size).toBe(1_000);
    expect(new Set(ids.map(([, , spanId]) => spanId)).size).toBe(1_000);
  });
});
