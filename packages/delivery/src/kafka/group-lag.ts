import type { Admin } from 'kafkajs';
import { pendingBefore } from '../engine/group-progress.js';
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
    const own = group?.partitions.find((each) => each.partition === partition);
    const committed = startingPosition({
      committed: BigInt(own?.offset ?? -1),
      metadata: own?.metadata ?? '',
      low,
      high,
    });
    const { position } = committed;
    if (position === high) return { partition, records: 0, pending: 0, end: high, oldestAt: undefined };
    const { records: first } = await reader.fetch(partition, position, FETCHED_BYTES);
    const [records, pending] = [Number(high - position), pendingBefore(high, committed)];
    return { partition, records, pending, end: high, oldestAt: first[0]?.timestamp };
  };
  return Promise.all([...ends].map(ofPartition));
}
