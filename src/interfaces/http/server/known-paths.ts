import type { RequestHandler } from 'express';
import { HttpProblem } from '../problems/problem-details.js';

export interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

/** By their methods, in lower case. */
type Operations = Readonly<Record<string, Operation>>;

/** As in the OpenAPI document. */
export type Paths = Readonly<Record<string, Operations>>;

declare module 'express-serve-static-core' {
  interface Request {
    /** What the API does at this path with this method. */
    operation?: Operation;
  }
}

const PARAMETER = /\{\w+\}/g;
const UNKNOWN_PATH = {
  name: 'unknown-path',
  detail: 'There is nothing here; see /swagger/index.html.',
} as const;

/**
 * Lets through what the API has: 404 for another path, 405 for another method. A path has one spelling, so that a rule of a
 * proxy holds: Express ignores the case and a slash at the end.
 */
export function knownPaths(paths: Paths): RequestHandler {
  const operationsAt = matchPaths(paths);
  return (request, response, next) => {
    const { path, method } = request;
    const operations = operationsAt(path);
    if (operations === undefined) throw new HttpProblem(UNKNOWN_PATH);
    const operation = operations[method === 'HEAD' ? 'get' : method.toLowerCase()];
    if (operation !== undefined) {
      request.operation = operation;
      next();
      return;
    }
    const allow = allowedMethods(Object.keys(operations));
    if (method === 'OPTIONS') response.set('Allow', allow).status(204).end();
    else throw methodNotAllowed(allow);
  };
}

/**
 * A path may match several templates, which share it by their methods: `POST /orders/send` beside `GET /orders/{id}`. For the
 * same method the path without parameters wins.
 */
function matchPaths(paths: Paths): (path: string) => Operations | undefined {
  const templates = Object.entries(paths).map(([template, operations]) => {
    return { pattern: new RegExp(`^${template.replaceAll(PARAMETER, '[^/]+')}$`), operations };
  });
  const merge = (path: string) =>
    templates
      .filter(({ pattern }) => pattern.test(path))
      .reduce<Operations | undefined>((merged, { operations }) => ({ ...merged, ...operations }), undefined);
  const merged = new Map(
    Object.entries(paths).map(([path, operations]) => [path, { ...merge(path), ...operations }]),
  );
  return (path) => merged.get(path) ?? merge(path);
}

function allowedMethods(names: readonly string[]): string {
  const methods = names.map((name) => name.toUpperCase());
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
}

function methodNotAllowed(allow: string): HttpProblem {
  const detail = `Use one of the methods ${allow}.`;
  return new HttpProblem({ name: 'method-not-allowed', detail, headers: { Allow: allow } });
}
