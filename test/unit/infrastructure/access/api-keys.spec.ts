import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordingLogger } from '../../../../packages/delivery/test/support/recording-logger.js';
import { newApiKey } from '../../../../src/infrastructure/access/api-key-list.js';
import { ApiKeys } from '../../../../src/infrastructure/access/api-keys.js';

const SHOP = { name: 'shop', roles: ['send'] } as const;
const OPS = { name: 'ops', roles: ['read', 'operate'] } as const;

describe('API keys', () => {
  it('tell whose a key is, for both keys of a client', () => {
    const [old, fresh, ops] = [newApiKey(SHOP), newApiKey(SHOP), newApiKey(OPS)];
    const keys = ApiKeys.of([old, fresh, ops].map(({ line }) => line).join('\n'));

    expect(keys.authenticate(old.key)).toEqual(SHOP);
    expect(keys.authenticate(fresh.key)).toEqual(SHOP);
    expect(keys.authenticate(ops.key)).toEqual(OPS);
  });

  it('know no other: not an empty one, a longer one, a part, or the hash that the list has', () => {
    const { key, line } = newApiKey(SHOP);
    const keys = ApiKeys.of(line);

    for (const other of [
      '',
      `${key}x`,
      key.slice(0, -1),
      line.split(' ')[2] ?? '',
      'x'.repeat(100_000),
      key.toUpperCase(),
    ])
      expect(keys.authenticate(other)).toBeUndefined();
  });
});

describe('API keys of a file', () => {
  let folder: string;
  let file: string;
  let keys: ApiKeys;
  let now = 0;
  let logger: RecordingLogger;
  const { key: old, line: oldLine } = newApiKey(SHOP);
  const { key: fresh, line: freshLine } = newApiKey(SHOP);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keys-'));
    file = join(folder, 'keys');
    logger = new RecordingLogger();
    writeFileSync(file, oldLine);
    keys = ApiKeys.ofFile(file, logger, () => now);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const knownAfter5s = () => {
    now += 5_000;
    return [old, fresh].filter((key) => keys.authenticate(key) !== undefined);
  };

  it('are read again when it is replaced: a new one is known, one that is gone is not', () => {
    writeFileSync(join(folder, 'next'), freshLine);
    renameSync(join(folder, 'next'), file);
    expect(knownAfter5s()).toEqual([fresh]);
    expect(logger.lines).toEqual([]);
  });

  it('stay as they were while it can’t be used', () => {
    writeFileSync(file, 'shop admin');
    expect(knownAfter5s()).toEqual([old]);
    rmSync(file);
    expect(knownAfter5s()).toEqual([old]);
    expect(logger.lines.map(({ level, fields }) => [level, fields['variable']])).toEqual([
      ['warn', 'API_KEYS_FILE'],
      ['warn', 'API_KEYS_FILE'],
    ]);

    writeFileSync(file, `${oldLine}\n${freshLine}`);
    expect(knownAfter5s()).toEqual([old, fresh]);
  });
});
