import { DeliveryEngine } from '../../../packages/delivery/dist/engine/delivery-engine.js';
import { replaceMethod } from '../../replace-method.mjs';

// a re-join waits for nothing
replaceMethod(DeliveryEngine.prototype, 'beforeRejoin', () => Promise.resolve());
