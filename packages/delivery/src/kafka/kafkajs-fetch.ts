import { createRequire } from 'node:module';
import type { Kafka } from 'kafkajs';
import { decodeRecordBatches, type AbortedTransaction, type DecodedBatches } from './record-batch-decoder.js';

interface PartitionOffset {
  readonly partition: number;
  /** 64-bit integer, as text. */
  readonly offset: string;
}

interface Broker {
  readonly connectionPool: { send(exchange: object): Promise<unknown> };
}

/** As much of kafkajs' own as its consumers and admins use to read. */
export interface Cluster {
  connect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[];
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Readonly<Record<string, number[]>>;
  findBroker(of: { readonly nodeId: string }): Promise<Broker>;
  fetchTopicsOffset(topics: readonly object[]): Promise<readonly { partitions: PartitionOffset[] }[]>;
}

const require = createRequire(import.meta.url);
const fetchRequest = require('kafkajs/src/protocol/requests/fetch/v4/request') as (fields: object) => object;
const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};

const READ_COMMITTED = 1;
const CONSUMER = -1;
const MAX_WAIT_MS = 100;

/** A cluster with all the settings of this client. kafkajs has it behind a symbol. */
export function createCluster(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  if (symbol === undefined) throw new Error('this kafkajs has no private:Kafka:createCluster');
  const create = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol];
  if (create === undefined) throw new Error('this kafkajs creates no clusters');
  return create({
    allowAutoTopicCreation: false,
    isolationLevel: READ_COMMITTED,
    metadataMaxAge: 300_000,
  });
}

/** As many batches as fit into `maxBytes`, but one at least. The first may begin before `offset`. */
export async function fetchBatches(
  cluster: Cluster,
  topic: string,
  partition: number,
  offset: bigint,
  maxBytes: number,
): Promise<DecodedBatches> {
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (nodeId === undefined) throw new Error(`'${topic}' has no partition ${partition}`);
  const broker = await cluster.findBroker({ nodeId });
  const partitions = [{ partition, fetchOffset: String(offset), maxBytes }];
  const request = fetchRequest({
    replicaId: CONSUMER,
    maxWaitTime: MAX_WAIT_MS,
    minBytes: 1,
    maxBytes,
    isolationLevel: READ_COMMITTED,
    topics: [{ topic, partitions }],
  });
  return (await broker.connectionPool.send({
    request,
    response: { decode: decodeResponse, parse: (batches: DecodedBatches) => batches },
    logResponseError: false,
  })) as DecodedBatches;
}

/**
 * Of one partition: kafkajs would decode every record whole, which takes three times as long.
 * @see https://kafka.apache.org/protocol#The_Messages_Fetch version 4
 */
async function decodeResponse(payload: Buffer): Promise<DecodedBatches> {
  let at = 8; // how long to wait, and how many topics
  at += 2 + payload.readInt16BE(at); // the topic's name
  at += 8; // how many partitions, and the partition
  const error = payload.readInt16BE(at);
  if (error !== 0) throw createErrorFromCode(error);
  at += 2 + 16; // the error, and two ends of the partition
  const aborted: AbortedTransaction[] = [];
  const transactions = Math.max(0, payload.readInt32BE(at));
  at += 4;
  for (let index = 0; index < transactions; index++, at += 16) {
    aborted.push({ producerId: payload.readBigInt64BE(at), firstOffset: payload.readBigInt64BE(at + 8) });
  }
  const size = Math.max(0, payload.readInt32BE(at));
  return decodeRecordBatches(payload.subarray(at + 4, at + 4 + size), aborted);
}
