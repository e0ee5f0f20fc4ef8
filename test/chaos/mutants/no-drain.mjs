import { DeliveryEngine } from '../../../dist/interfaces/messaging/delivery/delivery-engine.js';

// a re-join waits for nothing
DeliveryEngine.prototype.beforeRejoin = () => Promise.resolve();
