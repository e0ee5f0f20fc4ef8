import type { RequestHandler } from 'express';
import { operationsAt, type Operations, type Paths } from './operations.js';
import { HttpRefusal } from '../problems/problem-details.js';

/**
 * Lets through what the API has: 404 for another path, 405 for another method. `GET /api/Order/Send` is a wrong method, not
 * the order 'Send'. A path has one spelling, so that a rule of a proxy holds.
 */
export function knownPaths(paths: Paths): RequestHandler {
  const at = operationsAt(paths);
  const methodsOfOperations = new Map(
    Object.values(paths).map((operations) => [operations, methodsOf(operations)]),
  );
  return ({ path, method }, response, next) => {
    const operations = at(path);
    const methods = operations && methodsOfOperations.get(operations);
    if (methods === undefined) throw new HttpRefusal(UNKNOWN_PATH);
    if (method === 'OPTIONS') response.set('Allow', methods.join(', ')).status(204).end();
    else if (methods.includes(method)) next();
    else throw methodNotAllowed(methods.join(', '));
  };
}

const UNKNOWN_PATH = {
  name: 'unknown-path',
  detail: 'There is nothing here; see /swagger/index.html.',
} as const;

function methodsOf(operations: Operations): string[] {
  const methods = Object.keys(operations).map((method) => method.toUpperCase());
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
}

function methodNotAllowed(allow: string): HttpRefusal {
  const detail = `Use one of the methods ${allow}.`;
  return new HttpRefusal({ name: 'method-not-allowed', detail, headers: { Allow: allow } });
}
