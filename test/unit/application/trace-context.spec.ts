import { expect, it } from '@jest/globals';
import { ifRecorded, readRecordedTraceparent } from '../../../src/application/messages/trace-context.js';

const RECORDED = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const NOT_RECORDED = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';

it.each([
  [undefined, undefined],
  [NOT_RECORDED, undefined],
  [RECORDED, RECORDED],
])('the trace context %s is %s for what a recorded trace alone gets', (traceparent, recorded) => {
  const headers: Record<string, string | Uint8Array>[] =
    traceparent === undefined ? [{}] : [{ traceparent }, { traceparent: Buffer.from(traceparent) }];
  expect(ifRecorded(traceparent)).toBe(recorded);
  for (const each of headers) expect(readRecordedTraceparent({ headers: each })).toBe(recorded);
});
