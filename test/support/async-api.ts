import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import type { ReceivedMessage } from '../../src/application/messages/order-submitted.js';
import { readPage } from './pages.js';

export interface MessageExample {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: unknown;
}
interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly [keyword: string]: unknown;
}
interface AsyncApi {
  readonly channels: Readonly<
    Record<
      'orders' | 'deadLetters',
      {
        readonly address: string;
        readonly bindings: {
          readonly kafka: {
            readonly topic: string;
            readonly partitions: number;
            readonly replicas: number;
            readonly topicConfiguration: Readonly<Record<string, unknown>>;
          };
        };
      }
    >
  >;
  readonly operations: {
    readonly processOrder: {
      readonly bindings: { readonly kafka: { readonly groupId: { readonly const: string } } };
    };
  };
  readonly components: {
    readonly messages: Readonly<
      Record<MessageName, { readonly name: string; readonly examples: readonly MessageExample[] }>
    >;
    readonly schemas: Readonly<Record<string, Schema>>;
  };
}
export type MessageName = 'orderSubmitted' | 'deadLetter' | 'resolution' | 'replicaReport' | 'replicaCommand';

export const ASYNC_API_FILE = 'docs/reference/asyncapi.yaml';
export const ASYNC_API = parse(readPage(ASYNC_API_FILE)) as AsyncApi;

const MAX_VALUE_BYTES = 64 * 1024;
const ajv = new Ajv({ strict: false, allErrors: true, allowUnionTypes: true }).addSchema(
  ASYNC_API,
  'async-api',
);
const schemaAt = (path: string): ValidateFunction => ajv.compile({ $ref: `async-api#/${path}` });

/** Of key, headers and value of each message. */
const SCHEMAS = Object.fromEntries(
  Object.keys(ASYNC_API.components.messages).map((name) => {
    const at = `components/messages/${name}`;
    const key = schemaAt(`${at}/bindings/kafka/key`);
    return [name, { key, headers: schemaAt(`${at}/headers`), payload: schemaAt(`${at}/payload`) }];
  }),
) as Record<MessageName, Record<'key' | 'headers' | 'payload', ValidateFunction>>;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const lenientUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** What the document does not allow of a record; nothing when it is such a message. */
export function faultsOf(name: MessageName, { key, value, headers }: ReceivedMessage): string[] {
  const schemas = SCHEMAS[name];
  const texts = Object.fromEntries(
    Object.entries(headers).map(([each, text]) => [each, lenientUtf8.decode(text)]),
  );
  const keyText = key && lenientUtf8.decode(key);
  const check = (what: 'key' | 'headers' | 'payload', data: unknown) =>
    schemas[what](data) ? [] : [ajv.errorsText(schemas[what].errors, { dataVar: what })];
  const faults = [...check('key', keyText), ...check('headers', texts)];
  if (name === 'replicaReport' || name === 'replicaCommand') {
    return [...faults, ...check('payload', JSON.parse(strictUtf8.decode(value ?? undefined)))];
  }
  if (name !== 'orderSubmitted') return [...faults, ...check('payload', value && 'bytes of any kind')];
  const wholeId = (orderId: string) => withOwner(orderId, texts['ce_owner']);
  return [...faults, ...orderFaults(keyText, wholeId, value, (order) => check('payload', order))];
}

/** What the document says in words: the value is JSON in UTF-8 of 64 KiB at most, and the key is its id behind its owner. */
function orderFaults(
  key: string | null,
  wholeId: (orderId: string) => string,
  value: Uint8Array | null,
  check: (order: unknown) => string[],
): string[] {
  if (value === null) return check(null);
  if (value.byteLength > MAX_VALUE_BYTES) return ['the value has more than 64 KiB'];
  let order: unknown;
  try {
    order = JSON.parse(strictUtf8.decode(value));
  } catch (error) {
    return [`the value is not JSON in UTF-8: ${String(error)}`];
  }
  const faults = check(order);
  const isKey = faults.length > 0 || wholeId((order as { orderId: string }).orderId) === key;
  return isKey ? faults : ['the key is not the orderId behind its owner'];
}

function withOwner(orderId: string, owner: string | undefined): string {
  return owner === undefined ? orderId : `${owner}/${orderId}`;
}

/** An example as a record; its key is the whole id of its order. */
export function exampleRecord({ headers, payload }: MessageExample): ReceivedMessage {
  const utf8 = new TextEncoder();
  return {
    key:
      payload === null
        ? null
        : utf8.encode(withOwner((payload as { orderId: string }).orderId, headers['ce_owner'])),
    value: payload === null ? null : utf8.encode(JSON.stringify(payload)),
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, utf8.encode(text)])),
  };
}
