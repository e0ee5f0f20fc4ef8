import { DomainError } from '../../domain/domain-error.js';
import { OrderId } from '../../domain/order/order-id.js';
import { Order } from '../../domain/order/order.js';
import { InvalidMessage, UndecodableMessage } from '../application-errors.js';
import type { EncodedMessage } from '../ports/message-publisher.js';
import { TRACEPARENT_HEADER } from './trace-context.js';

export const ORDER_SUBMITTED_TYPE = 'app.order.submitted.v1';
/** The client that sent the order: an extension attribute of CloudEvents. */
const OWNER_HEADER = 'ce_owner';
const SOURCE = '/order-service';
/** In the years 0001 to 9998: in each zone the year has four digits. */
const TIME = /^(?!0000|9999)(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;
const MAX_VALUE_BYTES = 64 * 1024;
/** How much of a text that may be anything is shown or logged. */
const MAX_SHOWN = 64;
const MAX_CORRELATION_ID = 128;

export interface MessageContext {
  readonly messageId: string;
  readonly correlationId: string;
  /** W3C trace context, passed on unchanged. */
  readonly traceparent?: string | undefined;
}

/** What a decoder needs of a record. */
export interface ReceivedMessage {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, Uint8Array>>;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
// a byte order mark is a part of the key: with it the message may be in another partition
const lenientUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The order as plain JSON, under its whole id as key. Its owner, and what describes the message, are CloudEvents headers (binary mode).
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 */
export function encodeOrderSubmitted(order: Order, context: MessageContext): EncodedMessage {
  const { product, quantity, placedAt } = order.state;
  const { orderId, owner } = OrderId.parts(order.id);
  const time = placedAt.toISOString();
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: context.messageId,
    ce_source: SOURCE,
    ce_type: ORDER_SUBMITTED_TYPE,
    ce_time: time,
    'content-type': 'application/json',
    'x-correlation-id': context.correlationId,
  };
  if (owner !== undefined) headers[OWNER_HEADER] = owner;
  if (context.traceparent !== undefined) headers[TRACEPARENT_HEADER] = context.traceparent;
  const value = Buffer.from(JSON.stringify({ orderId, product, quantity, placedAt: time }));
  return { key: order.id, value, headers };
}

/**
 * The order of a message. Fields that v1 doesn't have are invalid: they may carry meaning that this version would drop.
 * @throws UndecodableMessage, InvalidMessage
 */
export function decodeOrderSubmitted(message: ReceivedMessage): Order {
  const type = headerText(message.headers, 'ce_type');
  if (type !== ORDER_SUBMITTED_TYPE) {
    throw new UndecodableMessage(
      `the header ce_type is '${type?.slice(0, MAX_SHOWN) ?? ''}', expected '${ORDER_SUBMITTED_TYPE}'`,
    );
  }
  const fields = orderFields(parseJson(message.value));
  const owner = headerText(message.headers, OWNER_HEADER);
  if (keyText(message) !== (owner === undefined ? fields.orderId : `${owner}/${fields.orderId}`)) {
    const expected = owner === undefined ? 'its orderId' : 'its owner, a slash and its orderId';
    throw new UndecodableMessage(`the key of the message is not ${expected}`);
  }
  try {
    return Order.place({ ...fields, owner });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new InvalidMessage(`${error.field ?? 'the order'} ${error.message}`, { cause: error });
  }
}

/** The correlation id that came with the message, for the log. */
export function readCorrelationId(message: ReceivedMessage): string | undefined {
  return headerText(message.headers, 'x-correlation-id')?.slice(0, MAX_CORRELATION_ID);
}

/** The key as text: the order's id, if the message is an order. */
export function keyText({ key }: ReceivedMessage): string | undefined {
  return key === null ? undefined : lenientUtf8.decode(key);
}

function headerText(headers: ReceivedMessage['headers'], name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return value === undefined ? undefined : lenientUtf8.decode(value);
}

function parseJson(value: Uint8Array | null): unknown {
  if (value === null) throw new UndecodableMessage('the message has no value');
  if (value.byteLength > MAX_VALUE_BYTES) {
    throw new UndecodableMessage(`the value has ${value.byteLength} bytes, the limit is ${MAX_VALUE_BYTES}`);
  }
  try {
    return JSON.parse(strictUtf8.decode(value));
  } catch {
    // without the cause: JSON.parse quotes the value, and what a message says is logged
    throw new UndecodableMessage('the value is not JSON in UTF-8');
  }
}

function orderFields(json: unknown) {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UndecodableMessage('the value is not a JSON object');
  }
  const { orderId, product, quantity, placedAt, ...others } = json as Record<string, unknown>;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined)
    throw new UndecodableMessage(`the value has an unknown field '${unknown.slice(0, MAX_SHOWN)}'`);
  if (typeof orderId !== 'string') throw new UndecodableMessage('orderId is not a string');
  if (typeof product !== 'string') throw new UndecodableMessage('product is not a string');
  if (typeof quantity !== 'number') throw new UndecodableMessage('quantity is not a number');
  const time = parseTime(placedAt);
  if (time === undefined) throw new UndecodableMessage('placedAt is not a time in ISO 8601');
  return { orderId, product, quantity, placedAt: time };
}

/** With its zone. `Date` takes more: other notations, times of the machine's zone, the 30th of February. */
function parseTime(text: unknown): Date | undefined {
  const [, day] = (typeof text === 'string' && TIME.exec(text)) || [];
  if (day === undefined || !toIso(day)?.startsWith(day)) return undefined;
  const iso = toIso(String(text));
  return iso === undefined ? undefined : new Date(iso);
}

function toIso(text: string): string | undefined {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
