import { describe, expect, it } from '@jest/globals';
import { parsePage } from '../page.js';

const block = (info: string, ...lines: string[]) => ['```' + info, ...lines, '```'].join('\n');
const page = (...parts: string[]) => parsePage(['# Title', '## Rename', ...parts].join('\n'));

describe('the steps of a page', () => {
  it('are its headings, with commands, what they print, and changes', () => {
    const steps = page(
      'Run the tests:',
      block('sh fails', 'npm test'),
      'The domain is not ready.',
      block('text', '  ● accepts 31 nights', '', '...'),
      block('diff', '--- a/x', '+++ b/x'),
      '## Run it',
      block('sh', 'npm ci'),
    );

    expect(steps).toEqual([
      {
        title: 'Rename',
        actions: [
          {
            ...{ kind: 'command', line: 4, script: 'npm test\n', ends: 'fails', onPostgres: false },
            prints: ['  ● accepts 31 nights', '...'],
          },
          { kind: 'change', line: 13, diff: '--- a/x\n+++ b/x\n' },
        ],
      },
      {
        title: 'Run it',
        actions: [
          { kind: 'command', line: 18, script: 'npm ci\n', ends: 'succeeds', onPostgres: false, prints: [] },
        ],
      },
    ]);
  });

  it('have no headings within blocks', () => {
    expect(page(block('sh', '## a comment'))).toMatchObject([{ actions: [{ script: '## a comment\n' }] }]);
  });

  it('leave out what readers do by hand, with what it prints', () => {
    expect(page(block('sh by-hand', 'git clone'), block('text', 'Cloning'))).toMatchObject([{ actions: [] }]);
  });

  it('may have a command that goes on', () => {
    const [step] = page(block('sh serves', 'npm start'), block('text', 'ready'));

    expect(step?.actions).toMatchObject([{ ends: 'serves', prints: ['ready'] }]);
  });

  it('may need a PostgreSQL', () => {
    expect(page(block('sh postgres', 'npm test'))).toMatchObject([{ actions: [{ onPostgres: true }] }]);
  });

  it.each([
    ['a block of another kind', [block('bash', 'ls')], "line 3: what is a block of 'bash'?"],
    ['a block without a kind', [block('', 'ls')], "line 3: what is a block of ''?"],
    ['output of no command', [block('text', 'ok')], 'line 3: no command is before this output'],
    [
      'output of a change',
      [block('sh', 'ls'), block('diff', '--- a/x'), block('text', 'ok')],
      'line 9: no command is before this output',
    ],
    [
      'two outputs of a command',
      [block('sh', 'ls'), block('text', 'a'), block('text', 'b')],
      'line 9: no command is before this output',
    ],
    [
      'a failure without its output',
      [block('sh fails', 'ls')],
      'line 3: the page does not say what a command prints that fails',
    ],
    ['a block that does not end', ['```sh', 'ls'], 'line 3: the block does not end'],
  ])('can’t have %s', (_what, parts, message) => {
    expect(() => page(...parts)).toThrow(message);
  });
});
