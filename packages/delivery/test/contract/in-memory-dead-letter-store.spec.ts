import { describe, expect, it } from '@jest/globals';
import type { DeadLetterStore } from '../../src/engine/dead-letters.js';
import { InMemoryDeadLetterStore } from '../../src/in-memory/in-memory-dead-letter-store.js';
import { aDeadLetter } from '../../src/contract/a-dead-letter.js';
import { deadLettersContract, listed } from '../../src/contract/dead-letter-store.contract.js';

describe('in memory', () => {
  deadLettersContract(() =>
    Promise.resolve({
      place: () => {
        const deadLetters = new InMemoryDeadLetterStore();
        return Promise.resolve({ deadLetters, neighbour: deadLetters });
      },
      close: () => Promise.resolve(),
    }),
  );

  it('refuses one more letter when it is full, drops none, and takes it once another was marked', async () => {
    const deadLetters: DeadLetterStore = new InMemoryDeadLetterStore(2);
    const [first, second, third] = ['1', '2', '3'].map((offset) => aDeadLetter({ offset }));
    if (first === undefined || second === undefined || third === undefined) throw new Error('no letters');
    await deadLetters.add(first);
    await deadLetters.add(second);
    await expect(deadLetters.add(third)).rejects.toMatchObject({ name: 'DeadLettersUnavailable' });
    await deadLetters.add(first);
    expect(await listed(deadLetters)).toEqual([first, second]);

    await deadLetters.resolve(first.origin, 'discarded');
    await deadLetters.add(third);
    expect(await listed(deadLetters)).toEqual([second, third]);
  });

  it('remembers of those that were marked only the latest 10,000', async () => {
    const deadLetters: DeadLetterStore = new InMemoryDeadLetterStore();
    const letters = Array.from({ length: 10_001 }, (_, n) => aDeadLetter({ offset: String(n) }));
    for (const letter of letters) {
      await deadLetters.add(letter);
      await deadLetters.resolve(letter.origin, 'discarded');
    }
    for (const letter of letters.toReversed()) await deadLetters.add(letter);
    expect(await listed(deadLetters)).toEqual([letters[0]]);
  });
});
