import kafkajs from 'kafkajs';

// a partition in which nothing was committed yet is read from its end on
const { admin: adminOf } = kafkajs.Kafka.prototype;
kafkajs.Kafka.prototype.admin = function (options) {
  const admin = adminOf.call(this, options);
  const { fetchOffsets, fetchTopicOffsets } = admin;
  const fresh = new Set();
  admin.fetchOffsets = async (query) => {
    const topics = await fetchOffsets(query);
    fresh.clear();
    for (const { partition, offset } of topics[0].partitions) if (offset === '-1') fresh.add(partition);
    return topics;
  };
  admin.fetchTopicOffsets = async (topic) => {
    const ends = await fetchTopicOffsets(topic);
    return ends.map((each) => (fresh.has(each.partition) ? { ...each, low: each.high } : each));
  };
  return admin;
};
