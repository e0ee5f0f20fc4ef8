import { kafkaMessaging } from '../../packages/delivery/test/support/kafka-messaging.js';
import { newTopicName } from '../../packages/delivery/test/support/new-topic-name.js';
import { describeWithKafka, kafkaBrokers } from '../../packages/delivery/test/support/requirements.js';
import { reportingProcess } from '../support/reporting-process.js';
import { replicaReportsContract } from './replica-reports.contract.js';

describeWithKafka('on Kafka', () => {
  replicaReportsContract(() => {
    const topic = newTopicName();
    const all = [1, 2, 3].map(() => kafkaMessaging({ brokers: kafkaBrokers, topic }));
    const [here, there, hostile] = all.map(
      (each) => (name: string) => each.feed({ topic: `${topic}.${name}` }),
    );
    if (!here || !there || !hostile) throw new Error('there are three');
    return Promise.resolve({
      here: reportingProcess(here),
      there: reportingProcess(there),
      feedOf: hostile,
      close: async () => {
        await Promise.all(all.map((each) => each.stop()));
      },
    });
  });
});
