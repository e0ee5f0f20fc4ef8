import { SpanKind, type Attributes } from '@opentelemetry/api';
import type { SpanStart } from './spans.js';

/** What messages are sent to, and read from. */
export interface Destination {
  /** What OpenTelemetry calls it, such as `kafka`. */
  readonly system: string;
  readonly topic: string;
}

interface Position {
  readonly partition: number;
  readonly offset: bigint | string;
}

const utf8 = new TextDecoder();

/** @see https://opentelemetry.io/docs/specs/semconv/messaging/kafka/ */
export function sendSpan({ system, topic }: Destination, key: string | Uint8Array | null): SpanStart {
  return {
    name: `send ${topic}`,
    kind: SpanKind.PRODUCER,
    attributes: {
      'messaging.system': system,
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.destination.name': topic,
      ...keyAttribute(key),
    },
  };
}

/** An attempt at a message that was read. */
export function processSpan(
  { system, topic }: Destination,
  key: Uint8Array | null,
  position: Position,
  others: Attributes,
): SpanStart {
  return {
    name: `process ${topic}`,
    kind: SpanKind.CONSUMER,
    attributes: {
      'messaging.system': system,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': topic,
      ...keyAttribute(key),
      ...positionAttributes(position),
      ...others,
    },
  };
}

export function positionAttributes({ partition, offset }: Position): Attributes {
  return {
    'messaging.destination.partition.id': String(partition),
    'messaging.kafka.offset': Number(offset),
  };
}

function keyAttribute(key: string | Uint8Array | null): Attributes {
  if (key === null) return {};
  return { 'messaging.kafka.message.key': typeof key === 'string' ? key : utf8.decode(key) };
}
