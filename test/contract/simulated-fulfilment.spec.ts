import { SimulatedFulfilment } from '../../src/infrastructure/fulfilment/simulated-fulfilment.js';
import { fulfilmentContract } from './fulfilment.contract.js';

fulfilmentContract('SimulatedFulfilment', () =>
  Promise.resolve({
    fulfilment: new SimulatedFulfilment({ min: 0, max: 5 }),
    products: { fulfilled: 'tea', rejected: 'reject', failsOnce: 'fail-1', endless: 'slow-600000' },
    close: () => Promise.resolve(),
  }),
);
