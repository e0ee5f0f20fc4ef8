import { OffsetTracker } from '../../../packages/delivery/dist/engine/offset-tracker.js';
import { KafkaMembership } from '../../../packages/delivery/dist/kafka/kafka-membership.js';

const { take } = OffsetTracker.prototype;

// nobody asks where the group stands: a partition begins where its first batch happens to begin
KafkaMembership.prototype.afterJoin = function (assigned, heartbeat) {
  if (!this.leaving) this.lease.beat(heartbeat);
  const partitions = assigned.flatMap(({ partitions }) => partitions);
  this.joined = true;
  this.crashed = false;
  this.consumer.resume([{ topic: this.settings.topic }]);
  this.member.assigned(new Map(partitions.map((partition) => [partition, { position: 0n, metadata: '' }])));
  return Promise.resolve();
};
KafkaMembership.prototype.beforeJoin = async function () {
  this.joined = false;
  await this.member.beforeRejoin();
  this.lease.pause();
};
OffsetTracker.prototype.take = function (batch) {
  if (!this.hasBegun) this.next = batch.from;
  this.hasBegun = true;
  return take.call(this, batch);
};
