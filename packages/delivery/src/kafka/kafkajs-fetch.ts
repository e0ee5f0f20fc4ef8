import { decodeFetchResponse, type FetchResponse } from './fetch-response.js';
import { nameMissingRight } from './authorization.js';
import type { KafkaClient } from './kafka-client.js';
import { kafkajsModule, type Cluster } from './kafkajs-internals.js';
import { createErrorFromCode } from './protocol-error.js';
import type { DecodedBatches } from './record-batch-decoder.js';

const fetchRequest = kafkajsModule('src/protocol/requests/fetch/v11/request') as (fields: object) => object;

const READ_COMMITTED = 1;
const CONSUMER = -1;
/** What kafkajs calls an error of which it knows no more. */
const UNKNOWN = -1;

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

/**
 * As many batches as fit into `maxBytes`, but one at least. The first may begin before `offset`. At the end of the partition
 * the broker waits for so long for one.
 */
export async function fetchBatches(
  cluster: Cluster,
  topic: string,
  partition: number,
  offset: bigint,
  maxBytes: number,
  maxWaitTime: number,
): Promise<DecodedBatches> {
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (nodeId === undefined) throw new Error(`'${topic}' has no partition ${partition}`);
  const broker = await cluster.findBroker({ nodeId });
  const partitions = [{ partition, fetchOffset: String(offset), maxBytes }];
  const request = fetchRequest({
    replicaId: CONSUMER,
    maxWaitTime,
    minBytes: 1,
    maxBytes,
    isolationLevel: READ_COMMITTED,
    topics: [{ topic, partitions }],
  });
  return (await broker.connectionPool.send({
    request,
    response: { decode: decodeFetchResponse, parse: onlyPartition },
    logResponseError: false,
  })) as DecodedBatches;
}

function onlyPartition({ partitions: [fetched] }: FetchResponse): DecodedBatches {
  if (fetched === undefined) throw createErrorFromCode(UNKNOWN);
  const { errorCode, topic } = fetched;
  if (errorCode !== 0) throw nameMissingRight(createErrorFromCode(errorCode), 'Fetch', { topics: [topic] });
  return fetched;
}
