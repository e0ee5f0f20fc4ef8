import type { Schema } from './open-api.js';

/** Of a request a client breaks when less is valid than before, of a response when more is. */
export type Direction = 'request' | 'response';

const LOWER_BOUNDS = ['minimum', 'minLength', 'minItems'] as const;
const UPPER_BOUNDS = ['maximum', 'maxLength', 'maxItems'] as const;
const ALTERNATIVES = ['allOf', 'anyOf', 'oneOf'] as const;
const EXACT = ['pattern', 'format'] as const;

/** What of a schema's changes breaks a client, each in a line that begins with `where`. */
export function schemaChanges(
  where: string,
  before: Schema = {},
  after: Schema = {},
  direction: Direction,
): string[] {
  // what is valid by `wide` and not by `narrow` breaks the client
  const [wide, narrow] = direction === 'request' ? [before, after] : [after, before];
  const from = (name: keyof Schema) => `${name} ${text(before[name])} -> ${text(after[name])}`;
  const properties = Object.keys({ ...before.properties, ...after.properties });
  return [
    ...(isSubtype(wide.type, narrow.type) ? [] : ['type' as const]),
    ...LOWER_BOUNDS.filter((name) => (wide[name] ?? -Infinity) < (narrow[name] ?? -Infinity)),
    ...UPPER_BOUNDS.filter((name) => (wide[name] ?? Infinity) > (narrow[name] ?? Infinity)),
    ...EXACT.filter((name) => narrow[name] !== undefined && narrow[name] !== wide[name]),
    ...(wide.nullable === true && narrow.nullable !== true ? ['nullable' as const] : []),
    ...(isSubset(wide.enum, narrow.enum) ? [] : ['enum' as const]),
    ...ALTERNATIVES.filter((name) => text(before[name]) !== text(after[name])),
    ...(direction === 'request' && allowsMore(wide, narrow) ? ['additionalProperties' as const] : []),
  ]
    .map((name) => `${where}: ${from(name)}`)
    .concat(
      properties.flatMap((name) => propertyChanges(`${where}.${name}`, name, before, after, direction)),
      before.items || after.items ? schemaChanges(`${where}[]`, before.items, after.items, direction) : [],
    );
}

function propertyChanges(
  where: string,
  name: string,
  before: Schema,
  after: Schema,
  direction: Direction,
): string[] {
  const [old, changed] = [before.properties?.[name], after.properties?.[name]];
  const wasRequired = before.required?.includes(name) === true;
  const isRequired = after.required?.includes(name) === true;
  if (changed === undefined) return [`${where}: is gone`];
  return [
    ...(direction === 'request' && isRequired && !wasRequired ? [`${where}: is required now`] : []),
    ...(direction === 'response' && wasRequired && !isRequired ? [`${where}: may be absent now`] : []),
    ...(old === undefined ? [] : schemaChanges(where, old, changed, direction)),
  ];
}

/** Whether all of type `a` is of type `b`; without a type it may be anything. */
function isSubtype(a: string | undefined, b: string | undefined): boolean {
  return b === undefined || a === b || (a === 'integer' && b === 'number');
}

function isSubset(a: readonly unknown[] | undefined, b: readonly unknown[] | undefined): boolean {
  return b === undefined || (a !== undefined && a.every((value) => b.includes(value)));
}

function allowsMore(wide: Schema, narrow: Schema): boolean {
  return narrow.additionalProperties === false && wide.additionalProperties !== false;
}

function text(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value);
}
