import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../../../packages/delivery/src/contract/wait-for.js';
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
  const logger = new RecordingLogger();
  const { key: old, line: oldLine } = newApiKey(SHOP);
  const { key: fresh, line: freshLine } = newApiKey(SHOP);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keys-'));
    file = join(folder, 'keys');
    writeFileSync(file, oldLine);
    keys = ApiKeys.ofFile(file, logger);
  });
  afterEach(() => {
    keys.close();
    rmSync(folder, { recursive: true });
  });
  const isKnown = (key: string) => keys.authenticate(key) !== undefined;

  it('are read again when it is replaced: a new one is known, one that is gone is not', async () => {
    writeFileSync(join(folder, 'next'), freshLine);
    renameSync(join(folder, 'next'), file);

    await waitFor('the new key', () => isKnown(fresh), { deadlineMs: 10_000 });
    expect(isKnown(old)).toBe(false);
  });

  it('stay as they were when it can’t be used, until it can', async () => {
    writeFileSync(file, 'shop admin');
    await waitFor('the log line', () => logger.lines.some(({ level }) => level === 'error'), {
      deadlineMs: 10_000,
    });
    expect(isKnown(old)).toBe(true);

    writeFileSync(file, `${oldLine}\n${freshLine}`);
    await waitFor('the new key', () => isKnown(fresh), { deadlineMs: 10_000 });
  });
});
