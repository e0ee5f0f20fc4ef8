import { describe, expect, it, jest } from '@jest/globals';
import type { Request, Response } from 'express';
import { knownPaths } from '../../../../src/interfaces/http/server/known-paths.js';

const check = knownPaths({ '/orders/{id}': { get: {} }, '/orders/send': { post: {} } });

describe('a path without parameters', () => {
  it('wins over one with a parameter, wherever the document has it', () => {
    const next = jest.fn();
    const ask = (method: string) => check({ path: '/orders/send', method } as Request, {} as Response, next);

    ask('POST');
    expect(next).toHaveBeenCalledTimes(1);
    expect(() => ask('GET')).toThrow(
      expect.objectContaining({
        problem: expect.objectContaining({ name: 'method-not-allowed' }) as unknown,
      }),
    );
  });
});
