import type { EncodedMessage } from '../ports/message-publisher.js';

/** Carries the W3C trace context, in a message as over HTTP. @see https://www.w3.org/TR/trace-context/ */
export const TRACEPARENT_HEADER = 'traceparent';

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const LENGTH = 55;
/** The last character of a trace context that says so: the codes of the odd hexadecimal digits. */
const RECORDED = new Set(Buffer.from('13579bdf'));

/** For the log, under the names that OpenTelemetry gives them. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
}

/** An invalid trace context is dropped, as W3C asks for. */
export function validTraceparent(value: string | undefined): string | undefined {
  return value !== undefined && TRACEPARENT.test(value) ? value : undefined;
}

/** The trace context that a message has; `undefined` without a valid one. */
export function readTraceparent({ headers }: Pick<EncodedMessage, 'headers'>): string | undefined {
  const value = Object.hasOwn(headers, TRACEPARENT_HEADER) ? headers[TRACEPARENT_HEADER] : undefined;
  if (value?.length !== LENGTH) return undefined;
  if (typeof value === 'string') return validTraceparent(value);
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, LENGTH);
  return validTraceparent(bytes.toString('latin1'));
}

/** The trace context if those before us record the trace. @param traceparent a valid one */
export function ifRecorded(traceparent: string | undefined): string | undefined {
  if (traceparent === undefined) return undefined;
  return RECORDED.has(traceparent.charCodeAt(LENGTH - 1)) ? traceparent : undefined;
}

/** The trace context of a message whose trace is recorded. Most are not where a few per cent are, which one character tells. */
export function readRecordedTraceparent(message: Pick<EncodedMessage, 'headers'>): string | undefined {
  const value = message.headers[TRACEPARENT_HEADER];
  const flag = typeof value === 'string' ? value.charCodeAt(LENGTH - 1) : value?.[LENGTH - 1];
  return flag !== undefined && RECORDED.has(flag) ? readTraceparent(message) : undefined;
}

/** The same, with the flag that asks those after us to record nothing. */
export function notRecorded(traceparent: string | undefined): string | undefined {
  return traceparent === undefined ? undefined : `${traceparent.slice(0, -2)}00`;
}

/** Nothing without a trace. */
export function traceIds(traceparent: string | undefined): TraceIds | undefined {
  if (traceparent === undefined) return undefined;
  return { trace_id: traceparent.slice(3, 35), span_id: traceparent.slice(36, 52) };
}
