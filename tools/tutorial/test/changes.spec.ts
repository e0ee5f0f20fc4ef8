import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { parsePage } from '../page.js';
import { Workspace } from '../workspace.js';

const PAGE = 'docs/tutorials/your-own-aggregate.md';
/** The commands that change files which a diff names. */
const CHANGES_FILES = /^(?:node|perl) /;
// once the aggregate has another name the page tells what was done, not what to do
const itBeforeIt = existsSync('src/domain/order/order.ts') ? it : it.skip;

describe('the tutorial', () => {
  itBeforeIt('changes the files that are there', () => {
    const workspace = new Workspace(process.cwd());
    try {
      for (const action of parsePage(readFileSync(PAGE, 'utf8')).flatMap(({ actions }) => actions)) {
        if (action.kind === 'change') expect(() => workspace.apply(action.diff)).not.toThrow();
        else if (CHANGES_FILES.test(action.script))
          execFileSync('sh', ['-e', '-c', action.script], { cwd: workspace.folder });
      }
    } finally {
      workspace.remove();
    }
  });
});
