import { describe, expect, it } from '@jest/globals';
import type { DeadLetters } from '../../src/application/ports/dead-letters.js';
import { InMemoryDeadLetters } from '../../src/infrastructure/messaging/in-memory/in-memory-dead-letters.js';
import { aDeadLetter } from '../support/a-dead-letter.js';
import { deadLettersContract, listed } from './dead-letters.contract.js';

describe('in memory', () => {
  deadLettersContract(() =>
    Promise.resolve({
      place: () => {
        const deadLetters = new InMemoryDeadLetters();
        return Promise.resolve({ deadLetters, neighbour: deadLetters });
      },
      close: () => Promise.resolve(),
    }),
  );

  it('refuses one more letter when it is full, drops none, and takes it once another was marked', async () => {
    const deadLetters: DeadLetters = new InMemoryDeadLetters(2);
    const [first, second, third] = ['1', '2', '3'].map((offset) => aDeadLetter({ offset }));
    if (first === undefined || second === undefined || third === undefined) throw new Error('no letters');
    await deadLetters.add(first);
    await deadLetters.add(second);
    await expect(deadLetters.add(third)).rejects.toMatchObject({ name: 'DeadLettersUnavailable' });
    await deadLetters.add(first);
    expect(await listed(deadLetters)).toEqual([first, second]);

    await deadLetters.mark(first.origin, 'discarded');
    await deadLetters.add(third);
    expect(await listed(deadLetters)).toEqual([second, third]);
  });

  it('remembers of those that were marked only the latest 10,000', async () => {
    const deadLetters: DeadLetters = new InMemoryDeadLetters();
    const letters = Array.from({ length: 10_001 }, (_, n) => aDeadLetter({ offset: String(n) }));
    for (const letter of letters) {
      await deadLetters.add(letter);
      await deadLetters.mark(letter.origin, 'discarded');
    }
    for (const letter of letters.toReversed()) await deadLetters.add(letter);
    expect(await listed(deadLetters)).toEqual([letters[0]]);
  });
});
