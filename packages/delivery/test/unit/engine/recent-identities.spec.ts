import { expect, it } from '@jest/globals';
import { RecentIdentities } from '../../../src/engine/recent-identities.js';

function known(...added: string[]): string[] {
  const identities = new RecentIdentities(2);
  for (const identity of added) identities.add(identity);
  return ['a', 'b', 'c'].filter((identity) => identities.has(identity));
}

it('knows what was added, and nothing else', () => {
  expect(known('a', 'b')).toEqual(['a', 'b']);
});

it('forgets the oldest where there is no more room', () => {
  expect(known('a', 'b', 'c')).toEqual(['b', 'c']);
});

it('forgets nothing for one that it knows already', () => {
  expect(known('a', 'b', 'b')).toEqual(['a', 'b']);
});
