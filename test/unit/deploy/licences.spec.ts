import { afterAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../support/pages.js';

const folder = mkdtempSync(join(tmpdir(), 'licences-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the script on an SBOM of packages with these licences. */
function check(...licences: readonly (readonly object[])[]) {
  const file = join(folder, 'sbom');
  const components = licences.map((licenses, index) => ({
    ...{ group: '@group', name: `package-${index + 1}`, version: '1.0.0' },
    licenses,
  }));
  writeFileSync(file, JSON.stringify({ bomFormat: 'CycloneDX', components }));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/licences.mjs', file], {
    cwd: ROOT,
  });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

const id = (text: string) => [{ license: { id: text } }];
const expression = (text: string) => [{ expression: text }];

describe('the licences of the packages', () => {
  it('pass when each is allowed', () => {
    expect(check(id('MIT'), id('Apache-2.0'))).toEqual({
      status: 0,
      stdout: '2 packages, each with a licence that is allowed\n',
      stderr: '',
    });
  });

  it('fail when one is not, which is named with its package', () => {
    const { status, stderr } = check(id('MIT'), id('GPL-3.0-only'));

    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^@group\/package-2 1\.0\.0 has GPL-3\.0-only, which is not allowed\nallowed are .*MIT/,
    );
  });

  it('fail when a package has none', () => {
    expect(check([]).stderr).toContain('@group/package-1 1.0.0 has no licence, which is not allowed');
  });

  it.each(['MIT OR GPL-3.0-only', '(MIT OR GPL-3.0-only)', 'MIT AND ISC', 'MIT AND (ISC OR 0BSD)'])(
    'pass with the expression %s',
    (text) => {
      expect(check(expression(text)).status).toBe(0);
    },
  );

  it.each([
    'MIT AND GPL-3.0-only',
    '(GPL-3.0-only)',
    'GPL-3.0-only AND (MIT OR ISC)',
    'MIT AND (GPL-3.0-only OR ISC)',
  ])('fail with the expression %s', (text) => {
    expect(check(expression(text)).status).toBe(1);
  });

  it('fail with a name that is no SPDX id', () => {
    expect(check([{ license: { name: 'SEE LICENSE IN terms.txt' } }]).stderr).toContain(
      'SEE LICENSE IN terms.txt',
    );
  });
});
