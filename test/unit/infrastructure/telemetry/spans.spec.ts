import { expect, it } from '@jest/globals';
import { SpanKind, trace } from '@opentelemetry/api';
import { Sampling } from '../../../../src/infrastructure/telemetry/tracing/sampling.js';
import { Spans } from '../../../../src/infrastructure/telemetry/tracing/spans.js';

const ALL = { sampler: 'always_on', ratio: 1 } as const;

it.each([undefined, '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00'])(
  'no span is begun, nor asked what it would be, in a trace that is not recorded: %s',
  (traceparent) => {
    let asked = 0;
    const start = () => ({ name: `${++asked}`, kind: SpanKind.INTERNAL, attributes: {} });

    expect(new Spans(trace.getTracer('none'), new Sampling(ALL)).begin(traceparent, start)).toBeUndefined();
    expect(asked).toBe(0);
  },
);
