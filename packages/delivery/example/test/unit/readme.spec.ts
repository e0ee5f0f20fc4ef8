import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { runMain } from '../run-main.js';

const path = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const FILES = ['example/src/main.ts'];

describe('the code of the README', () => {
  const readme = readFileSync(path('README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);

  it('is the example, word for word', () => {
    expect(blocks).toEqual(FILES.map((file) => readFileSync(path(file), 'utf8')));
  });

  it('compiles', () => {
    const { config } = ts.readConfigFile(path('../../tsconfig.json'), (file) => ts.sys.readFile(file)) as {
      config: { compilerOptions: object };
    };
    const root = path('../..');
    const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
    const program = ts.createProgram(FILES.map(path), options);
    const problems = ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    expect(problems).toEqual([]);
  });

  it('runs in memory', async () => {
    expect(await runMain({})).toEqual({
      exitCode: 0,
      followed: ['parcel-1 is in Leipzig', 'parcel-1 is in Lyon'],
    });
  });
});
