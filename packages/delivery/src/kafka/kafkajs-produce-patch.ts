import { CompressionTypes, type Message as KafkajsMessage } from 'kafkajs';
import type { Message } from '../engine/publisher.js';
import { kafkajsModule, patch, prototypes, type Broker } from './kafkajs-internals.js';
import { encodeRecordBatch } from './record-batch.js';

/** A batch for one partition, in the place of a message of kafkajs. */
interface BatchMessage extends KafkajsMessage {
  readonly records: readonly Message[];
  readonly baseSequence: number;
}

/** The fields of a request that are encoded here. */
interface ProduceFields {
  readonly acks: number;
  readonly timeout: number;
  readonly compression?: CompressionTypes;
  /** A number of 64 bits, as text. */
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly messages: readonly (KafkajsMessage | BatchMessage)[];
    }[];
  }[];
}

interface Encoder {
  writeInt16(value: number): this;
  writeInt32(value: number): this;
  writeString(value: string | null): this;
  writeBytes(value: Buffer): this;
}

const Encoder = kafkajsModule('src/protocol/encoder') as new () => Encoder;

/** What a producer of kafkajs sends as one batch; it goes alone in its request. `baseSequence` is the first record's. */
export function batchMessage(
  partition: number,
  records: readonly Message[],
  baseSequence: number,
): KafkajsMessage {
  return { partition, value: UNENCODABLE, records, baseSequence } as BatchMessage;
}

/** It has no text: kafkajs without the patch fails, and does not send one empty record for all of them. */
const UNENCODABLE = Object.create(null) as Buffer;

/**
 * kafkajs groups the messages of a send in quadratic time, copies each several times, and makes a buffer of 512 bytes for
 * each of its headers: together half of the time that sending takes. So it is given a batch as if it were one message, and
 * this makes the request of it. Other messages are sent as before.
 */
export function patchProduceRequests(): void {
  patch(prototypes.broker, 'produce', (produce) => {
    return function (request) {
      const fields = request as ProduceFields;
      const [{ topic, partitions: [only] } = NOTHING] = fields.topicData;
      const batch = only?.messages[0];
      if (only === undefined || batch === undefined || !isBatch(batch)) return produce.call(this, request);
      const encode = () => encodeRequest(fields, topic, only.partition, batch);
      return produce.call(encodingWith(encode, this), request);
    };
  });
}

/** The broker, for one request that is encoded so. */
function encodingWith(encode: () => Promise<Encoder>, broker: Broker): Broker {
  const lookupRequest: Broker['lookupRequest'] = (...definition) => {
    const make = broker.lookupRequest(...definition);
    return (fields) => {
      const made = make(fields) as { readonly request: object };
      return { ...made, request: { ...made.request, encode } };
    };
  };
  return Object.assign(Object.create(broker) as Broker, { lookupRequest });
}

const NOTHING = { topic: '', partitions: [] };

function isBatch(message: KafkajsMessage | BatchMessage): message is BatchMessage {
  return 'records' in message;
}

/** @see https://kafka.apache.org/protocol#The_Messages_Produce version 3, as up to 8 */
async function encodeRequest(
  { acks, timeout, compression = CompressionTypes.None, producerId, producerEpoch }: ProduceFields,
  topic: string,
  partition: number,
  { records, baseSequence }: BatchMessage,
): Promise<Encoder> {
  const batch = await encodeRecordBatch(
    records,
    { producerId: BigInt(producerId), producerEpoch, baseSequence },
    Date.now(),
    compression === CompressionTypes.GZIP ? 'gzip' : 'none',
  );
  return new Encoder()
    .writeString(null) // no transaction
    .writeInt16(acks)
    .writeInt32(timeout)
    .writeInt32(1) // topics
    .writeString(topic)
    .writeInt32(1) // partitions
    .writeInt32(partition)
    .writeBytes(batch);
}
