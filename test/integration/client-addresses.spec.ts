import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { startApi, type Api } from '../support/http-fixture.js';
import { statuses, times } from '../support/statuses.js';

const SEND = '/api/Order/Send';
const ORDER = { product: 'tea' };
/** In the 10 s of a window. */
const LIMIT = 20;
const PLACES = { imports: 2, orderStreams: 2, liveStreams: 2, waits: 2 };

let api: Api;
/** Nobody is asked who they are. */
const start = async (trustedProxies = 0) => {
  const clientLimits = { requestsPerSecond: LIMIT / 10, ...PLACES, now: () => 0 };
  api = await startApi({ clientLimits, trustedProxies });
};
afterEach(() => api.close());

const send = (headers?: Record<string, string>) => api.client.post(SEND, ORDER, headers);
const from = (addresses: string) => ({ 'X-Forwarded-For': addresses });

describe('where nobody has proven a name', () => {
  /** From another address of this machine. */
  async function sendFrom(localAddress: string, headers = {}): Promise<IncomingMessage> {
    const request = httpRequest(api.url + SEND, {
      ...{ method: 'POST', localAddress, agent: false },
      headers: { 'Content-Type': 'application/json', ...headers },
    });
    request.end(JSON.stringify(ORDER));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    return response;
  }

  it('all requests of an address count together, and those of another do not', async () => {
    await start();

    expect(await statuses(LIMIT + 1, () => send())).toEqual([...times(LIMIT, 202), 429]);
    expect((await sendFrom('127.0.0.2')).statusCode).toBe(202);
  });

  it('X-Forwarded-For changes nothing', async () => {
    await start();
    let n = 0;

    const found = await statuses(LIMIT + 1, () => send(from(`198.51.100.${n++}`)));
    expect(found).toEqual([...times(LIMIT, 202), 429]);
  });

  it('behind one proxy the address counts that this has added, and none before it', async () => {
    await start(1);
    let n = 0;

    const found = await statuses(LIMIT + 1, () => send(from(`198.51.100.${n++}, 203.0.113.7`)));
    expect(found).toEqual([...times(LIMIT, 202), 429]);
    expect((await send(from('203.0.113.8'))).status).toBe(202);
    expect((await send(from('203.0.113.7'))).status).toBe(429);
  });

  it('behind two proxies the address counts that the first has added', async () => {
    await start(2);
    await statuses(LIMIT, () => send(from('203.0.113.7, 10.0.0.1')));

    expect((await send(from('203.0.113.7, 10.0.0.2'))).status).toBe(429);
    expect((await send(from('203.0.113.8, 10.0.0.1'))).status).toBe(202);
  });

  it('what is no address there counts for the connection', async () => {
    await start(1);
    let n = 0;

    const found = await statuses(LIMIT + 1, () => send(from(`anything-${n++}`)));
    expect(found).toEqual([...times(LIMIT, 202), 429]);
  });

  it('the addresses of one IPv6 customer count together, and IPv4 ones never do', async () => {
    await start(1);
    let n = 0;

    const found = await statuses(LIMIT + 1, () => send(from(`2001:db8:1:2${10 + n}::${n++}`)));
    expect(found).toEqual([...times(LIMIT, 202), 429]);
    expect((await send(from('2001:db8:1:300::1'))).status).toBe(202);
    await statuses(LIMIT, () => send(from('::ffff:203.0.113.7')));
    expect((await send(from('::ffff:203.0.113.7'))).status).toBe(429);
    expect((await send(from('::ffff:203.0.113.8'))).status).toBe(202);
  });
});
