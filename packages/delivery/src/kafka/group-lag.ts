import type { Admin } from 'kafkajs';
import type { PartitionLag } from '../engine/messaging.js';
import { startingPosition, type LogEnds } from './starting-positions.js';
import type { TopicReader } from './topic-reader.js';

/** Of a batch: the brokers send one whole in any case. */
const FETCHED_BYTES = 1;

/** Asks the brokers how far a group is behind in each partition of a topic, and reads the record at each low-water mark. */
export async function groupLag(
  admin: Pick<Admin, 'fetchOffsets'>,
  { topic, groupId }: { readonly topic: string; readonly groupId: string },
  reader: Pick<TopicReader, 'ends' | 'fetch'>,
): Promise<PartitionLag[]> {
  const [[group], ends] = await Promise.all([
    admin.fetchOffsets({ groupId, topics: [topic] }),
    reader.ends(),
  ]);
  const ofPartition = async ([partition, { low, high }]: readonly [
    number,
    LogEnds,
  ]): Promise<PartitionLag> => {
    const committed = BigInt(group?.partitions.find((each) => each.partition === partition)?.offset ?? -1);
    const { position } = startingPosition({ committed, metadata: '', low, high });
    if (position === high) return { partition, records: 0, end: high, oldestAt: undefined };
    const { records } = await reader.fetch(partition, position, FETCHED_BYTES);
    return { partition, records: Number(high - position), end: high, oldestAt: records[0]?.timestamp };
  };
  return Promise.all([...ends].map(ofPartition));
}
