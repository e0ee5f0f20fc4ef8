import { randomFillSync } from 'node:crypto';
import {
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Attributes,
  type Link,
  type SpanContext,
} from '@opentelemetry/api';
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

const PARENT_BASED = 'parentbased_';
/** OpenTelemetry's samplers ask for the ids alone. */
const UNNAMED: [string, SpanKind, Attributes, Link[]] = ['', SpanKind.SERVER, {}, []];
const TRACE_ID_BYTES = 16;
const BYTES = TRACE_ID_BYTES + 8;

/**
 * Decides which traces are recorded before a span of them is begun. Most are not when a few per cent are, and all that these
 * need is ids.
 */
export class Sampling implements IdGenerator {
  readonly sampler: Sampler;
  private readonly root: Sampler;
  private readonly random = Buffer.alloc(BYTES * 128);
  private used = this.random.length;
  private decided: string | undefined;

  constructor({ sampler, ratio }: SamplingSettings) {
    this.root = rootSampler(sampler.replace(PARENT_BASED, '') as RootSampler, ratio);
    this.sampler = sampler.startsWith(PARENT_BASED) ? new ParentBasedSampler({ root: this.root }) : this.root;
  }

  /** Returns the trace context to hand on when the trace is not recorded; else the next trace that is begun has these ids. */
  leaveOut(parent: SpanContext | undefined): string | undefined {
    const { traceId, spanId } = this.nextIds();
    const id = parent?.traceId ?? traceId;
    const { decision } =
      parent === undefined
        ? this.root.shouldSample(ROOT_CONTEXT, id, ...UNNAMED)
        : this.sampler.shouldSample(trace.setSpanContext(ROOT_CONTEXT, parent), id, ...UNNAMED);
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

function rootSampler(name: RootSampler, ratio: number): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
  }
}
