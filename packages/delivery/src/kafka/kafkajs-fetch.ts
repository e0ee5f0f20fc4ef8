import type { KafkaClient } from './kafka-client.js';
import { kafkajsModule, type Cluster } from './kafkajs-internals.js';
import { decodeRecordBatches, type AbortedTransaction, type DecodedBatches } from './record-batch-decoder.js';

const fetchRequest = kafkajsModule('src/protocol/requests/fetch/v4/request') as (fields: object) => object;
const { createErrorFromCode } = kafkajsModule('src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};

const READ_COMMITTED = 1;
const CONSUMER = -1;
const MAX_WAIT_MS = 100;

export async function connectCluster(client: KafkaClient, topic: string): Promise<Cluster> {
  const cluster = client.newCluster({
    allowAutoTopicCreation: false,
    isolationLevel: READ_COMMITTED,
    metadataMaxAge: 300_000,
  });
  await cluster.connect();
  await cluster.addTargetTopic(topic);
  return cluster;
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
