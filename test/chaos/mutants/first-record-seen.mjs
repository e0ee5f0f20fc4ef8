import { OffsetTracker } from '../../../dist/interfaces/messaging/delivery/offset-tracker.js';

const { take } = OffsetTracker.prototype;

// it begins where the first batch happens to begin, and not where the group stands
OffsetTracker.prototype.take = function (batch) {
  if (!this.hasBegun) this.next = batch.from;
  this.hasBegun = true;
  return take.call(this, batch);
};
