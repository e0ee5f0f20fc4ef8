import { withoutReferences, type Content, type Header, type OpenApi, type Operation } from './open-api.js';
import { schemaChanges, type Direction } from './schema-changes.js';

/** What a client of the document `before` may fail at with a service of `after`, each in a line. */
export function breakingChanges(before: OpenApi, after: OpenApi): string[] {
  const [old, changed] = [withoutReferences(before), withoutReferences(after)];
  return Object.entries(old.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const where = `${method.toUpperCase()} ${path}`;
      const now = changed.paths[path]?.[method];
      return now === undefined ? [`${where}: is gone`] : operationChanges(where, operation, now);
    }),
  );
}

function operationChanges(where: string, before: Operation, after: Operation): string[] {
  return [
    ...parameterChanges(where, before, after),
    ...(after.requestBody?.required === true && before.requestBody?.required !== true
      ? [`${where}: a body is required now`]
      : []),
    ...contentChanges(`${where}, body`, before.requestBody?.content, after.requestBody?.content, 'request'),
    ...responseChanges(where, before, after),
  ];
}

function parameterChanges(
  where: string,
  { parameters: before = [] }: Operation,
  { parameters: after = [] }: Operation,
): string[] {
  const find = (all: typeof before, of: (typeof before)[number]) =>
    all.find((each) => each.name === of.name && each.in === of.in);
  const gone = before.filter((each) => find(after, each) === undefined);
  return [
    ...gone.map((each) => `${where}, ${each.in} ${each.name}: is gone`),
    ...after.flatMap((each) => {
      const old = find(before, each);
      const at = `${where}, ${each.in} ${each.name}`;
      return [
        ...(each.required === true && old?.required !== true ? [`${at}: is required now`] : []),
        ...(old === undefined ? [] : schemaChanges(at, old.schema, each.schema, 'request')),
      ];
    }),
  ];
}

/** A client must reckon with any error: only what is promised for a success counts, and what errors look like. */
function responseChanges(where: string, before: Operation, after: Operation): string[] {
  return Object.entries(before.responses).flatMap(([status, { content, headers = {} }]) => {
    const at = `${where}, ${status}`;
    const now = after.responses[status];
    if (now === undefined) return status.startsWith('2') ? [`${at}: is gone`] : [];
    return [
      ...Object.entries(headers).flatMap(([name, header]) =>
        headerChanges(`${at}, header ${name}`, header, now.headers?.[name]),
      ),
      ...contentChanges(at, content, now.content, 'response'),
    ];
  });
}

function headerChanges(where: string, before: Header, after: Header | undefined): string[] {
  if (after === undefined) return [`${where}: is gone`];
  return [
    ...(before.required === true && after.required !== true ? [`${where}: may be absent now`] : []),
    ...schemaChanges(where, before.schema, after.schema, 'response'),
  ];
}

function contentChanges(
  where: string,
  before: Content = {},
  after: Content = {},
  direction: Direction,
): string[] {
  return Object.entries(before).flatMap(([mediaType, { schema }]) => {
    const now = after[mediaType];
    if (now === undefined) return [`${where}: ${mediaType} is gone`];
    return schemaChanges(where, schema, now.schema, direction);
  });
}
