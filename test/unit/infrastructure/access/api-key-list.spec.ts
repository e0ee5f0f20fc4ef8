import { describe, expect, it } from '@jest/globals';
import {
  InvalidApiKeys,
  newApiKey,
  parseApiKeys,
  sha256,
} from '../../../../src/infrastructure/access/api-key-list.js';

const HASH = sha256('a key');
const OTHER = sha256('another key');
const THIRD = sha256('a third key');

describe('a list of API keys', () => {
  it('has a key on each line, with comments, in any of the ways to end a line', () => {
    const keys = parseApiKeys(
      `# our shops\r\nshop send,read ${HASH}\n\n  ops\toperate ${OTHER} # Ada; since 2026`,
    );
    expect(keys).toEqual([
      { client: { name: 'shop', roles: ['send', 'read'] }, sha256: HASH },
      { client: { name: 'ops', roles: ['operate'] }, sha256: OTHER },
    ]);
  });

  it('may have all on one line, as a variable of the environment has it', () => {
    expect(parseApiKeys(`shop send ${HASH}; ops operate ${OTHER}`)).toHaveLength(2);
  });

  it.each([
    ['', 'there is no key in it'],
    ['# none yet', 'there is no key in it'],
    ['shop send', 'line 1: must be client, roles and SHA-256, with blanks between'],
    [`shop send ${HASH} more`, 'line 1: must be client, roles and SHA-256, with blanks between'],
    [`sh/op send ${HASH}`, 'line 1: the client must be 1 to 64 of A-Z a-z 0-9 . _ -'],
    [`shop send,admin ${HASH}`, "line 1: 'admin' is no role: use send, read, operate, with commas between"],
    [`shop send ${HASH.toUpperCase()}`, 'line 1: the SHA-256 must be 64 lower-case hexadecimal digits'],
    [`shop send ${HASH}\nops read ${HASH}`, 'the same key is there twice'],
    [`shop send ${HASH};shop send ${OTHER};shop send ${THIRD}`, 'shop has 3 keys: 2 at most'],
  ])('can’t be used: %j', (text, problem) => {
    expect(() => parseApiKeys(text)).toThrow(new InvalidApiKeys(problem));
  });

  it('names every problem at once, and no key that was put there by mistake', () => {
    const problem = (() => {
      try {
        return parseApiKeys('shop send os_secret\nops read');
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(problem).toMatch(/^line 1: .*\nline 2: .*$/);
    expect(problem).not.toContain('os_secret');
  });
});

describe('a new API key', () => {
  it('has 256 random bits, and its line has its hash alone', () => {
    const made = Array.from({ length: 100 }, () => newApiKey({ name: 'shop', roles: ['send', 'read'] }));
    expect(new Set(made.map(({ key }) => key)).size).toBe(100);
    for (const { key, line } of made) {
      expect(key).toMatch(/^os_[A-Za-z0-9_-]{43}$/);
      expect(line).toBe(`shop send,read ${sha256(key)}`);
    }
  });
});
