import { describe, expect, it } from '@jest/globals';
import project from '../../package.json' with { type: 'json' };
import { PAGES, readPage } from '../support/pages.js';

const scripts = Object.keys(project.scripts);
/** The change log tells of scripts that were renamed. */
const pages = PAGES.filter((page) => page !== 'CHANGELOG.md');

/** `npm run build`, and the two that need no `run`; not "with npm run --silent nothing else", which a help says. */
const NAMED = /\bnpm (?:run (?:--silent )?(?!nothing else)([a-z][a-z0-9:-]*)|(start|test)\b)/g;

function scriptsNamedIn(page: string): string[] {
  return [...readPage(page).matchAll(NAMED)].map(([, run, short]) => run ?? short ?? '');
}

describe('the scripts of the project', () => {
  it.each(scripts)('are all explained to contributors: %s', (script) => {
    expect(scriptsNamedIn('CONTRIBUTING.md')).toContain(script);
  });

  it.each(pages)('are those that are named in %s', (page) => {
    expect(scriptsNamedIn(page).filter((script) => !scripts.includes(script))).toEqual([]);
  });
});
