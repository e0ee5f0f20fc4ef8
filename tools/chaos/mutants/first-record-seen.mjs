import { OffsetTracker } from '../../../packages/delivery/dist/engine/offset-tracker.js';
import { KafkaMembership } from '../../../packages/delivery/dist/kafka/kafka-membership.js';
import { replaceMethod, withFields } from '../../replace-method.mjs';

// nobody asks where the group stands: a partition begins where its first batch happens to begin
replaceMethod(KafkaMembership.prototype, 'afterJoin', function (assigned, heartbeat) {
  withFields(this, 'leaving', 'lease', 'joined', 'crashed', 'consumer', 'settings', 'member');
  if (!this.leaving) this.lease.beat(heartbeat);
  const partitions = assigned.flatMap(({ partitions }) => partitions);
  this.joined = true;
  this.crashed = false;
  this.consumer.resume([{ topic: this.settings.topic }]);
  this.member.assigned(new Map(partitions.map((partition) => [partition, { position: 0n, metadata: '' }])));
  return Promise.resolve();
});
replaceMethod(KafkaMembership.prototype, 'beforeJoin', async function () {
  withFields(this, 'joined', 'member', 'lease');
  this.joined = false;
  await this.member.beforeRejoin();
  this.lease.pause();
});
const take = replaceMethod(OffsetTracker.prototype, 'take', function (batch) {
  if (!this.hasBegun) withFields(this, 'next').next = batch.from;
  this.hasBegun = true;
  return take.call(this, batch);
});
