import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { InMemoryFeed } from '../../packages/delivery/src/in-memory/in-memory-feed.js';
import { TOKENS } from '../../src/bootstrap/tokens.js';
import { LiveClient } from '../support/live-client.js';
import { MeteredService } from '../support/metered-service.js';

let service: MeteredService;
const clients: LiveClient[] = [];
const sockets: Socket[] = [];

const start = async (environment: Record<string, string> = {}) => {
  service = await MeteredService.start({ REPLICAS: '5', RETRY_INITIAL_MS: '10', ...environment });
};
const watch = async (lastEventId?: string) => {
  const client = await LiveClient.open(service.client.url, lastEventId);
  clients.push(client);
  return client;
};
const ask = (replica: string, action: string, body: unknown = {}) =>
  service.client.post(`/api/Replica/${replica}/${action}`, body);
/** Where there is nothing. */
const statusOf = async (path: string, init?: RequestInit) =>
  (await fetch(service.client.url + path, init)).status;

afterEach(async () => {
  jest.restoreAllMocks();
  for (const client of clients.splice(0)) client.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  await service.stop();
});

describe('GET /api/Live', () => {
  beforeEach(() => start());

  it('shows five replicas with a partition each, and what they do with orders', async () => {
    const client = await watch();
    expect(client.response.headers['content-type']).toMatch('text/event-stream');
    await client.sees('five at work', ({ replicas }) => {
      const isAtWork = replicas.every((each) => each.state === 'working' && each.partitions.length === 1);
      return replicas.length === 5 && isAtWork;
    });
    for (const product of ['Espresso machine', 'reject', 'fail-2']) await service.send(product);
    const view = await client.sees('what became of them', ({ replicas }) => {
      const outcomes = replicas.flatMap(({ recent }) => recent.map(({ outcome }) => outcome));
      return String(outcomes.toSorted()) === 'processed,processed,rejected,retried,retried';
    });
    expect(view.service).toMatchObject({
      role: 'all',
      messaging: 'in-memory',
      actions: ['pause', 'resume', 'stop', 'kill', 'start'],
    });
    await client.sees('the totals', ({ totals }) => totals.retries === 2 && totals.pending === 0);
    await client.sees('a history', ({ history }) => history.points.length > 1);
  });

  it('sends what changed, four times a second at most, and nothing of what did not', async () => {
    const client = await watch();
    await client.sees('all at work', ({ replicas }) => replicas.every(({ state }) => state === 'working'));
    const from = performance.now();
    const before = client.events.length;
    for (let n = 0; n < 100; n++) await service.send();
    await client.sees('a point more', ({ history }) => history.points.length > 1);
    const seconds = (performance.now() - from) / 1_000;
    expect(client.events.length - before).toBeLessThanOrEqual(Math.ceil(seconds * 4) + 1);
    expect(client.events.filter(({ event }) => event === 'snapshot')).toHaveLength(1);
  });

  it('goes on after the event that a browser had last, or begins anew', async () => {
    const first = await watch();
    await first.sees('all at work', ({ replicas }) => replicas.every(({ state }) => state === 'working'));
    const id = first.lastEventId;
    first.close();
    const again = await watch(id);
    await waitFor('an event', () => again.events.length > 0);
    expect(again.events[0]?.event).toBe('update');
    const other = await watch('of-another-process-7');
    await waitFor('an event', () => other.events.length > 0);
    expect(other.events[0]?.event).toBe('snapshot');
  });

  it('has room for a hundred, and says so to the next', async () => {
    for (let n = 0; n < 100; n++) await watch();
    const refused = await service.client.get('/api/Live');
    expect(refused.status).toBe(503);
    expect(refused.text).toContain('overloaded');
    for (const client of clients.splice(0)) client.close();
    await waitFor('room', async () => (await watch()).response.statusCode === 200);
  });

  it('ends with the process, which does not wait for it', async () => {
    const client = await watch();
    const startedAt = performance.now();
    await service.stop();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await waitFor('the end', () => client.hasEnded);
  });

  it('leaves out updates for a browser that reads nothing, and sends a snapshot when it reads again', async () => {
    const { hostname, port } = new URL(service.client.url);
    const slow = connect(Number(port), hostname);
    sockets.push(slow);
    slow.write('GET /api/Live HTTP/1.1\r\nHost: here\r\n\r\n');
    let text = '';
    slow.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await waitFor('the first event', () => text.includes('event: snapshot'));
    slow.pause();
    const quick = await watch();
    let sent = 0;
    while (quick.events.length < 40 && sent < 20_000) {
      await Promise.all(Array.from({ length: 50 }, () => service.send('x'.repeat(200))));
      sent += 50;
    }
    const missedUntil = Number(quick.lastEventId?.split('-').at(-1));
    const snapshots = () => text.split('event: snapshot').length - 1;
    slow.resume();
    // the system's buffers may have held all of it: then nothing was left out
    await waitFor('what is newest', () => text.includes(`-${missedUntil + 1}\nevent: `));
    const updates = text.split('event: update').length - 1;
    expect(snapshots() > 1 || updates >= 40).toBe(true);
  }, 60_000);
});

describe('a replica that is asked', () => {
  it('pauses and goes on, and logs who asked', async () => {
    await start();
    const client = await watch();
    await client.sees('all at work', ({ replicas }) => replicas.every(({ state }) => state === 'working'));
    const state = (id: string, is: string) =>
      client.sees(`${id} ${is}`, ({ replicas }) => replicas.find((each) => each.id === id)?.state === is);
    expect((await ask('here-2', 'Pause', { by: 'Ada' })).status).toBe(202);
    await state('here-2', 'paused');
    expect(client.view?.replicas.filter(({ state }) => state === 'paused')).toHaveLength(1);
    expect((await ask('here-2', 'Resume')).status).toBe(202);
    await state('here-2', 'working');
    const lines = service.logger.lines.filter(({ message }) => message.endsWith('by its operator'));
    expect(lines).toMatchObject([
      { level: 'warn', message: 'replica paused by its operator', fields: { replica: 'here-2' } },
      { message: 'replica resumed by its operator' },
    ]);
    expect(lines[0]?.fields).toMatchObject({ askedBy: expect.stringMatching(/^Ada \(.*127\.0\.0\.1\)$/) });
  });

  it.each(['Stop', 'Kill'])(
    'ends by %s, and others have its partition; started again it has one',
    async (how) => {
      await start();
      const client = await watch();
      await client.sees('all at work', ({ replicas }) => replicas.every(({ state }) => state === 'working'));
      const partitions = (id: string) =>
        client.view?.replicas.find((each) => each.id === id)?.partitions ?? [];
      expect((await ask('here-2', how)).status).toBe(202);
      await client.sees('the others with all of them', ({ replicas }) => {
        const owned = replicas.flatMap((each) => each.partitions.map(({ partition }) => partition));
        return replicas.some(({ state }) => state === 'stopped') && owned.sort().join() === '0,1,2,3,4';
      });
      expect(partitions('here-2')).toEqual([]);
      expect((await service.client.get('/health/ready')).text).not.toContain('here-2');
      const started = await service.client.post('/api/Replica/Start', { by: 'Ada' });
      expect(started).toMatchObject({ status: 202, json: { replica: 'here-2' } });
      await client.sees('five at work', ({ replicas }) => {
        return replicas.every((each) => each.state === 'working' && each.partitions.length === 1);
      });
      expect((await ask('here-2', 'Pause')).status).toBe(202);
      await client.sees('it paused', ({ replicas }) => replicas.some(({ state }) => state === 'paused'));
      const lines = service.logger.lines.filter(({ message }) => message.endsWith('by its operator'));
      expect(lines.map(({ message }) => message)).toEqual([
        how === 'Stop' ? 'replica stopped by its operator' : 'replica killed by its operator',
        'replica started by its operator',
        'replica paused by its operator',
      ]);
      expect(lines.every(({ fields }) => fields['replica'] === 'here-2')).toBe(true);
      expect((await service.scrape()).value('delivery_partitions_assigned')).toBe(5);
    },
  );

  it('is refused where there are too many already', async () => {
    await start({ REPLICAS: '1' });
    for (let count = 1; count < 20; count++) {
      expect((await service.client.post('/api/Replica/Start', {})).status).toBe(202);
    }
    const refused = await service.client.post('/api/Replica/Start', {});
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('too-many-replicas');
  });

  it.each<[string, string, unknown, number, string]>([
    ['that nobody knows', 'nobody', {}, 404, 'unknown-replica'],
    ['by somebody without a name', 'here-1', { by: '' }, 400, 'invalid-request'],
    ['with something that is not known', 'here-1', { force: true }, 400, 'invalid-request'],
  ])('%s does nothing', async (_what, replica, body, status, problem) => {
    await start();
    await (await watch()).sees('the replicas', ({ replicas }) => replicas.length === 5);
    const response = await ask(replica, 'Pause', body);
    expect([response.status, response.text]).toEqual([status, expect.stringContaining(problem)]);
  });

  it('whose command the broker does not take is not asked, and the response says so', async () => {
    await start();
    await (await watch()).sees('the replicas', ({ replicas }) => replicas.length === 5);
    jest.spyOn(InMemoryFeed.prototype, 'append').mockResolvedValue(false);
    const { status, text } = await ask('here-1', 'Pause');
    expect([status, text]).toEqual([503, expect.stringContaining('replicas-unreachable')]);
  });

  it('and fails has its error in the log alone', async () => {
    await start();
    await (await watch()).sees('the replicas', ({ replicas }) => replicas.length === 5);
    const failure = new Error('secret of the machine');
    jest.spyOn(InMemoryFeed.prototype, 'append').mockRejectedValue(failure);
    jest.spyOn(service.container.get(TOKENS.replicas), 'add').mockImplementation(() => {
      throw failure;
    });
    for (const path of ['here-1/Pause', 'Start']) {
      const { status, text } = await service.client.post(`/api/Replica/${path}`, {});
      expect([path, status, text]).toEqual([path, 500, expect.stringContaining('internal-error')]);
      expect(text).not.toContain('secret');
    }
    const logged = service.logger.lines.filter(({ message }) => message === 'request failed');
    expect(logged.map(({ fields }) => fields['error'])).toEqual([failure, failure]);
  });

  it.each(['here-1/Pause', 'Start'])('with more than 64 KiB is refused: %s', async (path) => {
    await start();
    const { status, text } = await service.client.post(`/api/Replica/${path}`, { by: 'a'.repeat(65_536) });
    expect([status, text]).toEqual([413, expect.stringContaining('payload-too-large')]);
  });

  it('by a page of another site does nothing: that can’t send JSON', async () => {
    await start();
    const url = `${service.client.url}/api/Replica/here-1/Pause`;
    const plain = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: '{}' });
    const empty = await fetch(url, { method: 'POST' });
    expect([plain.status, empty.status]).toEqual([415, 400]);
  });

  it('where actions are off does nothing, and the response says which variable', async () => {
    await start({ PAGE_ACTIONS: 'off' });
    const { status, text } = await ask('here-1', 'Pause');
    expect(status).toBe(403);
    expect(text).toContain('PAGE_ACTIONS=on');
  });

  it('where only pausing is on does not end, and none is started', async () => {
    await start({ PAGE_ACTIONS: 'on' });
    const client = await watch();
    await client.sees('all at work', ({ replicas }) => replicas.every(({ state }) => state === 'working'));
    expect(client.view?.service.actions).toEqual(['pause', 'resume']);
    for (const { status, text } of [await ask('here-1', 'Stop'), await ask('here-1', 'Kill')]) {
      expect([status, text]).toEqual([403, expect.stringContaining('PAGE_ACTIONS=all')]);
    }
    expect((await service.client.post('/api/Replica/Start', {})).status).toBe(403);
  });

  it('for something else does nothing', async () => {
    await start();
    expect((await ask('here-1', 'Explode')).status).toBe(400);
  });
});

it('without the page there is nothing of it', async () => {
  await start({ PAGE: 'off' });
  expect(await statusOf('/api/Live')).toBe(404);
  expect(await statusOf('/api/Replica/here-1/Pause', { method: 'POST' })).toBe(404);
  const document = await fetch(`${service.client.url}/swagger/swagger.json`);
  expect(await document.text()).not.toContain('/api/Live');
});
