import type { Request, RequestHandler } from 'express';
import { HttpProblem } from '../problems/problem-details.js';

export interface Operation {
  readonly parameters?: readonly Parameter[];
  /** One of these is needed; without any everybody may. */
  readonly 'x-roles'?: readonly string[];
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema?: { readonly pattern?: string; readonly $ref?: string };
}

/** By their methods, in lower case. */
type Operations = Readonly<Record<string, Operation>>;

/** An operation, and the template of its path. */
interface Known {
  readonly operation: Operation;
  readonly template: string;
}

/** As in the OpenAPI document. */
export type Paths = Readonly<Record<string, Operations>>;

declare module 'express-serve-static-core' {
  interface Request {
    /** What the API does at this path with this method. */
    operation?: Operation;
    /** Such as `/orders/{id}`. */
    pathTemplate?: string;
  }
}

const PARAMETER = /\{(\w+)\}/g;
const UNKNOWN_PATH = {
  name: 'unknown-path',
  detail: 'There is nothing here; see /swagger/index.html.',
} as const;

/**
 * Lets through what the API has: 404 for another path, 405 for another method. A path has one spelling, so that a rule of a
 * proxy holds: Express ignores the case and a slash at the end. `onKnown` is told of each that is let through.
 */
export function knownPaths(paths: Paths, onKnown?: (request: Request) => void): RequestHandler {
  const operationsAt = matchPaths(paths);
  return (request, response, next) => {
    const { path, method } = request;
    const operations = operationsAt(path);
    if (operations === undefined) throw new HttpProblem(UNKNOWN_PATH);
    const known = operations[method === 'HEAD' ? 'get' : method.toLowerCase()];
    if (known !== undefined) {
      request.operation = known.operation;
      request.pathTemplate = known.template;
      onKnown?.(request);
      next();
      return;
    }
    const allow = allowedMethods(Object.keys(operations));
    if (method === 'OPTIONS') response.set('Allow', allow).status(204).end();
    else throw methodNotAllowed(allow);
  };
}

/**
 * A path may match several templates, which share it by their methods: `POST /orders/send` beside `GET /orders/{id}`, unless no
 * id can be `send`. For the same method the path without parameters wins.
 */
function matchPaths(paths: Paths): (path: string) => Readonly<Record<string, Known>> | undefined {
  const templates = Object.entries(paths).map(([template, operations]) => {
    const known = Object.entries(operations).map(
      ([method, operation]) => [method, { operation, template }] as const,
    );
    const pattern = new RegExp(`^${template.replaceAll(PARAMETER, '(?<$1>[^/]+)')}$`);
    return { template, pattern, operations: Object.fromEntries(known) };
  });
  const merge = (path: string, isPossible: (operation: Operation, match: RegExpExecArray) => boolean) =>
    templates.reduce<Record<string, Known> | undefined>((merged, { pattern, operations }) => {
      const match = pattern.exec(path);
      if (match === null) return merged;
      const possible = Object.entries(operations).filter(([, known]) => isPossible(known.operation, match));
      return { ...merged, ...Object.fromEntries(possible) };
    }, undefined);
  const merged = new Map(
    templates.map(({ template, operations }) => [template, { ...merge(template, canMean), ...operations }]),
  );
  return (path) => merged.get(path) ?? merge(path, () => true);
}

/** Whether the values that a path has for the parameters of an operation can be any of it. */
function canMean({ parameters = [] }: Operation, { groups = {} }: RegExpExecArray): boolean {
  return parameters
    .filter(({ in: place }) => place === 'path')
    .every(({ name, schema }) => new RegExp(schema?.pattern ?? '', 'u').test(groups[name] ?? ''));
}

function allowedMethods(names: readonly string[]): string {
  const methods = names.map((name) => name.toUpperCase());
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
}

function methodNotAllowed(allow: string): HttpProblem {
  const detail = `Use one of the methods ${allow}.`;
  return new HttpProblem({ name: 'method-not-allowed', detail, headers: { Allow: allow } });
}
