import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findFreePorts } from '../../../local/free-ports.js';
import { ImportClient } from '../../chaos/import-client.js';
import { Random } from '../../simulation/random.js';

/** Cuts none, and gives ids of its own. */
class Steady extends Random {
  override chance(probability: number): boolean {
    return probability === 0.5;
  }
}

interface Asked {
  readonly url: string;
  readonly key: string;
  readonly ids: readonly string[];
}

describe('a client that imports orders', () => {
  const asked: Asked[] = [];
  let answers: ((response: ServerResponse) => void)[];
  let server: Server;
  let client: ImportClient;

  const summary = (fields: object) => `${JSON.stringify({ summary: fields })}\n`;
  const told = () => client.requests.map(({ orderId, answer }) => `${orderId}: ${answer}`);

  beforeEach(async () => {
    asked.length = 0;
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        const lines = body.trim().split('\n');
        const ids = lines.map((line) => (JSON.parse(line) as { orderId: string }).orderId);
        asked.push({ url: request.url ?? '', key: String(request.headers['idempotency-key']), ids });
        answers.shift()?.(response);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = new ImportClient(new Steady(1), { url }, new AbortController().signal, 1);
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('knows that all were accepted but those that were refused', async () => {
    const problem = `${JSON.stringify({ line: 2, problem: {} })}\n`;
    answers = [(response) => response.end(problem + summary({ complete: true }))];
    await client.import(3);

    expect(told()).toEqual(['import-1-1: success', 'import-1-2: refused', 'import-1-3: success']);
    expect(client.imports).toEqual([{ lines: 3, accepted: 2, resumes: 0 }]);
  });

  it('goes on under the same key with what was not confirmed', async () => {
    answers = [
      (response) => response.end(summary({ complete: false, resumeAtLine: 2 })),
      (response) => response.end(summary({ complete: true })),
    ];
    await client.import(2);

    expect(asked).toEqual([
      { url: '/api/Order/Import?firstLine=1', key: 'import-1', ids: ['import-1-1', 'import-1-2'] },
      { url: '/api/Order/Import?firstLine=2', key: 'import-1', ids: ['import-1-2'] },
    ]);
    expect(told()).toEqual(['import-1-1: success', 'import-1-2: unknown', 'import-1-2: success']);
  });

  it.each([
    ['its connection is dropped', (response: ServerResponse) => response.destroy(), 'unknown'],
    ['there is no summary', (response: ServerResponse) => response.end('\n'), 'unknown'],
    ['the broker is unavailable', problemOf('broker-unavailable'), 'refused'],
    ['the queue is full', problemOf('overloaded'), 'refused'],
    ['it fails', problemOf('internal'), 'unknown'],
  ])('sends all of it again when %s', async (_what, fail, answer) => {
    answers = [fail, (response) => response.end(summary({ complete: true }))];
    await client.import(1);

    expect(told()).toEqual([`import-1-1: ${answer}`, 'import-1-1: success']);
    expect(client.imports).toEqual([{ lines: 1, accepted: 1, resumes: 1 }]);
  });

  it('knows that nothing was published where nobody listens', async () => {
    const [port] = await findFreePorts(1);
    const url = `http://127.0.0.1:${port}`;
    client = new ImportClient(new Steady(1), { url }, AbortSignal.abort(), 1);
    await client.import(1);

    expect(told()).toEqual(['import-1-1: refused']);
  });
});

function problemOf(name: string) {
  return (response: ServerResponse): void => {
    response.writeHead(503).end(JSON.stringify({ type: `urn:problem:${name}` }));
  };
}
