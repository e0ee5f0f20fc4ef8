import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Operator } from '../operator.js';
import { Random } from '../../../packages/delivery/test/simulation/random.js';
import { FulfilmentServer } from '../../../test/support/fulfilment-server.js';

/** Draws this percentage, and discards in bulk or not. */
class Loaded extends Random {
  constructor(
    private readonly percent: number,
    private readonly isBulk = false,
  ) {
    super(1);
  }

  override int(): number {
    return this.percent;
  }

  override chance(): boolean {
    return this.isBulk;
  }
}

describe('the operator of a chaos run', () => {
  const listed = [
    { id: '0-1', redriveCount: 0, key: { text: 'order-1' } },
    { id: '0-2', redriveCount: 0, key: { text: 'fail-until-repaired-2' } },
  ];
  const asked: string[] = [];
  let outcome: object | undefined;
  let deadLetters: object[];
  let server: Server;
  let fulfilment: FulfilmentServer;
  let operator: Operator;

  async function afterRound(percent: number, isBulk = false) {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    operator = new Operator(new Loaded(percent, isBulk), { url }, fulfilment);
    await operator.round();
    await operator.stop();
    return operator.operations.map(({ at: _at, ...operation }) => operation);
  }

  beforeEach(async () => {
    asked.length = 0;
    outcome = { matched: 1, resolved: 1 };
    deadLetters = listed;
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        asked.push(`${request.method} ${request.url?.replace('/api/DeadLetter', '').split('?')[0]} ${body}`);
        if (outcome === undefined) response.writeHead(503);
        response.end(JSON.stringify(request.method === 'GET' ? { deadLetters } : outcome));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    fulfilment = await FulfilmentServer.start({ min: 0, max: 1 });
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await Promise.all([once(server, 'close'), fulfilment.stop()]);
  });

  const ours = { orderId: 'fail-until-repaired-2', redriveCount: 0, atMost: 1 };

  it('discards some', async () => {
    expect(await afterRound(0)).toEqual([
      { ...ours, action: 'discard', answer: 'success', isRepaired: false, resolved: 1 },
    ]);
    expect(asked).toEqual(['GET  ', 'POST /Discard {"id":"0-2"}']);
    expect(operator.requests).toEqual([]);
  });

  it('redrives some as they are, which sends their orders once more', async () => {
    expect(await afterRound(25)).toEqual([
      { ...ours, action: 'redrive', answer: 'success', isRepaired: false, resolved: 1 },
    ]);
    expect(asked).toEqual(['GET  ', 'POST /Redrive {"id":"0-2"}']);
    expect(operator.requests).toEqual([
      { orderId: 'fail-until-repaired-2', content: 'fail-until-repaired', answer: 'success' },
    ]);
    expect(fulfilment.repaired.size).toBe(0);
  });

  it.each([
    ['some', 50, 0],
    ['what it redrove in vain', 25, 1],
  ])('repairs %s before it redrives', async (_what, percent, redriveCount) => {
    deadLetters = listed.map((each) => ({ ...each, redriveCount }));

    expect(await afterRound(percent)).toMatchObject([{ action: 'redrive', isRepaired: true, redriveCount }]);
    expect([...fulfilment.repaired]).toEqual(['fail-until-repaired-2']);
  });

  it('knows nothing of what was not done as far as it was told', async () => {
    outcome = { matched: 1, resolved: 0, failure: {} };

    expect(await afterRound(50)).toMatchObject([{ answer: 'unknown', resolved: 0, atMost: 1 }]);
    expect(operator.requests).toMatchObject([{ answer: 'unknown' }]);
  });

  it('discards in bulk what can not be read', async () => {
    deadLetters = [];
    outcome = { matched: 900, resolved: 300 };

    expect(await afterRound(0, true)).toEqual([
      { action: 'discard', answer: 'success', resolved: 300, atMost: 300 },
    ]);
    expect(asked).toEqual(['GET  ', 'POST /Discard {"reason":"invalid","olderThanSeconds":20,"limit":300}']);
  });

  it('does nothing while it can not list them', async () => {
    outcome = undefined;

    expect(await afterRound(0, true)).toEqual([]);
  });

  it('counts what is listed', async () => {
    outcome = { matched: 7, resolved: 0 };
    await afterRound(0);

    expect(await operator.count()).toBe(7);
  });
});
