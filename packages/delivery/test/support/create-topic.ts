import { Kafka, logLevel, type Admin, type ITopicConfig } from 'kafkajs';
import { waitFor } from '../../src/contract/wait-for.js';

/**
 * Creates a topic that every broker then has heard of. kafkajs, which waits for its leaders, fails where one has not; and
 * who then asks a broker that has not is told that there is no such topic.
 */
export async function createTopic(admin: Admin, topic: ITopicConfig): Promise<void> {
  await admin.createTopics({ topics: [topic], waitForLeaders: false });
  const { brokers } = await admin.describeCluster();
  await Promise.all(brokers.map(({ host, port }) => untilKnown(topic.topic, `${host}:${port}`)));
}

/** A client that knows no other broker yet asks the one that it is given. */
async function untilKnown(topic: string, broker: string): Promise<void> {
  await waitFor(
    `${topic} with leaders, on ${broker}`,
    async () => {
      const asking = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).admin();
      try {
        await asking.connect();
        const { topics } = await asking.fetchTopicMetadata({ topics: [topic] });
        return topics.some(({ partitions }) => partitions.length > 0);
      } finally {
        await asking.disconnect();
      }
    },
    { deadlineMs: 60_000 },
  );
}
