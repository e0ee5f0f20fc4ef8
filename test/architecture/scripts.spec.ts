import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import project from '../../package.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const scripts = Object.keys(project.scripts);
/** The change log tells of scripts that were renamed. */
const pages = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { cwd: ROOT })
  .toString()
  .split('\n')
  .filter((page) => page !== '' && page !== 'CHANGELOG.md' && existsSync(join(ROOT, page)));

/** `npm run build`, and the two that need no `run`; not "with npm run --silent nothing else", which a help says. */
const NAMED = /\bnpm (?:run (?:--silent )?(?!nothing else)([a-z][a-z0-9:-]*)|(start|test)\b)/g;

function scriptsNamedIn(page: string): string[] {
  return [...read(page).matchAll(NAMED)].map(([, run, short]) => run ?? short ?? '');
}

describe('the scripts of the project', () => {
  it.each(scripts)('are all explained to contributors: %s', (script) => {
    expect(scriptsNamedIn('CONTRIBUTING.md')).toContain(script);
  });

  it.each(pages)('are those that are named in %s', (page) => {
    expect(scriptsNamedIn(page).filter((script) => !scripts.includes(script))).toEqual([]);
  });
});
