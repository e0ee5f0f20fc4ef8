import { beforeEach, describe, expect, it } from '@jest/globals';
import { RecordingLogger } from '../../../packages/delivery/test/support/recording-logger.js';
import { SecretFile } from '../../../src/infrastructure/system/secret-file.js';

describe('a secret in a file', () => {
  let content: string | Error;
  let reads: number;
  let now: number;
  let logger: RecordingLogger;
  let secret: SecretFile;
  beforeEach(() => {
    [content, reads, now, logger] = ['one', 0, 1_000, new RecordingLogger()];
    const read = () => {
      reads++;
      if (content instanceof Error) throw content;
      return content;
    };
    secret = new SecretFile('FULFILMENT_TOKEN_FILE', read, logger, () => now);
  });

  it('is read once in five seconds at most, however often it is asked for', () => {
    for (now = 1_000; now < 6_000; now++) expect(secret.current).toBe('one');

    expect(reads).toBe(1);
  });

  it('is another one within five seconds after it was replaced', () => {
    content = 'two';
    now += 5_000;

    expect(secret.current).toBe('two');
  });

  it('stays as it was while what replaces it can’t be read, which is logged once', () => {
    content = new Error('it is empty');
    for (let times = 0; times < 3; times++) {
      now += 5_000;
      expect(secret.current).toBe('one');
    }

    expect(logger.lines).toEqual([
      {
        level: 'warn',
        message: "a secret can't be replaced, the one before is used",
        fields: { variable: 'FULFILMENT_TOKEN_FILE', error: content },
      },
    ]);
  });

  it('is the new one when that can be read at last, and a later problem is logged, too', () => {
    const seen = [new Error('it is empty'), 'two', new Error('it is empty')].map((next) => {
      content = next;
      now += 5_000;
      return secret.current;
    });

    expect(seen).toEqual(['one', 'two', 'two']);
    expect(logger.lines).toHaveLength(2);
  });
});
