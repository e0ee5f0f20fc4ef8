import type { FieldFault } from '../problems/problem-details.js';

export interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

/** By their methods, in lower case. */
export type Operations = Readonly<Record<string, Operation>>;

export type Paths = Readonly<Record<string, Operations>>;

const PARAMETER = /\{\w+\}/g;

/** Finds what the API has at a path. One without parameters wins: `/api/Order/Send` is not the order 'Send'. */
export function operationsAt(paths: Paths): (path: string) => Operations | undefined {
  const operationsOfPath = new Map<string, Operations>();
  const templates: { readonly pattern: RegExp; readonly operations: Operations }[] = [];
  for (const [path, operations] of Object.entries(paths)) {
    const pattern = path.replaceAll(PARAMETER, '[^/]+');
    if (pattern === path) operationsOfPath.set(path, operations);
    else templates.push({ pattern: new RegExp(`^${pattern}$`), operations });
  }
  return (path) =>
    operationsOfPath.get(path) ?? templates.find(({ pattern }) => pattern.test(path))?.operations;
}

/** Where a request has the field of that name: what is no parameter of its operation is a part of the body. */
export function placeIn(operation: Operation | undefined, field: string): FieldFault['in'] {
  const parameter = operation?.parameters?.find(({ name }) => name === field);
  return (parameter?.in as FieldFault['in'] | undefined) ?? 'body';
}
