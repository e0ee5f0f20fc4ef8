import { describe } from '@jest/globals';
import { InMemoryDeadLetters } from '../../src/infrastructure/messaging/in-memory/in-memory-dead-letters.js';
import { startInMemoryBed } from '../support/in-memory-bed.js';
import { givenUpOrdersContract } from './given-up-orders.contract.js';

describe('in memory', () => {
  givenUpOrdersContract(async () => ({
    ...(await startInMemoryBed()),
    deadLettersOf: () => Promise.resolve(new InMemoryDeadLetters()),
  }));
});
