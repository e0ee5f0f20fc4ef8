import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FulfilmentServer, REPAIRABLE, UNAVAILABLE } from '../../../test/support/fulfilment-server.js';

const CALL_MS = 1_500;
/** `fetch` takes a 407 for a connection that failed. */
const STATUSES = UNAVAILABLE.filter((outage) => outage !== 'refuses' && outage !== '407');

describe('the fulfilment of a chaos run', () => {
  let server: FulfilmentServer;

  /** The status, or how the call failed. */
  async function call(product = 'tea', orderId = 'a'): Promise<number | string> {
    try {
      const response = await fetch(server.url, {
        method: 'POST',
        headers: { 'Idempotency-Key': 'a' },
        body: JSON.stringify({ orderId, product }),
        signal: AbortSignal.timeout(CALL_MS),
      });
      return response.status;
    } catch (error) {
      const { name, cause } = error as Error & { cause?: { name: string; code?: string } };
      // of which Node 24 says no code
      if (cause?.name === 'HTTPParserError') return cause.name;
      return cause?.code ?? name;
    }
  }

  beforeEach(async () => {
    server = await FulfilmentServer.start({ min: 0, max: 1 });
  });
  afterEach(() => server.stop());

  it.each(STATUSES)('responds with %s to every order', async (outage) => {
    await server.begin(outage);

    expect([await call(), await call('reject')]).toEqual([parseInt(outage), parseInt(outage)]);
    expect(server.done.size).toBe(0);
  });

  it.each([
    ['refuses', 'ECONNREFUSED'],
    ['drops', 'UND_ERR_SOCKET'],
    ['garbage', 'HTTPParserError'],
    ['hangs', 'TimeoutError'],
    ['407', 'TypeError'],
    ['500', 500],
  ] as const)('fails as a server that %s, until it recovers', async (outage, how) => {
    expect(await call()).toBe(204);
    await server.begin(outage);
    expect(await call()).toBe(how);
    await server.recover();
    expect(await call()).toBe(204);
    expect(server.done.get('a')).toBe(2);
  });

  it('says when to come again', async () => {
    await server.begin('503-retry-after');
    const response = await fetch(server.url, { method: 'POST', body: '{}' });

    expect(response.headers.get('Retry-After')).toBe('2');
  });

  it.each([
    ['fail', 500, 0],
    ['unavailable', 503, 0],
    ['reject', 422, 1],
    ['tea', 204, 1],
  ])('does with an order of %s what its product says', async (product, status, done) => {
    expect(await call(product)).toBe(status);
    expect(server.done.get('a') ?? 0).toBe(done);
  });

  it('takes an order after somebody repaired it', async () => {
    expect(await call(REPAIRABLE)).toBe(500);
    server.repaired.add('a');
    expect(await call(REPAIRABLE)).toBe(204);
  });

  it('notes an order under another one’s key', async () => {
    await call('tea', 'b');

    expect(server.misnamed).toEqual(['b under a']);
  });
});
