// Gives the aggregate and its fields other names: in the tracked files, and in the names of the files.
//   node scripts/rename-aggregate.mjs order=booking product=room quantity=nights 'Espresso machine=Garden room'
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' });

/** The library speaks of records. Only its simulation, which tools/chaos shares, speaks of orders. */
const KEPT = [
  /^packages\/(?!delivery\/test\/simulation\/)/,
  /^tools\/tutorial\/|^docs\/tutorials\/your-own-aggregate\.md$|^scripts\/rename-aggregate\.mjs$/,
  /^CHANGELOG\.md$|\.(?:png|svg)$/,
];

/** Where "order" is a sequence, in English, SQL and names, and "product" is no field; and the library's package. */
const OTHER_MEANING = new RegExp(
  [
    'ORDER BY',
    '\\b(?:[Ii]n|out of) (?:[a-z]+ )?order\\b',
    '\\b[Tt]he order (?:of (?!this)|in which|it was sent|they were asked)',
    '\\bkeeps? (?:their|its|the) order\\b',
    'key order\\b',
    '[Oo]rder (?:per key|is kept)',
    '(?:out|[Oo]f|in)Order\\b',
    'are[ -]products',
    '@order-service',
  ].join('|'),
);

// the longer ones first: order-1001 is no order
const pairs = process.argv
  .slice(2)
  .map((argument) => argument.split('='))
  .toSorted(([a], [b]) => b.length - a.length);
if (
  pairs.length === 0 ||
  pairs.some((pair) => pair.length !== 2 || !pair.every((name) => /^[\w -]+$/.test(name)))
) {
  console.error('usage: node scripts/rename-aggregate.mjs order=booking product=room quantity=nights');
  process.exit(2);
}
if (git('status', '--porcelain') !== '') {
  console.error('some changes are not committed; commit them first, so that you can go back');
  process.exit(1);
}

const CASES = [
  // not within "border" or "production"; `\ufeff` in a string is no letter
  { inCase: (name) => name, before: '(?<![a-z](?<!\\\\ufeff))', after: '(?=s?(?![a-z]))' },
  {
    inCase: (name) => name.charAt(0).toUpperCase() + name.slice(1),
    before: '',
    after: '(?=s?(?![a-z]))',
  },
  { inCase: (name) => name.toUpperCase(), before: '(?<![A-Z])', after: '(?=S?(?![A-Z]))' },
];
/** "an order" and anOrder get the article of the new name. */
const ARTICLE = '(?<![A-Za-z])([Aa])n?( ?[`*]*|-)';

const replacements = pairs.flatMap(([from, to]) =>
  CASES.map(({ inCase, before, after }) => {
    const name = inCase(from) + after;
    const n = /^[aeiou]/.test(to) ? 'n' : '';
    return {
      pattern: new RegExp(`(${OTHER_MEANING.source})|${ARTICLE}${name}|${before}${name}`, 'g'),
      replacer: (_found, kept, a, gap) =>
        kept ?? (a === undefined ? inCase(to) : `${a}${n}${gap}${inCase(to)}`),
    };
  }),
);
const rename = (text) =>
  replacements.reduce((renamed, { pattern, replacer }) => renamed.replace(pattern, replacer), text);

const files = git('ls-files')
  .split('\n')
  .filter((file) => file !== '' && !KEPT.some((pattern) => pattern.test(file)));
for (const file of files) {
  const [from, to] = [file, rename(file)].map((name) => join(root, name));
  const text = readFileSync(from, 'utf8');
  if (rename(text) !== text) writeFileSync(from, rename(text));
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
}
for (const folder of new Set(files.map((file) => join(root, dirname(file)))))
  if (readdirSync(folder).length === 0) rmdirSync(folder);
git('add', '--all');
const renamed = git('diff', '--cached', '--name-only', '--diff-filter=d').trim().split('\n');
execFileSync(
  process.execPath,
  [
    join(root, 'node_modules/prettier/bin/prettier.cjs'),
    '--write',
    '--ignore-unknown',
    '--log-level',
    'warn',
    ...renamed,
  ],
  { cwd: root, stdio: 'inherit' },
);
console.log(`renamed in ${renamed.length} files`);
