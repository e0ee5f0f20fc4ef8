import { describe } from '@jest/globals';
import { InMemoryMessaging } from '@order-service/delivery/in-memory';
import { parcelsTests } from '../parcels-tests.js';

describe('the example, in memory', () => {
  parcelsTests(() => new InMemoryMessaging({ topic: 'parcels', partitions: 5 }));
});
