import type { Broker } from './kafkajs-internals.js';
import { kafkajsModule } from './kafkajs-internals.js';
import { nameMissingRight } from './authorization.js';
import { createErrorFromCode, type ProtocolError } from './protocol-error.js';

/** A batch of records for a partition, as it is encoded. */
export interface PartitionBatch {
  readonly partition: number;
  readonly bytes: Buffer;
}

/** What the leader said of the batch of one partition. */
export interface PartitionResponse {
  /** Of Kafka's protocol; absent when the batch was appended. */
  readonly error?: ProtocolError;
  /** Of the first record. */
  readonly baseOffset: bigint;
}

interface Encoder {
  writeInt16(value: number): this;
  writeInt32(value: number): this;
  writeString(value: string | null): this;
  writeBytes(value: Buffer): this;
}

const Encoder = kafkajsModule('src/protocol/encoder') as new (bytes: number) => Encoder;

const PRODUCE = { apiKey: 0, apiVersion: 7, apiName: 'Produce' };
const ALL_IN_SYNC_REPLICAS = -1;
/** How long the leader waits for the in-sync replicas: less than its client for the response, so that the leader says it. */
const REPLICATION_TIMEOUT_MS = 1_800;
/** Of what is not a batch, in a request: some more than needed. */
const FIELDS_BYTES = 512;
const PARTITION_BYTES = 8;

/**
 * Sends batches of several partitions to their leader. kafkajs encodes each record on its own, in quadratic time, and fails
 * the whole request for the error of one partition.
 * @see https://kafka.apache.org/protocol#The_Messages_Produce
 */
export async function produce(
  broker: Broker,
  topic: string,
  batches: readonly PartitionBatch[],
): Promise<ReadonlyMap<number, PartitionResponse>> {
  const encode = () => Promise.resolve(encodeRequest(topic, batches));
  return (await broker.connectionPool.send({
    request: { ...PRODUCE, encode },
    response: { decode: (payload: Buffer) => Promise.resolve(decodeResponse(payload)), parse: identity },
    logResponseError: false,
  })) as ReadonlyMap<number, PartitionResponse>;
}

const identity = <T>(decoded: T): T => decoded;

function encodeRequest(topic: string, batches: readonly PartitionBatch[]): Encoder {
  const bytes = batches.reduce((sum, batch) => sum + PARTITION_BYTES + batch.bytes.length, FIELDS_BYTES);
  const encoder = new Encoder(bytes)
    .writeString(null) // no transaction
    .writeInt16(ALL_IN_SYNC_REPLICAS)
    .writeInt32(REPLICATION_TIMEOUT_MS)
    .writeInt32(1) // topics
    .writeString(topic)
    .writeInt32(batches.length);
  for (const { partition, bytes: records } of batches) encoder.writeInt32(partition).writeBytes(records);
  return encoder;
}

/** By partition, of one topic. */
export function decodeResponse(payload: Buffer): Map<number, PartitionResponse> {
  const responses = new Map<number, PartitionResponse>();
  if (payload.readInt32BE(0) === 0) return responses; // topics
  let at = 4 + 2 + payload.readInt16BE(4);
  const topics = [payload.toString('utf8', 6, at)];
  const count = payload.readInt32BE(at);
  at += 4;
  for (let index = 0; index < count; index++) {
    const code = payload.readInt16BE(at + 4);
    const baseOffset = payload.readBigInt64BE(at + 6);
    const error =
      code === 0 ? {} : { error: nameMissingRight(createErrorFromCode(code), 'Produce', { topics }) };
    responses.set(payload.readInt32BE(at), { ...error, baseOffset });
    at += 30; // partition, code, base offset, time, start of the log
  }
  return responses;
}
