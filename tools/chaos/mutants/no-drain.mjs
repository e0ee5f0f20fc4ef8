import { DeliveryEngine } from '../../../packages/delivery/dist/engine/delivery-engine.js';

// a re-join waits for nothing
DeliveryEngine.prototype.beforeRejoin = () => Promise.resolve();
