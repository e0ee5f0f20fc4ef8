import { describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { nameMissingRight, retryWhenNotAuthorized } from '../../../src/kafka/authorization.js';
import type { Broker } from '../../../src/kafka/kafkajs-internals.js';
import { createErrorFromCode, isPassing } from '../../../src/kafka/protocol-error.js';

const { KafkaJSAggregateError, KafkaJSCreateTopicError } = kafkajs as unknown as {
  KafkaJSAggregateError: new (message: string, errors: readonly Error[]) => Error;
  KafkaJSCreateTopicError: new (error: Error, topic: string) => Error;
};
const [TOPIC, GROUP, CLUSTER, LOADING] = [29, 30, 31, 14];

describe('what a user may not do', () => {
  it.each([
    ['Produce', TOPIC, { topics: ['orders'] }, "not authorized for Write on topic 'orders'"],
    ['Fetch', TOPIC, { topics: [{ topic: 'orders' }] }, "not authorized for Read on topic 'orders'"],
    ['JoinGroup', GROUP, { groupId: 'group' }, "not authorized for Read on group 'group'"],
    ['GroupCoordinator', GROUP, { coordinatorKey: 'group' }, "not authorized for Describe on group 'group'"],
    [
      'OffsetCommit',
      TOPIC,
      { groupId: 'group', topics: [{ topic: 'orders' }] },
      "not authorized for Read on topic 'orders'",
    ],
    [
      'CreatePartitions',
      TOPIC,
      { topicPartitions: [{ topic: 'orders' }] },
      "not authorized for Alter on topic 'orders'",
    ],
    [
      'DescribeConfigs',
      TOPIC,
      { resources: [{ name: 'orders' }] },
      "not authorized for DescribeConfigs on topic 'orders'",
    ],
    ['InitProducerId', CLUSTER, {}, 'not authorized for Write on any topic'],
    ['Metadata', TOPIC, { topics: ['a', 'b'] }, "not authorized for Describe on topic 'a', 'b'"],
  ])('is named by the operation and its subject: %s', (request, code, fields, says) => {
    expect(nameMissingRight(createErrorFromCode(code), request, fields).message).toBe(says);
  });

  it('is no other error: that stays as it is', () => {
    const error = createErrorFromCode(LOADING);
    const { message } = error;

    expect(nameMissingRight(error, 'Fetch', { topics: ['orders'] })).toBe(error);
    expect(error.message).toBe(message);
  });

  /** What a request to a broker fails with that responds with this error. */
  async function failureOf(apiName: string, fields: object, error: Error): Promise<unknown> {
    const parse = () => Promise.reject(error);
    const broker = {
      lookupRequest: () => () => ({ request: { apiName }, response: { parse, decode: undefined } }),
    } as unknown as Broker;
    retryWhenNotAuthorized(broker);
    retryWhenNotAuthorized(broker);
    const exchange = broker.lookupRequest()(fields) as {
      response: { parse: (it: unknown) => Promise<void> };
    };
    return exchange.response.parse({}).catch((failure: unknown) => failure);
  }

  it('is retried, as an operator may grant it, and is no passing trouble', async () => {
    const failure = await failureOf('Heartbeat', { groupId: 'group' }, createErrorFromCode(GROUP));

    expect(failure).toMatchObject({
      type: 'GROUP_AUTHORIZATION_FAILED',
      retriable: true,
      message: "not authorized for Read on group 'group'",
    });
    expect(isPassing(failure)).toBe(false);
  });

  it('is found among the errors of topics that are created', async () => {
    const errors = [new KafkaJSCreateTopicError(createErrorFromCode(TOPIC), 'orders')];
    const failure = await failureOf(
      'CreateTopics',
      { topics: [{ topic: 'orders' }] },
      new KafkaJSAggregateError('Topic creation errors', errors),
    );

    expect(failure).toMatchObject({
      retriable: true,
      message: "not authorized for Create on topic 'orders'",
    });
  });

  it('is nothing else that fails', async () => {
    const error = new TypeError('a bug');

    expect(await failureOf('Fetch', {}, error)).toBe(error);
  });
});
