import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { readEnvironment } from '../../src/bootstrap/config/environment.js';
import { service } from '../../src/bootstrap/config/environment-schema.js';
import { loadConfig } from '../../src/bootstrap/config/load-config.js';
import { readPage, withoutBlocks } from '../support/pages.js';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const defaults: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.values(readEnvironment({}, service)).flatMap((part) => Object.entries(part)),
);

/** Each variable of the schema, with its default as one would set it; '' when it has none, or one that varies. */
const schema = new Map(
  Object.values(service)
    .flatMap(namesIn)
    .sort()
    .map((name) => [name, toText(defaults[name])]),
);

function namesIn(part: z.ZodType): string[] {
  if (part instanceof z.ZodObject) return Object.keys(part.shape);
  if (part instanceof z.ZodDiscriminatedUnion) return (part.options as z.ZodType[]).flatMap(namesIn);
  throw new Error('a part of the schema doesn’t tell its variables');
}

/** A range is written as `1000-3000`. */
function toText(value: unknown): string {
  if (value === undefined || value === hostname()) return '';
  if (Array.isArray(value)) return value.join(',');
  if (typeof value === 'object') return Object.values({ ...value }).join('-');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** "- `PORT`, default `5000`: …", "- `KAFKA_BROKERS`, no default: …", "- `REPLICAS`, default by `ROLE`: …" */
const ENTRY = /^- `([A-Z_]+)`, (?:default `([^`]+)`|no default|default by|default the)/gm;
/** "#PORT=5000" */
const SETTING = /^#?([A-Z_]+)=(.*)$/gm;

const find = (pattern: RegExp, text: string) =>
  [...text.matchAll(pattern)].map(([, name = '', value = '']) => [name, value]).sort();

describe('every environment variable', () => {
  it('stands once in docs/reference/configuration.md with its default, and no other does', () => {
    const program = read('src/interfaces/cli/program.ts');
    const [, url = ''] = /DEFAULT_URL = '(.*)'/.exec(program) ?? [];
    const ofCommands = [...program.matchAll(/\.env\('(\w+)'\)/g)].map(([, name = '']) => [
      name,
      name.endsWith('_URL') ? url : '',
    ]);

    expect(ofCommands).toHaveLength(2);
    expect(find(ENTRY, withoutBlocks(readPage('docs/reference/configuration.md')))).toEqual(
      [...schema, ...ofCommands].sort(),
    );
  });

  it('stands once in .env.example with its default, and no other does', () => {
    expect(find(SETTING, read('.env.example'))).toEqual([...schema]);
  });

  it.each([...schema])('%s=%s sets what is there without it', (name, value) => {
    expect(loadConfig({ [name]: value })).toEqual(loadConfig({}));
  });
});
