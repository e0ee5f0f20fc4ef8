import { ByteCursor } from './byte-cursor.js';
import { kafkajsModule, type Cluster } from './kafkajs-internals.js';

/** Something that this process does with a topic, by its operation in an ACL. */
export interface NeededRight {
  readonly topic: string;
  readonly operation: 'Read' | 'Write';
}

interface Encoder {
  writeInt32(value: number): this;
  writeString(value: string): this;
  writeBoolean(value: boolean): this;
}

const Encoder = kafkajsModule('src/protocol/encoder') as new () => Encoder;

/** The first version that tells rights. Brokers have it since Kafka 2.3. */
const METADATA = { apiKey: 3, apiVersion: 8, apiName: 'Metadata' };
const TOPIC_AUTHORIZATION_FAILED = 29;
/** Bits of a topic's operations. */
const BITS = { Read: 3, Write: 4 } as const;

/** The first of these rights that this user does not have, in words; `undefined` when it has all, and of topics that are absent. */
export async function findMissingRight(
  cluster: Cluster,
  needed: readonly NeededRight[],
): Promise<string | undefined> {
  const topics = [...new Set(needed.map(({ topic }) => topic))];
  const broker = await cluster.brokerPool.findConnectedBroker();
  const rights = (await broker.connectionPool.send({
    request: { ...METADATA, encode: () => Promise.resolve(encodeQuestion(topics)) },
    response: { decode: (payload: Buffer) => Promise.resolve(decodeRights(payload)), parse: identity },
    logResponseError: false,
  })) as ReadonlyMap<string, (operation: NeededRight['operation']) => boolean>;
  const missing = needed.find(({ topic, operation }) => rights.get(topic)?.(operation) === false);
  return missing && `not authorized for ${missing.operation} on topic '${missing.topic}'`;
}

const identity = <T>(decoded: T): T => decoded;

function encodeQuestion(topics: readonly string[]): Encoder {
  const encoder = new Encoder().writeInt32(topics.length);
  for (const topic of topics) encoder.writeString(topic);
  return encoder
    .writeBoolean(false) // creates none
    .writeBoolean(false) // what may be done with the cluster
    .writeBoolean(true); // what may be done with the topics
}

/** By topic. @see https://kafka.apache.org/protocol#The_Messages_Metadata version 8 */
export function decodeRights(payload: Buffer): Map<string, (operation: NeededRight['operation']) => boolean> {
  const cursor = new ByteCursor(payload);
  cursor.skip(4); // for how long the client is to be silent
  for (let brokers = cursor.int32(); brokers > 0; brokers--) {
    cursor.skip(4);
    skipString(cursor); // host
    cursor.skip(4);
    skipString(cursor); // rack
  }
  skipString(cursor); // the cluster
  cursor.skip(4);
  const rights = new Map<string, (operation: NeededRight['operation']) => boolean>();
  for (let topics = cursor.int32(); topics > 0; topics--) {
    const errorCode = cursor.int16();
    const topic = readString(cursor);
    cursor.skip(1); // whether it is Kafka's own
    for (let partitions = cursor.int32(); partitions > 0; partitions--) {
      cursor.skip(14);
      for (const _nodes of ['replicas', 'in sync', 'offline']) cursor.skip(4 * cursor.int32());
    }
    const operations = cursor.int32();
    if (errorCode === TOPIC_AUTHORIZATION_FAILED) rights.set(topic, () => false);
    else if (errorCode === 0) rights.set(topic, (operation) => (operations & (1 << BITS[operation])) !== 0);
  }
  return rights;
}

function readString(cursor: ByteCursor): string {
  const from = cursor.skip(cursor.int16());
  return cursor.buffer.toString('utf8', from, cursor.at);
}

function skipString(cursor: ByteCursor): void {
  cursor.skip(Math.max(0, cursor.int16()));
}
