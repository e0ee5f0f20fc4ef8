import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Request } from 'express';
import type { ImportLine, ImportOrders, ImportOutcome } from '../../../application/orders/import-orders.js';
import type { SendOrderCommand } from '../../../application/orders/send-order.js';
import { notRecorded } from '../../../application/messages/trace-context.js';
import type { Logger } from '../../../application/ports/logger.js';
import { requestIds, type RequestSpan } from '../server/request-trace.js';
import { splitLines, NDJSON_MEDIA_TYPES, type TextLine } from './ndjson.js';
import type { ImportSummary } from './order-dtos.js';
import { HttpProblem, problemDetails, type FieldFault } from '../problems/problem-details.js';
import { invalidRequest, toProblem, whyNotConfirmed } from '../problems/problem-mapping.js';

/** Its body is a stream. */
export const IMPORT_PATH = '/api/Order/Import';

export interface ImportSettings {
  /** The number of the first line, where an import goes on. */
  readonly firstLine: number;
  /** Of the client, or one that was made for it. */
  readonly idempotencyKey: string;
  /** Goes with the orders, which are not recorded: of an import the trace has the request, and a span for each batch of lines. */
  readonly traceparent?: string | undefined;
}

const MAX_LINE_BYTES = 64 * 1024;
/** Lines of one import that are read before other requests get a turn of the event loop. */
const LINES_A_TURN = 50;
/** More invalid lines are only counted: a client may read nothing until it has sent everything. */
const MAX_DETAILED = 1_000;
/** How long a client that goes on sending has time to read the response. */
const LINGER_MS = 2_000;
/** A URL can't have these in its path, so that no order of such an id could be found. */
const UNREACHABLE = new Set(['.', '..']);
const MAX_UNKNOWN = 10;
const MAX_FIELD_LENGTH = 64;

type OrderFields = Pick<SendOrderCommand, 'orderId' | 'product' | 'quantity'>;

const inBody = () => 'body' as const;

/** @throws HttpProblem */
export function checkImport(request: Request): void {
  if (request.is(NDJSON_MEDIA_TYPES) === false) throw notNdjson('Send the orders as application/x-ndjson.');
  const coding = request.get('Content-Encoding') ?? 'identity';
  if (coding !== 'identity') throw notNdjson('Send the orders without a Content-Encoding.');
}

/**
 * Accepts the orders of the request's lines. Returns NDJSON: the invalid lines, then the summary. The headers are sent at
 * once, so that a client whose connection is lost while it sends knows the key to resume with.
 */
export function importResponse(
  orders: ImportOrders,
  request: Request,
  settings: ImportSettings,
  log: Logger,
): Readable {
  const { caller, correlationId, res, trace } = request;
  res?.once('pipe', () => res.flushHeaders());
  const logger = log.with(requestIds(request));
  const output = new Readable({ read: () => undefined });
  let invalid = 0;
  const onInvalid = (line: number, reason: unknown): void => {
    const problem = problemDetails(toProblem(reason, inBody), correlationId);
    if (problem.status === 500) logger.error('line of an import failed', { line, error: reason });
    if (++invalid <= MAX_DETAILED) output.push(`${JSON.stringify({ line, problem })}\n`);
  };
  const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  orders
    .execute(importLines(body, { owner: caller?.name, correlationId }, settings, trace?.span), onInvalid)
    .then(
      (outcome) => {
        const summary = summarize(outcome, settings.idempotencyKey, correlationId);
        logger.info('orders imported', { ...summary });
        output.push(`${JSON.stringify({ summary })}\n`);
        output.push(null);
        if (!request.complete) leaveUnread(request);
      },
      (error: unknown) => {
        logger.warn('import aborted', { error });
        request.destroy();
        output.destroy();
      },
    );
  return output;
}

function summarize(
  { accepted, invalid, stopped }: ImportOutcome,
  idempotencyKey: string,
  correlationId: string,
): ImportSummary {
  const summary = { accepted, invalid, complete: stopped === undefined, idempotencyKey };
  if (stopped === undefined) return summary;
  const { line, cause } = stopped;
  const { name, why } = whyNotConfirmed(cause.cause);
  const advice = `Send the lines from ${line} on again, with firstLine=${line} and the Idempotency-Key '${idempotencyKey}': none is doubled.`;
  const problem = problemDetails({ name, detail: `${why} ${advice}` }, correlationId);
  return { ...summary, resumeAtLine: line, problem };
}

/** A client whose connection is closed while it sends may never see the response. */
function leaveUnread(request: Request): void {
  request.resume();
  const deadline = setTimeout(() => request.destroy(), LINGER_MS);
  request.once('close', () => clearTimeout(deadline));
}

async function* importLines(
  body: AsyncIterable<Buffer>,
  sender: Pick<SendOrderCommand, 'owner' | 'correlationId'>,
  { firstLine, idempotencyKey, ...settings }: ImportSettings,
  span: RequestSpan | undefined,
): AsyncGenerator<ImportLine[], void> {
  const traceparent = notRecorded(settings.traceparent);
  for await (const lines of splitLines(body, MAX_LINE_BYTES)) {
    const end = span?.part('import lines', { 'order.import.lines': lines.length });
    try {
      for (let from = 0; from < lines.length; from += LINES_A_TURN) {
        yield lines.slice(from, from + LINES_A_TURN).map((line) => {
          const number = firstLine + line.number - 1;
          return { number, order: toCommand(line, number) };
        });
        await nextTurn();
      }
    } finally {
      end?.();
    }
  }

  function toCommand(line: TextLine, number: number): SendOrderCommand | Error {
    const fields = parseLine(line);
    if (fields instanceof Error) return fields;
    const { orderId, product, quantity } = fields;
    return {
      ...{ ...sender, orderId, product, quantity, traceparent },
      idempotencyKey: `${idempotencyKey}:${number}`,
    };
  }
}

function parseLine({ text, problem }: TextLine): OrderFields | Error {
  if (problem === 'too-long') {
    return new HttpProblem({
      name: 'payload-too-large',
      detail: `A line must have at most ${MAX_LINE_BYTES} bytes.`,
    });
  }
  let json: unknown;
  try {
    json = text === undefined ? undefined : JSON.parse(text);
  } catch {
    json = undefined;
  }
  if (json === undefined)
    return new HttpProblem({ name: 'malformed-request', detail: 'The line is not JSON in UTF-8.' });
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return new HttpProblem({ name: 'malformed-request', detail: 'The line is not a JSON object.' });
  }
  const faults = findFaults(json as Record<string, unknown>);
  if (faults.length > 0) return new HttpProblem(invalidRequest(faults));
  return json as OrderFields;
}

/** Whether the fields have the types of an order's. What they say is checked by the domain. */
function findFaults({ orderId, product, quantity, ...others }: Record<string, unknown>): FieldFault[] {
  const faults: FieldFault[] = [];
  const add = (field: string, detail: string) => faults.push({ field, in: 'body', detail });
  if (orderId !== undefined && typeof orderId !== 'string') add('orderId', 'must be a string');
  else if (orderId !== undefined && UNREACHABLE.has(orderId)) add('orderId', `must not be '${orderId}'`);
  if (product === undefined) add('product', 'is required');
  else if (typeof product !== 'string') add('product', 'must be a string');
  if (quantity !== undefined && typeof quantity !== 'number')
    add('quantity', 'must be a whole number from 1 to 1000000');
  for (const field of Object.keys(others).slice(0, MAX_UNKNOWN)) {
    add(field.slice(0, MAX_FIELD_LENGTH), 'is not a field of this request');
  }
  return faults;
}

function notNdjson(detail: string): HttpProblem {
  return new HttpProblem({ name: 'unsupported-media-type', detail });
}
