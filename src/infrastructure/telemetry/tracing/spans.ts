import {
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
  type SpanContext,
  type SpanKind,
  type Tracer,
} from '@opentelemetry/api';
import type { Sampling } from './sampling.js';

export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** Whether its parent caused such a span before: then it is linked, too. */
  readonly isRepeated?: boolean;
}

/** A span that has begun. */
export class OpenSpan {
  /** For what goes on within it. */
  readonly traceparent: string;

  constructor(private readonly span: Span) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  /** @param errorType what kind of failure it ended with, if it did */
  end(attributes: Attributes, errorType?: string, message?: string): void {
    this.span.setAttributes(attributes);
    if (errorType !== undefined) {
      this.span.setAttribute('error.type', errorType);
      this.span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
    }
    this.span.end();
  }

  /** Ends when `work` does, with what `describe` says of its result, or with its failure. Settles as `work` does. */
  async during<T>(work: Promise<T>, describe?: (result: T) => Attributes): Promise<T> {
    try {
      const result = await work;
      this.end(describe?.(result) ?? {});
      return result;
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      this.end({}, name, message);
      throw error;
    }
  }
}

/**
 * Begins spans within the trace context that is handed on as a `traceparent`: an AsyncLocalStorage would cost each promise of
 * the process.
 */
export class Spans {
  constructor(
    private readonly tracer: Tracer,
    private readonly sampling: Pick<Sampling, 'leaveOut'>,
  ) {}

  /** What goes on with a trace, or begins one, asks this first: where the trace is not recorded, what to hand on instead. */
  leaveOut(traceparent: string | undefined): string | undefined {
    return this.sampling.leaveOut(parse(traceparent));
  }

  /** @param traceparent of a trace that is recorded; `undefined` begins a new one */
  begin(traceparent: string | undefined, start: SpanStart): OpenSpan {
    const { name, kind, attributes, isRepeated = false } = start;
    const parent = parse(traceparent);
    const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    const links = isRepeated && parent !== undefined ? [{ context: parent }] : [];
    return new OpenSpan(this.tracer.startSpan(name, { kind, attributes, links }, context));
  }
}

/** @param traceparent a valid one */
function parse(traceparent: string | undefined): SpanContext | undefined {
  if (traceparent === undefined) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}
