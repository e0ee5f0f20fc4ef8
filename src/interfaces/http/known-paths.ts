import { Router } from 'express';
import { HttpRefusal } from './problem-details.js';
import type { OpenApi } from './served-api.js';

/**
 * Lets through what the API has: 404 for another path, 405 for another method. The first path that matches counts:
 * `GET /api/Order/Send` is a wrong method, not the order 'Send'. A path has one spelling, so that a rule of a proxy holds.
 */
export function knownPaths(paths: OpenApi['paths']): Router {
  const router = Router({ caseSensitive: true, strict: true });
  for (const [path, operations] of Object.entries(paths)) {
    const allowed = methodsOf(operations);
    router.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), (request, response, next) => {
      if (request.method === 'OPTIONS') {
        response.set('Allow', allowed.join(', ')).status(204).end();
      } else if (allowed.includes(request.method)) {
        next('router');
      } else {
        throw methodNotAllowed(allowed.join(', '));
      }
    });
  }
  router.use(() => {
    throw new HttpRefusal({
      name: 'unknown-path',
      detail: 'There is nothing here; see /swagger/index.html.',
    });
  });
  return router;
}

function methodsOf(operations: object): string[] {
  const methods = Object.keys(operations).map((method) => method.toUpperCase());
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
}

function methodNotAllowed(allow: string): HttpRefusal {
  const detail = `Use one of the methods ${allow}.`;
  return new HttpRefusal({ name: 'method-not-allowed', detail, headers: { Allow: allow } });
}
