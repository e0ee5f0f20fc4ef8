import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findFreePorts } from '../../dev-servers/free-ports.js';
import { ImportClient, withIds } from '../import-client.js';
import { UuidGenerator } from '../../../src/infrastructure/system/uuid-generator.js';
import { Random } from '../../../packages/delivery/test/simulation/random.js';

/** Drops none, and takes the choice of this number. */
class Steady extends Random {
  constructor(private readonly choice: number) {
    super(1);
  }

  override chance(): boolean {
    return false;
  }

  override pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.choice] ?? choices[0];
  }
}
const [OWN_IDS, KEYED, NO_KEY] = [0, 1, 2];

interface Asked {
  readonly url: string;
  readonly key: string | string[] | undefined;
  readonly ids: readonly (string | undefined)[];
}

describe('a client that imports orders', () => {
  const asked: Asked[] = [];
  let answers: ((response: ServerResponse) => void)[];
  let server: Server;
  let client: ImportClient;

  const summary = (fields: object) => `${JSON.stringify({ summary: fields })}\n`;
  const clientWith = (choice: number): ImportClient => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new ImportClient(new Steady(choice), { url }, new AbortController().signal, 1);
  };
  const told = () => client.requests.map(({ orderId, answer }) => `${orderId}: ${answer}`);

  beforeEach(async () => {
    asked.length = 0;
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        const lines = body.trim().split('\n');
        const ids = lines.map((line) => (JSON.parse(line) as { orderId?: string }).orderId);
        asked.push({ url: request.url ?? '', key: request.headers['idempotency-key'], ids });
        answers.shift()?.(response);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = clientWith(OWN_IDS);
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

  it('knows the ids that are made of its key', async () => {
    client = clientWith(KEYED);
    answers = [(response) => response.end(summary({ complete: true }))];
    await client.import(1);

    expect(asked).toMatchObject([{ key: 'import-1', ids: [undefined] }]);
    expect(told()).toEqual([`${new UuidGenerator().derivedFrom('import-1:1')}: success`]);
  });

  it('resumes an import without a key under that of the response', async () => {
    client = clientWith(NO_KEY);
    answers = [
      (response) => {
        response.setHeader('Idempotency-Key', 'made').flushHeaders();
        response.socket?.end();
      },
      (response) => response.end(summary({ complete: true })),
    ];
    await client.import(1);

    expect(asked).toMatchObject([{ key: undefined }, { key: 'made' }]);
  });

  it('does not resume an import without a key when no response came', async () => {
    client = clientWith(NO_KEY);
    answers = [(response) => response.destroy()];
    await client.import(1);

    expect(told()).toEqual([': unknown']);
    expect(asked).toHaveLength(1);
  });

  it('finds the ids of an import without a key in the topic, each content under one', () => {
    const request = (content: string, orderId = '') => ({ orderId, content, answer: 'success' as const });
    const log = ['a', 'b'].map((orderId) => ({ order: { orderId, content: 'line 1' } }));

    expect(withIds([request('line 1'), request('line 2'), request('tea', 'c')], log)).toEqual([
      request('line 1', 'a'),
      request('line 2', 'line 2'),
      request('tea', 'c'),
    ]);
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
    client = new ImportClient(new Steady(OWN_IDS), { url }, AbortSignal.abort(), 1);
    await client.import(1);

    expect(told()).toEqual(['import-1-1: refused']);
  });
});

function problemOf(name: string) {
  return (response: ServerResponse): void => {
    response.writeHead(503).end(JSON.stringify({ type: `urn:problem:${name}` }));
  };
}
