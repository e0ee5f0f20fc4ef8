import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Kafka as CloudEvents, type CloudEventV1, type KafkaMessage } from 'cloudevents';
import kafkajs, { Kafka, logLevel } from 'kafkajs';
import { newTopicName } from '../../packages/delivery/test/support/new-topic-name.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { startKafkaTestBroker } from '../../packages/delivery/test/support/kafka-test-broker.js';
import type { StoredMessage } from '../../packages/delivery/test/support/offsets-topic.js';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';
import { describeWithKafka, kafkaBrokers } from '../../packages/delivery/test/support/requirements.js';
import type { ReceivedMessage } from '../../src/application/messages/order-submitted.js';
import { loadConfig } from '../../src/bootstrap/config/load-config.js';
import { createContainer } from '../../src/bootstrap/container.js';
import { TOKENS } from '../../src/bootstrap/tokens.js';
import type { DeadLetterList } from '../../src/interfaces/http/dead-letters/dead-letter-dtos.js';
import { ASYNC_API, faultsOf } from '../support/async-api.js';
import { HttpClient } from '../support/http-client.js';
import { RogueProducer } from '../support/rogue-producer.js';

const { ConfigResourceTypes } = kafkajs;
const topic = newTopicName();
const deadLetterTopic = `${topic}.dlq`;

/** As a consumer gets it. */
function received({ key, value, headers = {} }: StoredMessage): ReceivedMessage {
  const bytes = Object.entries(headers).map(([name, each]) => [name, each as Buffer] as const);
  return { key, value, headers: Object.fromEntries(bytes) };
}

async function readTopics() {
  const broker = await startKafkaTestBroker({ brokers: kafkaBrokers });
  const [orders, letters] = await Promise.all(
    [topic, deadLetterTopic].map((name) => broker.existingTopic(name).stored()),
  );
  await broker.close();
  return { orders: orders ?? [], letters: letters ?? [] };
}

/** What the topic was made with, of what the document says of it. */
async function readSettings(name: string, wanted: readonly string[]): Promise<Record<string, string>> {
  const admin = new Kafka({ brokers: [...kafkaBrokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name, configNames: [...wanted] }],
  });
  const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
  await admin.disconnect();
  const entries = resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]);
  return { ...Object.fromEntries(entries ?? []), partitions: String(topics[0]?.partitions.length) } as Record<
    string,
    string
  >;
}

describeWithKafka('what the service writes to Kafka', () => {
  let records: Awaited<ReturnType<typeof readTopics>>;
  let stop = async () => {};

  beforeAll(async () => {
    const config = loadConfig({
      MESSAGING: 'kafka',
      KAFKA_BROKERS: kafkaBrokers.join(','),
      KAFKA_TOPIC: topic,
      KAFKA_GROUP: `${topic}-group`,
      ALLOW_VOLATILE_STORE: 'true',
      OPERATIONS_API: 'on',
      RETRY_MAX_ATTEMPTS: '1',
      FULFILMENT_DELAY_MS: '0',
      PORT: '0',
    });
    const service = createContainer(config, new RecordingLogger(), (error) => {
      throw error;
    }).get(TOKENS.service);
    stop = () => service.stop();
    const client = new HttpClient(`http://127.0.0.1:${await service.listen()}`);
    await service.start();

    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await client.post('/api/Order/Send', { orderId: 'order-1', product: 'tea' }, { traceparent });
    await waitFor('the order', async () => (await client.get('/api/Order/order-1')).status === 200);
    const rogue = await RogueProducer.connect(kafkaBrokers, topic);
    for (let kind = 0; kind < 6; kind++) await rogue.putPoison('order-1');
    await rogue.close();
    const deadLetters = async () => (await client.get('/api/DeadLetter')).json as DeadLetterList;
    await waitFor('six dead letters', async () => (await deadLetters()).deadLetters.length === 6);
    await client.post('/api/DeadLetter/Redrive', { reason: 'exhausted' });
    await client.post('/api/DeadLetter/Discard', { reason: 'conflicting' });
    await waitFor('the redriven one again', async () =>
      (await deadLetters()).deadLetters.some(({ redriveCount }) => redriveCount === 1),
    );
    records = await readTopics();
  });
  afterAll(() => stop());

  it('is as the document says: an order, unless it was dead-lettered as invalid', () => {
    const place = ({ partition, offset }: StoredMessage) => `${partition}-${offset}`;
    const invalid = records.letters
      .map((record) => received(record).headers)
      .filter(({ 'x-reason': reason }) => String(reason) === 'invalid')
      .map((headers) => `${String(headers['x-original-partition'])}-${String(headers['x-original-offset'])}`);

    const faulty = records.orders.filter((record) => faultsOf('orderSubmitted', received(record)).length > 0);
    expect([records.orders.length, invalid.length]).toEqual([8, 4]);
    expect(faulty.map(place).toSorted()).toEqual(invalid.toSorted());
  });

  it('is as the document says: a dead letter or a resolution, and never both', () => {
    const kinds = records.letters.map((record) =>
      (['deadLetter', 'resolution'] as const).filter((name) => faultsOf(name, received(record)).length === 0),
    );

    expect(kinds.flat().toSorted()).toEqual([
      ...Array<string>(7).fill('deadLetter'),
      ...Array<string>(2).fill('resolution'),
    ]);
    expect(kinds.every(({ length }) => length === 1)).toBe(true);
  });

  it('is a CloudEvent for the SDK of CloudEvents', () => {
    const [first] = records.orders.filter(({ headers = {} }) => headers['traceparent'] !== undefined);
    const { key, value, headers } = received(first ?? ({} as StoredMessage));
    const texts = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)]));

    const message = { key: String(key), value: String(value), headers: texts } as KafkaMessage<string>;
    const { id, time, ...event } = CloudEvents.toEvent(message) as CloudEventV1<{ placedAt: string }>;

    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(time).toBe(event.data?.placedAt);
    expect(event).toMatchObject({
      specversion: '1.0',
      source: '/order-service',
      type: 'app.order.submitted.v1',
      datacontenttype: 'application/json',
      partitionkey: 'order-1',
      data: { orderId: 'order-1', product: 'tea', quantity: 1 },
    });
  });

  it.each([
    ['orders', topic],
    ['deadLetters', deadLetterTopic],
  ] as const)('is in a topic as the document says: %s', async (name, address) => {
    const { partitions, topicConfiguration } = ASYNC_API.channels[name].bindings.kafka;
    const documented = Object.entries({ ...topicConfiguration, partitions });

    const settings = await readSettings(address, Object.keys(topicConfiguration));

    expect(settings).toEqual(Object.fromEntries(documented.map(([key, value]) => [key, String(value)])));
  });
});
