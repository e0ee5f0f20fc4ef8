import { describe } from '@jest/globals';
import { startInMemoryBed } from '../support/in-memory-bed.js';
import { consumingContract } from './consuming.contract.js';

describe('in memory', () => {
  consumingContract(() => startInMemoryBed());
});
