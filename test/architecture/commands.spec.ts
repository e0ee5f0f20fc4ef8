import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createPruneCommand } from '../../src/bootstrap/prune-command.js';
import { run } from '../../src/interfaces/cli/program.js';
import { USAGE as BENCH } from '../../tools/bench/options.js';
import { USAGE as CHAOS } from '../../tools/chaos/options.js';
import { USAGE as GUARANTEES } from '../../tools/guarantees/options.js';
import packageJson from '../../package.json' with { type: 'json' };
import { FakeTerminal } from '../support/fake-terminal.js';
import { codeSpans, readPage, withoutBlocks } from '../support/pages.js';

const page = readFileSync(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8');

/** Columns are as wide as their longest name. */
const withoutColumns = (text: string) => text.replaceAll(/ +/g, ' ');
/** Each option, with the lines on which its text goes on. */
const linesOfOptions = (help: string) =>
  [...help.matchAll(/^ +--(?!help).*(\n {12,}.*)*/gm)].flatMap(([option]) => option.split('\n'));

describe('docs/reference/cli.md', () => {
  it('has every npm script, and no other', () => {
    const documented = codeSpans(withoutBlocks(readPage('docs/reference/cli.md'))).filter((code) =>
      /^npm (run )?[a-z][\w:-]*$/.test(code),
    );
    const scripts = Object.keys(packageJson.scripts).map((name) =>
      ['start', 'test'].includes(name) ? `npm ${name}` : `npm run ${name}`,
    );

    expect([...new Set(documented)].sort()).toEqual(scripts.sort());
  });

  it.each([
    'dead-letters list',
    'dead-letters show',
    'dead-letters redrive',
    'dead-letters discard',
    'orders send',
    'orders status',
    'orders import',
  ])('has every option of %s', async (command) => {
    const terminal = new FakeTerminal();
    await run([...command.split(' '), '--help'], terminal);
    const options = linesOfOptions(terminal.written.stdout);

    expect(options.length).toBeGreaterThan(2);
    const documented = withoutColumns(page);
    expect(options.filter((line) => !documented.includes(withoutColumns(line)))).toEqual([]);
  });

  it.each([
    ['chaos', CHAOS],
    ['guarantees', GUARANTEES],
    ['bench', BENCH],
    ['prune', createPruneCommand().helpInformation()],
  ])('has every option of %s', (_name, usage) => {
    expect(linesOfOptions(usage).filter((line) => !page.includes(line))).toEqual([]);
  });
});
