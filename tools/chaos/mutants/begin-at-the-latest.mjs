import kafkajs from 'kafkajs';
import { replaceMethod } from '../../replace-method.mjs';

// a partition in which nothing was committed yet is read from its end on
const newAdmin = replaceMethod(kafkajs.Kafka.prototype, 'admin', function (options) {
  const admin = newAdmin.call(this, options);
  const fresh = new Set();
  const fetchOffsets = replaceMethod(admin, 'fetchOffsets', async (query) => {
    const topics = await fetchOffsets(query);
    fresh.clear();
    for (const { partition, offset } of topics[0].partitions) if (offset === '-1') fresh.add(partition);
    return topics;
  });
  const fetchTopicOffsets = replaceMethod(admin, 'fetchTopicOffsets', async (topic) => {
    const ends = await fetchTopicOffsets(topic);
    return ends.map((each) => (fresh.has(each.partition) ? { ...each, low: each.high } : each));
  });
  return admin;
});
