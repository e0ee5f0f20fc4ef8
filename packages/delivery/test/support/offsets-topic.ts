import type { KafkaMessage } from 'kafkajs';

/** Where the brokers keep what groups commit: each commit is a record, in the order in which they took it. */
export const OFFSETS_TOPIC = '__consumer_offsets';

export type StoredMessage = KafkaMessage & { readonly partition: number };

export interface Commit {
  /** When the broker took it, in ms since the epoch. */
  readonly at: number;
  readonly partition: number;
  /** `undefined`: it was deleted. */
  readonly position: number | undefined;
}

/** Of keys that speak of a commit; others are of members. */
const COMMIT_KEY_VERSIONS = [0, 1];

/**
 * The commits of a group for a topic among the records of {@link OFFSETS_TOPIC}.
 * @see https://github.com/apache/kafka/blob/4.3.0/group-coordinator/src/main/resources/common/message/OffsetCommitKey.json
 */
export function commitsAmong(records: readonly StoredMessage[], groupId: string, topic: string): Commit[] {
  return records.flatMap(({ key, value, timestamp }) => {
    if (key === null || !COMMIT_KEY_VERSIONS.includes(key.readInt16BE(0))) return [];
    const [ofGroup, afterGroup] = readText(key, 2);
    const [ofTopic, afterTopic] = readText(key, afterGroup);
    if (ofGroup !== groupId || ofTopic !== topic) return [];
    const position = value === null ? undefined : Number(value.readBigInt64BE(2));
    return [{ at: Number(timestamp), partition: key.readInt32BE(afterTopic), position }];
  });
}

/** A text, and where it ends. */
function readText(bytes: Buffer, at: number): [string, number] {
  const end = at + 2 + bytes.readInt16BE(at);
  return [bytes.toString('utf8', at + 2, end), end];
}
