import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import openApi from '../../../src/interfaces/http/generated/swagger.json' with { type: 'json' };
import { breakingChanges } from '../breaking-changes.js';
import type { OpenApi } from '../open-api.js';

const BOOK = {
  type: 'object',
  required: ['title'],
  additionalProperties: false,
  properties: {
    title: { type: 'string', minLength: 1, maxLength: 10, pattern: '^a' },
    pages: { type: 'integer', minimum: 1, maximum: 100 },
    kind: { type: 'string', enum: ['novel', 'poems'] },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 3 },
  },
};
const BEFORE = {
  paths: {
    '/books/{id}': {
      post: {
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'dry', in: 'query', required: false, schema: { type: 'boolean' } },
        ],
        requestBody: {
          required: false,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Sent' } } },
        },
        responses: {
          '200': {
            headers: { Location: { $ref: '#/components/headers/Location' } },
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Shown' } } },
          },
          '404': { content: { 'application/problem+json': { schema: { type: 'object' } } } },
        },
      },
    },
  },
  components: {
    headers: { Location: { required: true, schema: { type: 'string' } } },
    schemas: { Sent: BOOK, Shown: structuredClone(BOOK) },
  },
};

/** The lines for a copy of the document in which all of `from` is `to`. */
function changed(edit: (document: typeof BEFORE) => void): string[] {
  const after = structuredClone(BEFORE);
  edit(after);
  return breakingChanges(BEFORE as OpenApi, after as OpenApi);
}
type Book = typeof BOOK & { properties: Record<string, object> };
const sent = (edit: (book: Book) => void) => changed(({ components }) => edit(components.schemas.Sent));
const shown = (edit: (book: Book) => void) => changed(({ components }) => edit(components.schemas.Shown));
const post = (document: typeof BEFORE) => document.paths['/books/{id}'].post;

const POST = 'POST /books/{id}';

describe('what breaks a client', () => {
  it.each<[string, string[], string]>([
    [
      'an operation that is gone',
      changed((after) => Object.assign(after, { paths: {} })),
      `${POST}: is gone`,
    ],
    [
      'a parameter that is gone',
      changed((after) => post(after).parameters.pop()),
      `${POST}, query dry: is gone`,
    ],
    [
      'a parameter that is required now',
      changed((after) => Object.assign(post(after).parameters[1] ?? {}, { required: true })),
      `${POST}, query dry: is required now`,
    ],
    [
      'a new parameter that is required',
      changed((after) =>
        post(after).parameters.push({ name: 'x', in: 'header', required: true, schema: { type: 'string' } }),
      ),
      `${POST}, header x: is required now`,
    ],
    [
      'a body that is required now',
      changed((after) => Object.assign(post(after).requestBody, { required: true })),
      `${POST}: a body is required now`,
    ],
    [
      'a media type that is gone',
      changed((after) => Object.assign(post(after).requestBody, { content: { 'text/plain': {} } })),
      `${POST}, body: application/json is gone`,
    ],
    [
      'a success that is gone',
      changed((after) => Object.assign(post(after), { responses: { '202': {} } })),
      `${POST}, 200: is gone`,
    ],
    [
      'a header that may be absent now',
      changed(({ components }) => Object.assign(components.headers.Location, { required: false })),
      `${POST}, 200, header Location: may be absent now`,
    ],
    [
      'a field of a request that is required now',
      sent((book) => book.required.push('pages')),
      `${POST}, body.pages: is required now`,
    ],
    [
      'a field of a request that is gone',
      sent((book) =>
        Object.assign(book, {
          properties: {
            title: book.properties.title,
            pages: book.properties.pages,
            kind: book.properties.kind,
          },
        }),
      ),
      `${POST}, body.tags: is gone`,
    ],
    [
      'a lower maximum in a request',
      sent((book) => Object.assign(book.properties.pages, { maximum: 30 })),
      `${POST}, body.pages: maximum 100 -> 30`,
    ],
    [
      'a first maximum in a request',
      sent((book) => Object.assign(book.properties.kind, { maxLength: 3 })),
      `${POST}, body.kind: maxLength (none) -> 3`,
    ],
    [
      'another pattern in a request',
      sent((book) => Object.assign(book.properties.title, { pattern: '^b' })),
      `${POST}, body.title: pattern "^a" -> "^b"`,
    ],
    [
      'a choice less in a request',
      sent((book) => Object.assign(book.properties.kind, { enum: ['novel'] })),
      `${POST}, body.kind: enum ["novel","poems"] -> ["novel"]`,
    ],
    [
      'another type of the items in a request',
      sent((book) => Object.assign(book.properties.tags.items, { type: 'integer' })),
      `${POST}, body.tags[]: type "string" -> "integer"`,
    ],
    [
      'another rule for the whole of a request',
      sent((book) => Object.assign(book, { anyOf: [{ required: ['kind'] }] })),
      `${POST}, body: anyOf (none) -> [{"required":["kind"]}]`,
    ],
    [
      'a field of a response that may be absent now',
      shown((book) => book.required.pop()),
      `${POST}, 200.title: may be absent now`,
    ],
    [
      'a choice more in a response',
      shown((book) => book.properties.kind.enum.push('essay')),
      `${POST}, 200.kind: enum ["novel","poems"] -> ["novel","poems","essay"]`,
    ],
    [
      'a response that may be null now',
      shown((book) => Object.assign(book.properties.title, { nullable: true })),
      `${POST}, 200.title: nullable (none) -> true`,
    ],
    [
      'a number in a response that was whole',
      shown((book) => Object.assign(book.properties.pages, { type: 'number' })),
      `${POST}, 200.pages: type "integer" -> "number"`,
    ],
  ])('is %s', (_what, lines, line) => {
    expect(lines).toEqual([line]);
  });
});

it('is all that breaks a client, not the first of it alone', () => {
  const lines = sent((book) => {
    book.required.push('pages');
    Object.assign(book.properties.pages, { minimum: 2, maximum: 30 });
  });

  const field = `${POST}, body.pages`;
  expect(lines).toEqual([
    `${field}: is required now`,
    `${field}: minimum 1 -> 2`,
    `${field}: maximum 100 -> 30`,
  ]);
});

describe('what breaks no client', () => {
  it.each<[string, string[]]>([
    ['nothing', changed(() => undefined)],
    [
      'a new operation',
      changed(({ paths }) => Object.assign(paths, { '/other': { get: { responses: {} } } })),
    ],
    [
      'a parameter that may be absent',
      changed((after) =>
        post(after).parameters.push({ name: 'x', in: 'query', required: false, schema: { type: 'string' } }),
      ),
    ],
    [
      'a new field of a request that may be absent',
      sent((book) => Object.assign(book.properties, { more: {} })),
    ],
    ['a field of a request that may be absent now', sent((book) => book.required.pop())],
    ['a higher maximum in a request', sent((book) => Object.assign(book.properties.pages, { maximum: 200 }))],
    ['a choice more in a request', sent((book) => book.properties.kind.enum.push('essay'))],
    [
      'a number in a request that was whole',
      sent((book) => Object.assign(book.properties.pages, { type: 'number' })),
    ],
    ['a new field of a response', shown((book) => Object.assign(book.properties, { more: {} }))],
    ['a lower maximum in a response', shown((book) => Object.assign(book.properties.pages, { maximum: 9 }))],
    ['another error', changed((after) => Object.assign(post(after).responses, { '409': {} }))],
    ['an error that is gone', changed((after) => Reflect.deleteProperty(post(after).responses, '404'))],
  ])('is %s', (_what, lines) => {
    expect(lines).toEqual([]);
  });
});

it('can only be said of a revision that has the document', () => {
  const program = fileURLToPath(new URL('../main.ts', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program, 'no-such-revision']);

  expect([status, String(stderr)]).toEqual([
    2,
    expect.stringContaining("There is no docs/reference/openapi.yaml at 'no-such-revision'"),
  ]);
});

it('has nothing to say of the document itself', () => {
  expect(breakingChanges(openApi as unknown as OpenApi, openApi as unknown as OpenApi)).toEqual([]);
});
