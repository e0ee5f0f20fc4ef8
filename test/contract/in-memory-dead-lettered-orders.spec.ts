import { DeliveryDeadLetters } from '../../src/infrastructure/delivery/delivery-dead-letters.js';
import { describe } from '@jest/globals';
import { InMemoryDeadLetterStore } from '../../packages/delivery/src/in-memory/in-memory-dead-letter-store.js';
import { startInMemoryTestBroker } from '../../packages/delivery/test/support/in-memory-test-broker.js';
import { deadLetteredOrdersContract } from './dead-lettered-orders.contract.js';

describe('in memory', () => {
  deadLetteredOrdersContract(async () => ({
    ...(await startInMemoryTestBroker()),
    openDeadLetters: () => Promise.resolve(new DeliveryDeadLetters(new InMemoryDeadLetterStore())),
  }));
});
