import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MUTANTS } from '../../mutants.js';

const run = promisify(execFile);
const HELPER = fileURLToPath(new URL('../../../replace-method.mjs', import.meta.url));
const folder = fileURLToPath(new URL('../../mutants/', import.meta.url));
const names = MUTANTS.map(({ name }) => name);

describe('the wrong services', () => {
  it('have a file each', () => {
    expect(readdirSync(folder).sort()).toEqual(names.map((name) => `${name}.mjs`).sort());
  });

  it.each(names)('find in the built service what they replace: %s', async (name) => {
    const { stderr } = await run(process.execPath, ['--import', `${folder}${name}.mjs`, '--eval', '']);
    expect(stderr).toBe('');
  });

  it.each([
    ["replaceMethod(Tracker.prototype, 'take', () => 1)", "Tracker has no method 'take'"],
    ["replaceGetter(Tracker.prototype, 'position', () => 1)", "Tracker has no getter 'position'"],
    ["withFields(new Tracker(), 'next')", "Tracker has no field 'next'"],
  ])('fail where it is absent: %s', async (call, message) => {
    const code = `import { replaceGetter, replaceMethod, withFields } from '${HELPER}'; class Tracker {} ${call};`;
    const running = run(process.execPath, ['--input-type=module', '--eval', code]);
    await expect(running).rejects.toThrow(message);
  });
});
