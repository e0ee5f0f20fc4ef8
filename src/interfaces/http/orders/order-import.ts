import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Request } from 'express';
import type { ImportLine, ImportOrders, ImportOutcome } from '../../../application/orders/import-orders.js';
import type { Logger } from '../../../application/ports/logger.js';
import type { SendOrderCommand } from '../../../application/orders/send-order.js';
import { linesOf, NDJSON_MEDIA_TYPES, type TextLine } from './ndjson.js';
import type { ImportSummary } from './order-dtos.js';
import { HttpRefusal, problemDetails, type FieldFault } from '../problems/problem-details.js';
import { invalidRequest, toProblem, whyNotConfirmed } from '../problems/problem-mapping.js';

/** Its body is as long as it takes to arrive, and isn't read before the import is. */
export const IMPORT_PATH = '/api/Order/Import';

export interface ImportSettings {
  /** The number of the first line, where an import goes on. */
  readonly firstLine: number;
  /** Of the client, or one that was made for it. */
  readonly idempotencyKey: string;
  readonly traceparent?: string | undefined;
}

const MAX_LINE_BYTES = 64 * 1024;
/** Of one import, before other requests get their turn of the event loop. */
const LINES_A_TURN = 50;
/** So many refused lines are told one by one: a client that reads nothing until it has sent all costs no more memory. */
const MAX_DETAILED = 1_000;
/** How long a client that goes on sending after the answer has time to read it. */
const LINGER_MS = 2_000;
/** No path leads to an order of such an id. */
const UNREACHABLE = new Set(['.', '..', 'Send', 'Import']);
const MAX_UNKNOWN = 10;
const MAX_FIELD_LENGTH = 64;

/** What a line is made of. */
const inLine = () => 'body' as const;

/** @throws HttpRefusal */
export function checkImport(request: Request): void {
  if (request.is(NDJSON_MEDIA_TYPES) === false) throw notNdjson('Send the orders as application/x-ndjson.');
  const coding = request.get('Content-Encoding') ?? 'identity';
  if (coding !== 'identity') throw notNdjson('Send the orders without a Content-Encoding.');
}

/**
 * Accepts the orders of the request's lines. Returns NDJSON: each line that is invalid, then the summary. What is set of the
 * response is sent at once, so that a client that is cut off while it sends knows the key to resume with.
 */
export function importAnswer(
  orders: ImportOrders,
  request: Request,
  settings: ImportSettings,
  log: Logger,
): Readable {
  const { correlationId, res } = request;
  res?.once('pipe', () => res.flushHeaders());
  const logger = log.with({ correlationId });
  const answer = new Readable({ read: () => undefined });
  let refused = 0;
  const onRefused = (line: number, reason: unknown): void => {
    const problem = problemDetails(toProblem(reason, inLine), correlationId);
    if (problem.status === 500) logger.error('line of an import failed', { line, error: reason });
    if (++refused <= MAX_DETAILED) answer.push(`${JSON.stringify({ line, problem })}\n`);
  };
  const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  orders.execute(importLines(body, correlationId, settings), onRefused).then(
    (outcome) => {
      const summary = summaryOf(outcome, settings.idempotencyKey, correlationId);
      logger.info('orders imported', { ...summary });
      answer.push(`${JSON.stringify({ summary })}\n`);
      answer.push(null);
      if (!request.complete) leaveUnread(request);
    },
    (error: unknown) => {
      logger.warn('import broken off', { error });
      request.destroy();
      answer.destroy();
    },
  );
  return answer;
}

function summaryOf(
  { accepted, invalid, stopped }: ImportOutcome,
  idempotencyKey: string,
  correlationId: string,
): ImportSummary {
  const summary = { accepted, invalid, complete: stopped === undefined, idempotencyKey };
  if (stopped === undefined) return summary;
  const { line, cause } = stopped;
  const { name, why } = whyNotConfirmed(cause.cause);
  const todo = `Send the lines from ${line} on again, with firstLine=${line} and the Idempotency-Key '${idempotencyKey}': none is doubled.`;
  const problem = problemDetails({ name, detail: `${why} ${todo}` }, correlationId);
  return { ...summary, resumeAtLine: line, problem };
}

/** Whoever is cut off while sending may never see the answer. */
function leaveUnread(request: Request): void {
  request.resume();
  const cut = setTimeout(() => request.destroy(), LINGER_MS);
  request.once('close', () => clearTimeout(cut));
}

async function* importLines(
  body: AsyncIterable<Buffer>,
  correlationId: string,
  { firstLine, idempotencyKey, traceparent }: ImportSettings,
): AsyncGenerator<ImportLine[], void> {
  for await (const lines of linesOf(body, MAX_LINE_BYTES)) {
    for (let from = 0; from < lines.length; from += LINES_A_TURN) {
      yield lines.slice(from, from + LINES_A_TURN).map((line) => {
        const number = firstLine + line.number - 1;
        return { number, order: orderOf(line, number) };
      });
      await nextTurn();
    }
  }

  function orderOf(line: TextLine, number: number): SendOrderCommand | Error {
    const fields = fieldsOf(line);
    if (fields instanceof Error) return fields;
    const { orderId, product, quantity } = fields;
    return {
      ...{ orderId, product, quantity, correlationId, traceparent },
      idempotencyKey: `${idempotencyKey}:${number}`,
    };
  }
}

function fieldsOf({
  text,
  problem,
}: TextLine): Pick<SendOrderCommand, 'orderId' | 'product' | 'quantity'> | Error {
  if (problem === 'too-long') {
    return new HttpRefusal({
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
    return new HttpRefusal({ name: 'malformed-request', detail: 'The line is not JSON in UTF-8.' });
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return new HttpRefusal({ name: 'malformed-request', detail: 'The line is not a JSON object.' });
  }
  const faults = faultsOf(json as Record<string, unknown>);
  if (faults.length > 0) return new HttpRefusal(invalidRequest(faults));
  return json as Pick<SendOrderCommand, 'orderId' | 'product' | 'quantity'>;
}

/** What JSON can get wrong about a field; what an order can get wrong is the domain's. */
function faultsOf({ orderId, product, quantity, ...others }: Record<string, unknown>): FieldFault[] {
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

function notNdjson(detail: string): HttpRefusal {
  return new HttpRefusal({ name: 'unsupported-media-type', detail });
}
