import kafkajs from 'kafkajs';
import type { Broker, EncodeRequest } from './kafkajs-internals.js';
import { isNotAuthorized, type ProtocolError } from './protocol-error.js';

// of a CommonJS package node finds these only here
const { KafkaJSAggregateError } = kafkajs;

/** What a request names of the things that it is about. */
interface Fields {
  readonly groupId?: string;
  readonly coordinatorKey?: string;
  readonly topics?: readonly (string | { readonly topic: string })[];
  readonly topicPartitions?: readonly { readonly topic: string }[];
  readonly resources?: readonly { readonly name: string }[];
}

interface Exchange {
  readonly request: { readonly apiName: string };
  readonly response: { readonly parse: (decoded: unknown) => Promise<unknown> };
}

/** The operation of an ACL that each request needs. @see https://kafka.apache.org/documentation/#operations_in_kafka */
const OPERATIONS: Readonly<Record<string, string>> = {
  CreatePartitions: 'Alter',
  CreateTopics: 'Create',
  DescribeConfigs: 'DescribeConfigs',
  Fetch: 'Read',
  GroupCoordinator: 'Describe',
  Heartbeat: 'Read',
  InitProducerId: 'Write',
  JoinGroup: 'Read',
  LeaveGroup: 'Read',
  ListOffsets: 'Describe',
  Metadata: 'Describe',
  OffsetCommit: 'Read',
  OffsetFetch: 'Describe',
  Produce: 'Write',
  SyncGroup: 'Read',
};

/** The same error; where it says that this user may not do it, with the operation that is missing, and on what. */
export function nameMissingRight<E>(error: E, request: string, fields: Fields): E {
  if (!isNotAuthorized(error)) return error;
  const operation = OPERATIONS[request] ?? request;
  return Object.assign(error, {
    message: `not authorized for ${operation} on ${subjectOf(error.type, fields)}`,
  });
}

function subjectOf(type: string, { groupId, coordinatorKey, ...named }: Fields): string {
  if (type === 'GROUP_AUTHORIZATION_FAILED') return `group '${groupId ?? coordinatorKey}'`;
  const { topics = [], topicPartitions = [], resources = [] } = named;
  const names = [...topics, ...topicPartitions].map((each) => (typeof each === 'string' ? each : each.topic));
  names.push(...resources.map(({ name }) => name));
  if (names.length === 0) return type === 'CLUSTER_AUTHORIZATION_FAILED' ? 'any topic' : 'the topic';
  return `topic ${names.map((name) => `'${name}'`).join(', ')}`;
}

const explained = new WeakSet<object>();

/**
 * kafkajs ends a consumer for good when a right is missing, and does not say which one. An operator can give the right while
 * the process runs. So the error names the right, and kafkajs retries it, as when a broker is unavailable.
 */
export function retryWhenNotAuthorized(broker: Broker): void {
  const { lookupRequest } = broker;
  if (explained.has(lookupRequest)) return;
  broker.lookupRequest = (...definition) => withNames(lookupRequest(...definition));
  explained.add(broker.lookupRequest);
}

function withNames(encode: EncodeRequest): EncodeRequest {
  return (fields) => {
    const exchange = encode(fields) as Exchange;
    const { request, response } = exchange;
    const parse = async (decoded: unknown) => {
      try {
        return await response.parse(decoded);
      } catch (error) {
        const refusal = refusalIn(error);
        if (refusal === undefined) throw error;
        throw Object.assign(nameMissingRight(refusal, request.apiName, fields), { retriable: true });
      }
    };
    return { ...exchange, response: { ...response, parse } };
  };
}

/** A creation of topics has an error for each. */
function refusalIn(error: unknown): ProtocolError | undefined {
  const each: readonly unknown[] = error instanceof KafkaJSAggregateError ? error.errors : [error];
  return each.find(isNotAuthorized);
}
