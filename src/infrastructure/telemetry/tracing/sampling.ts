import { randomFillSync } from 'node:crypto';
import { ROOT_CONTEXT, SpanKind, trace, type SpanContext } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type IdGenerator,
  type Sampler,
} from '@opentelemetry/sdk-trace-base';

/** What is recorded of traces that begin here, and of all where their parents aren't asked. */
type RootSampler = 'always_on' | 'always_off' | 'traceidratio';

/** As `OTEL_TRACES_SAMPLER` and its `_ARG` say. @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
export interface SamplingSettings {
  readonly sampler: RootSampler | `parentbased_${RootSampler}`;
  /** From 0 to 1. */
  readonly ratio: number;
}

interface Ids {
  readonly traceId: string;
  readonly spanId: string;
}

const TRACE_ID_BYTES = 16;
const BYTES = TRACE_ID_BYTES + 8;

/**
 * Decides which traces are recorded before a span of them is begun. Most are not when a few per cent are, and all that these
 * need is ids.
 */
export class Sampling implements IdGenerator {
  readonly sampler: Sampler;
  private readonly random = Buffer.alloc(BYTES * 128);
  private used = this.random.length;
  private decided: string | undefined;

  constructor(settings: SamplingSettings) {
    this.sampler = samplerOf(settings);
  }

  /** Returns the trace context to hand on when the trace is not recorded; else the next trace that is begun has these ids. */
  leaveOut(parent: SpanContext | undefined): string | undefined {
    const { traceId, spanId } = this.nextIds();
    const id = parent?.traceId ?? traceId;
    const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    const { decision } = this.sampler.shouldSample(context, id, '', SpanKind.SERVER, {}, []);
    if (decision === SamplingDecision.NOT_RECORD) return `00-${id}-${spanId}-00`;
    this.decided = id;
    return undefined;
  }

  generateTraceId(): string {
    const { decided = this.nextIds().traceId } = this;
    this.decided = undefined;
    return decided;
  }

  generateSpanId(): string {
    return this.nextIds().spanId;
  }

  private nextIds(): Ids {
    if (this.used === this.random.length) {
      randomFillSync(this.random);
      this.used = 0;
    }
    const hex = this.random.toString('hex', this.used, (this.used += BYTES));
    return { traceId: hex.slice(0, TRACE_ID_BYTES * 2), spanId: hex.slice(TRACE_ID_BYTES * 2) };
  }
}

function samplerOf({ sampler, ratio }: SamplingSettings): Sampler {
  switch (sampler) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    default: {
      const root = sampler.slice('parentbased_'.length) as RootSampler;
      return new ParentBasedSampler({ root: samplerOf({ sampler: root, ratio }) });
    }
  }
}
