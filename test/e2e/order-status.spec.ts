import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  databaseUrl,
  describeWithKafkaAndPostgres,
  kafkaBrokers,
} from '../../packages/delivery/test/support/requirements.js';
import { readEvents } from '../support/event-reader.js';
import { Installation } from '../support/installation.js';

describeWithKafkaAndPostgres('an API and consumers, asked at the Location of an order', () => {
  let service: Installation;
  beforeEach(async () => {
    const environment = { RETRY_INITIAL_MS: '4000' };
    service = await Installation.start({ brokers: kafkaBrokers, databaseUrl, environment }, 2);
    await service.settled();
  }, 90_000);
  afterEach(() => service.stop());

  const send = async (orderId: string, product: string) =>
    (await service.post({ orderId, product })).headers.get('location') ?? '';
  const get = (location: string, prefer = '') =>
    fetch(service.url + location, { headers: { Prefer: prefer } });

  it('tell that it is pending, hold a response until it is processed, and stream its steps', async () => {
    const location = await send('one', 'slow-3000');
    const pending = await (await get(location)).json();
    expect(pending).toMatchObject({ orderId: 'one', status: 'pending', offset: '0', ahead: 0 });

    const waiting = get(location, 'wait=20');
    const statuses: unknown[] = [];
    const events = await fetch(service.url + location.replace('?', '/Events?'));
    for await (const { data } of readEvents(events.body)) statuses.push((data as { status: string }).status);

    expect(statuses).toEqual(['pending', 'processed']);
    const waited = await waiting;
    expect(waited.headers.get('preference-applied')).toBe('wait=20');
    expect(await waited.json()).toMatchObject({ orderId: 'one', status: 'processed' });
  }, 60_000);

  it('stream the attempts that failed before it was processed', async () => {
    const location = await send('one', 'fail-1');
    const events = await fetch(service.url + location.replace('?', '/Events?'));
    const steps: unknown[] = [];
    for await (const { event, data } of readEvents(events.body)) steps.push({ event, data });

    expect(steps).toMatchObject([
      { event: 'status', data: { status: 'pending' } },
      {
        event: 'attempt',
        data: { attempt: 1, outcome: 'retried', error: 'the simulation fails this product' },
      },
      { event: 'status', data: { status: 'processed', attempt: 2 } },
    ]);
  }, 60_000);

  it('respond to whoever waits when the API is stopped, and its successor knows the order, too', async () => {
    const location = await send('one', 'slow-20000');
    const waiting = get(location, 'wait=30');
    const following = await fetch(service.url + location.replace('?', '/Events?'));
    const code = await service.replaceApi();

    expect(code).toBe(0);
    expect(await (await waiting).json()).toMatchObject({ status: 'pending' });
    expect(await following.text()).toMatch(/^retry: 2000\n\nevent: status\ndata: .*"pending".*\n\n$/);
    expect(await (await get(location)).json()).toMatchObject({ orderId: 'one', status: 'pending' });
  }, 60_000);
});
