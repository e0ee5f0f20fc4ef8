import { OffsetTracker } from '../../../packages/delivery/dist/engine/offset-tracker.js';
import { replaceGetter, withFields } from '../../replace-method.mjs';

// what was taken counts as completed
replaceGetter(OffsetTracker.prototype, 'lowWaterMark', function () {
  return withFields(this, 'expected').expected;
});
