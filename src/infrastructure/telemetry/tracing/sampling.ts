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

const PARENT_BASED = 'parentbased_';
/** OpenTelemetry's samplers ask for the ids alone. */
const UNNAMED: [string, SpanKind, Attributes, Link[]] = ['', SpanKind.SERVER, {}, []];
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
const BYTES = TRACE_ID_BYTES + SPAN_ID_BYTES;
/** Random bytes are made for so many spans at a time. */
const SPANS = 1_024;

/**
 * Decides which traces are recorded before a span of them is begun. Most are not when a few per cent are, and all that these
 * need is ids.
 */
export class Sampling implements IdGenerator {
  readonly sampler: Sampler;
  /** A trace that begins here is recorded when what its id comes to is below. */
  private readonly bound: number;
  private readonly random = Buffer.alloc(BYTES * SPANS);
  private hex = '';
  private used = this.random.length;
  private decided: string | undefined;

  constructor({ sampler, ratio }: SamplingSettings) {
    const root = sampler.replace(PARENT_BASED, '') as RootSampler;
    this.bound = { always_on: Infinity, always_off: 0, traceidratio: Math.floor(ratio * 0xffffffff) }[root];
    this.sampler = sampler.startsWith(PARENT_BASED)
      ? new ParentBasedSampler({ root: rootSampler(root, ratio) })
      : rootSampler(root, ratio);
  }

  /** Returns the trace context to hand on when the trace is not recorded; else the next trace that is begun has these ids. */
  leaveOut(parent: SpanContext | undefined): string | undefined {
    const at = this.nextBytes();
    const traceId = parent?.traceId ?? this.traceId(at);
    if (!(parent === undefined ? this.records(at) : this.goesOnWith(parent))) {
      return `00-${traceId}-${this.spanId(at)}-00`;
    }
    this.decided = traceId;
    return undefined;
  }

  generateTraceId(): string {
    const { decided = this.traceId(this.nextBytes()) } = this;
    this.decided = undefined;
    return decided;
  }

  generateSpanId(): string {
    return this.spanId(this.nextBytes());
  }

  /** As OpenTelemetry's `TraceIdRatioBasedSampler` decides by the id, which it parses for that. */
  private records(at: number): boolean {
    const { random } = this;
    const half = random.readInt32BE(at) ^ random.readInt32BE(at + 4);
    return (half ^ random.readInt32BE(at + 8) ^ random.readInt32BE(at + 12)) >>> 0 < this.bound;
  }

  private goesOnWith(parent: SpanContext): boolean {
    const context = trace.setSpanContext(ROOT_CONTEXT, parent);
    const { decision } = this.sampler.shouldSample(context, parent.traceId, ...UNNAMED);
    return decision !== SamplingDecision.NOT_RECORD;
  }

  private nextBytes(): number {
    if (this.used === this.random.length) {
      this.hex = randomFillSync(this.random).toString('hex');
      this.used = 0;
    }
    this.used += BYTES;
    return this.used - BYTES;
  }

  private traceId(at: number): string {
    return this.hex.slice(at * 2, (at + TRACE_ID_BYTES) * 2);
  }

  private spanId(at: number): string {
    return this.hex.slice((at + TRACE_ID_BYTES) * 2, (at + BYTES) * 2);
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
