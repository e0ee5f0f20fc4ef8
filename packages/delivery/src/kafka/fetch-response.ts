import { ByteCursor } from './byte-cursor.js';
import { createErrorFromCode } from './protocol-error.js';
import { decodeRecordBatches, type AbortedTransaction, type DecodedBatches } from './record-batch-decoder.js';

/** The version that is read here. Brokers have it since Kafka 2.3. */
export const FETCH_VERSION = 11;

export interface FetchResponse {
  /** How long, in ms, the broker asks to be sent nothing. By this name kafkajs' connections heed it. */
  readonly clientSideThrottleTime: number;
  readonly partitions: readonly FetchedPartition[];
}

export interface FetchedPartition extends DecodedBatches {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: bigint;
  /** Where the broker would have the partition read; -1 where it is well here. */
  readonly preferredReadReplica: number;
}

/** @see https://kafka.apache.org/protocol#The_Messages_Fetch version 11 */
export async function decodeFetchResponse(payload: Buffer): Promise<FetchResponse> {
  const cursor = new ByteCursor(payload);
  const clientSideThrottleTime = cursor.int32();
  const errorCode = cursor.int16();
  if (errorCode !== 0) throw createErrorFromCode(errorCode);
  cursor.skip(4); // the session
  const partitions: FetchedPartition[] = [];
  for (let topics = cursor.int32(); topics > 0; topics--) {
    const from = cursor.skip(cursor.int16());
    const topic = payload.toString('utf8', from, cursor.at);
    for (let left = cursor.int32(); left > 0; left--) partitions.push(await readPartition(cursor, topic));
  }
  return { clientSideThrottleTime, partitions };
}

async function readPartition(cursor: ByteCursor, topic: string): Promise<FetchedPartition> {
  const partition = cursor.int32();
  const errorCode = cursor.int16();
  const highWatermark = cursor.int64();
  cursor.skip(16); // two other ends of the partition
  const aborted: AbortedTransaction[] = [];
  for (let left = cursor.int32(); left > 0; left--) {
    aborted.push({ producerId: cursor.int64(), firstOffset: cursor.int64() });
  }
  const preferredReadReplica = cursor.int32();
  const size = Math.max(0, cursor.int32());
  const from = cursor.skip(size);
  const batches = await decodeRecordBatches(cursor.buffer.subarray(from, cursor.at), aborted);
  return { topic, partition, errorCode, highWatermark, preferredReadReplica, ...batches };
}
