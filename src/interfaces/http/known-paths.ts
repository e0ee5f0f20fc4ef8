import type { RequestHandler } from 'express';
import { HttpRefusal } from './problem-details.js';
import type { OpenApi } from './served-api.js';

/**
 * Lets through what the API has: 404 for another path, 405 for another method. A path without parameters wins:
 * `GET /api/Order/Send` is a wrong method, not the order 'Send'. A path has one spelling, so that a rule of a proxy holds.
 */
export function knownPaths(paths: OpenApi['paths']): RequestHandler {
  const methodsOfPath = new Map<string, readonly string[]>();
  const templates: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  for (const [path, operations] of Object.entries(paths)) {
    const methods = methodsOf(operations);
    const pattern = path.replaceAll(PARAMETER, '[^/]+');
    if (pattern === path) methodsOfPath.set(path, methods);
    else templates.push({ pattern: new RegExp(`^${pattern}$`), methods });
  }
  return ({ path, method }, response, next) => {
    const methods = methodsOfPath.get(path) ?? templates.find(({ pattern }) => pattern.test(path))?.methods;
    if (methods === undefined) throw new HttpRefusal(UNKNOWN_PATH);
    if (method === 'OPTIONS') response.set('Allow', methods.join(', ')).status(204).end();
    else if (methods.includes(method)) next();
    else throw methodNotAllowed(methods.join(', '));
  };
}

const PARAMETER = /\{\w+\}/g;
const UNKNOWN_PATH = {
  name: 'unknown-path',
  detail: 'There is nothing here; see /swagger/index.html.',
} as const;

function methodsOf(operations: object): string[] {
  const methods = Object.keys(operations).map((method) => method.toUpperCase());
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
}

function methodNotAllowed(allow: string): HttpRefusal {
  const detail = `Use one of the methods ${allow}.`;
  return new HttpRefusal({ name: 'method-not-allowed', detail, headers: { Allow: allow } });
}
