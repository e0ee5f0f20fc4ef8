import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import openApi from '../../src/interfaces/http/generated/swagger.json' with { type: 'json' };
import type { FieldFault, ProblemDetails } from '../../src/interfaces/http/problems/problem-details.js';
import { startApi, type Api } from '../support/http-fixture.js';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
}
interface Parameter {
  readonly name: string;
  readonly in: 'header' | 'path' | 'query';
  readonly schema: Schema;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface Case {
  readonly method: string;
  readonly path: string;
  readonly field: string;
  readonly place: FieldFault['in'];
  readonly value: unknown;
}

const PATHS = openApi.paths as unknown as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
const SCHEMAS = openApi.components.schemas as unknown as Readonly<Record<string, Schema>>;
const resolved = (schema: Schema): Schema =>
  schema.$ref === undefined ? schema : (SCHEMAS[schema.$ref.split('/').at(-1) ?? ''] ?? {});

/** What breaks the schema; `undefined` when nothing does. */
function badTextFor(schema: Schema): string | undefined {
  const { type, enum: values, pattern, minLength = 0, maxLength } = resolved(schema);
  if (type === 'integer') return 'x';
  if (values !== undefined) return 'nonsense';
  if (pattern !== undefined) return 'a b';
  if (maxLength !== undefined) return 'x'.repeat(maxLength + 1);
  return minLength > 0 ? '' : undefined;
}

const operations = Object.entries(PATHS).flatMap(([path, methods]) =>
  Object.entries(methods).map(([name, operation]) => ({ path, method: name.toUpperCase(), operation })),
);
const jsonSchema = ({ requestBody }: Operation) => requestBody?.content['application/json']?.schema;
const cases: Case[] = operations.flatMap(({ path, method, operation }) => [
  ...(operation.parameters ?? []).flatMap(({ name, in: place, schema }) => {
    const value = badTextFor(schema);
    return value === undefined ? [] : [{ path, method, field: name, place, value }];
  }),
  ...Object.keys(resolved(jsonSchema(operation) ?? {}).properties ?? {}).map((field) => ({
    ...{ path, method, field },
    place: 'body' as const,
    value: { no: 'such value' },
  })),
]);
/** These are ignored when they are no trace context, or no preference. */
const ANYTHING_GOES = ['traceparent', 'Prefer'];

/** The first of those that are possible, where they are named. */
function validFor(path: string, method: string, name: string): string {
  const { parameters = [] } = PATHS[path]?.[method.toLowerCase()] ?? {};
  const values = parameters.find((each) => each.name === name)?.schema.enum;
  return values?.[0] ?? '0-1';
}

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** The request with that one value, and nothing else that could be wrong. */
async function findFaults({ path, method, field, place, value }: Case): Promise<FieldFault[]> {
  const text = String(value);
  const query = place === 'query' ? `?${field}=${encodeURIComponent(text)}` : '';
  const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    place === 'path' && name === field ? encodeURIComponent(text) : validFor(path, method, name),
  );
  const isImport = path.endsWith('/Import');
  const body = path.endsWith('/Send')
    ? { product: 'tea' }
    : path.includes('/DeadLetter')
      ? { all: true }
      : {};
  const sent = place === 'body' ? { ...body, [field]: value } : body;
  const response = await api.client.request(method, target + query, {
    headers: {
      'Content-Type': isImport ? 'application/x-ndjson' : 'application/json',
      ...(place === 'header' && { [field]: text }),
    },
    ...(method === 'POST' && { body: JSON.stringify(sent) }),
  });
  expect(response.status).toBe(400);
  return (response.json as ProblemDetails).errors ?? [];
}

describe('a parameter that is not valid', () => {
  it.each(cases)('$method $path: $field is named, in the $place', async (each) => {
    expect(await findFaults(each)).toMatchObject([{ field: each.field, in: each.place }]);
  });

  it('is asked for of every operation, and of every parameter that can be wrong', () => {
    const documented = operations.flatMap(({ path, method, operation }) =>
      (operation.parameters ?? []).map(({ name }) => `${method} ${path} ${name}`),
    );
    const tried = new Set(cases.map(({ method, path, field }) => `${method} ${path} ${field}`));

    const left = documented.filter((each) => !tried.has(each));
    expect(new Set(left.map((each) => each.split(' ').at(-1)))).toEqual(new Set(ANYTHING_GOES));
    expect(new Set(cases.map(({ place }) => place))).toEqual(new Set(['body', 'header', 'path', 'query']));
  });

  it('is named in the path when it is the id of no order', async () => {
    const response = await api.client.get('/api/Order/never-sent');

    expect((response.json as ProblemDetails).errors).toMatchObject([{ field: 'orderId', in: 'path' }]);
  });

  it('is named in the body when a field there has the name of a header', async () => {
    const response = await api.client.post('/api/Order/Send', { product: 'tea', 'Idempotency-Key': 'k' });

    expect((response.json as ProblemDetails).errors).toMatchObject([
      { field: 'Idempotency-Key', in: 'body' },
    ]);
  });
});
