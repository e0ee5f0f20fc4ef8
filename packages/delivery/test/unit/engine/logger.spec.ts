import { afterEach, expect, it, jest } from '@jest/globals';
import { consoleLogger } from '../../../src/engine/logger.js';

afterEach(() => {
  jest.restoreAllMocks();
});

it.each(['info', 'warn', 'error'] as const)('the logger by default writes %s to the console', (level) => {
  const written = jest.spyOn(console, level).mockReturnValue();
  consoleLogger[level]('x', { attempt: 1 });

  expect(written.mock.calls).toEqual([['x', { attempt: 1 }]]);
});

it('the logger by default writes no debug lines', () => {
  const written = jest.spyOn(console, 'debug').mockReturnValue();
  consoleLogger.debug('x');

  expect(written).not.toHaveBeenCalled();
});
