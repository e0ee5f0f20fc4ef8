import { describe, expect, it, jest } from '@jest/globals';
import type { Request, Response } from 'express';
import type { HttpProblem } from '../../../../src/interfaces/http/problems/problem-details.js';
import { knownPaths, type Operation } from '../../../../src/interfaces/http/server/known-paths.js';

const find: Operation = { parameters: [{ name: 'id', in: 'path' }] };
const replaceOne: Operation = {};
const send: Operation = {};
const replaceAll: Operation = {};
const show: Operation = { parameters: [{ name: 'number', in: 'path', schema: { pattern: '^\\d+$' } }] };
const check = knownPaths({
  '/orders/{id}': { get: find, put: replaceOne },
  '/orders/send': { post: send, put: replaceAll },
  '/letters/{number}': { get: show },
  '/letters/discard': { post: send },
});

/** The operation that is let through, or the problem. */
function operationFor(method: string, path: string): Operation | HttpProblem | undefined {
  const request = { path, method } as Request;
  const next = jest.fn();
  try {
    check(request, {} as Response, next);
  } catch (error) {
    return error as HttpProblem;
  }
  expect(next).toHaveBeenCalledTimes(1);
  return request.operation;
}

describe('a path that matches several templates', () => {
  it.each([
    ['GET', find],
    ['HEAD', find],
    ['POST', send],
  ])('has the methods of all of them: %s', (method, operation) => {
    expect(operationFor(method, '/orders/send')).toBe(operation);
  });

  it('is the one without parameters when both have the method, wherever the document has it', () => {
    expect(operationFor('PUT', '/orders/send')).toBe(replaceAll);
    expect(operationFor('PUT', '/orders/1')).toBe(replaceOne);
  });

  it.each([
    ['/orders/send', 'GET, PUT, POST, HEAD, OPTIONS'],
    ['/orders/1', 'GET, PUT, HEAD, OPTIONS'],
    ['/letters/discard', 'POST, OPTIONS'],
    ['/letters/other', 'GET, HEAD, OPTIONS'],
  ])('%s allows no method that none of them has', (path, allow) => {
    expect(operationFor('DELETE', path)).toMatchObject({
      problem: { name: 'method-not-allowed', headers: { Allow: allow } },
    });
  });
});
