import { expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { UuidGenerator } from '../../../../src/infrastructure/system/uuid-generator.js';
import { createHttpApp } from '../../../../src/interfaces/http/http-app.js';
import { silentLogger } from '../../../../packages/delivery/src/contract/silent-logger.js';

const appThat = (serves: 'api' | 'health') =>
  createHttpApp({
    controllers: {
      get: () => {
        throw new Error('not asked for');
      },
    },
    ids: new UuidGenerator(),
    logger: silentLogger,
    serves,
    operations: true,
  });

it.each([
  ['api', 'POST', '/api/Order/Import', true],
  ['api', 'POST', '/api/Order/Import?firstLine=2', true],
  ['api', 'POST', '/api/Order/Import/', false],
  ['api', 'POST', '/api/Order/Send', false],
  ['api', 'GET', '/api/Order/Import', false],
  ['api', 'PUT', '/api/Order/Import', false],
  ['health', 'POST', '/api/Order/Import', false],
] as const)('what serves %s: whether %s %s has no time-out is %s', (serves, method, url, hasNone) => {
  expect(appThat(serves).hasNoTimeout?.({ method, url } as IncomingMessage)).toBe(hasNone);
});
