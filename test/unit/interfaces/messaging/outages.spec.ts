import { describe, expect, it } from '@jest/globals';
import { FulfilmentFailed, FulfilmentUnavailable } from '../../../../src/application/ports/fulfilment.js';
import type { Order } from '../../../../src/domain/order/order.js';
import { FiveReplicas } from '../../../support/five-replicas.js';

const FULFILLED = { kind: 'fulfilled' } as const;
const TIMEOUT_MS = 10_000;
const SECOND = 1_000;

/** What fulfilment does with an order while it is unavailable. */
type Way = (replicas: FiveReplicas) => Promise<never>;

const unavailable: Way = () =>
  Promise.reject(new FulfilmentUnavailable('fulfilment responded 503: check whether it is up'));
const failing: Way = () => Promise.reject(new FulfilmentFailed('fulfilment responded 500'));
const hanging: Way = ({ timers }) =>
  new Promise((_, reject) => timers.after(TIMEOUT_MS, () => reject(new FulfilmentFailed('no response'))));

let isDown = false;

/** Five replicas whose fulfilment works, save as `way` says of an order. */
async function replicasWith(
  way: Way,
  affects: (order: Order) => boolean = () => isDown,
  random?: () => number,
): Promise<FiveReplicas> {
  isDown = false;
  const replicas: FiveReplicas = new FiveReplicas(
    (order) => (affects(order) ? way(replicas) : Promise.resolve(FULFILLED)),
    random,
  );
  await replicas.start();
  return replicas;
}

describe('an outage of fulfilment for 60 s, with one order a second over five replicas', () => {
  const ways: [string, Way][] = [
    ['is unavailable', unavailable],
    ['fails', failing],
    ['does not respond', hanging],
  ];
  const randoms = [0, 0.5, 0.999];

  it.each(ways.flatMap(([what, way]) => randoms.map((random) => [what, random, way] as const)))(
    'that %s, with a random number of %d: dead-letters and rejects nothing, and all is processed within 10 s of its end',
    async (_what, random, way) => {
      const replicas = await replicasWith(way, undefined, () => random);
      await replicas.sendOneEachSecond(10);
      isDown = true;
      await replicas.sendOneEachSecond(60);
      isDown = false;
      await replicas.sendOneEachSecond(10);

      expect(await replicas.deadLettered()).toEqual([]);
      expect(await replicas.statuses()).toEqual({ processed: 80 });
    },
  );
});

describe('an outage of fulfilment', () => {
  it('with one order only: it waits, no attempt is counted, and it is processed within 2 s of its end', async () => {
    const replicas = await replicasWith(unavailable);
    isDown = true;
    replicas.send('alone', 0);
    await replicas.timers.pass(300 * SECOND);
    isDown = false;
    await replicas.timers.pass(2 * SECOND);

    expect(await replicas.statuses()).toEqual({ processed: 1 });
    expect(replicas.logger.lines.filter(({ message }) => message === 'order processed')).toMatchObject([
      { fields: { attempt: 1 } },
    ]);
    expect(replicas.timesOpened).toBe(1);
  });

  it('says in the readiness of each replica where something waits what to look at', async () => {
    const replicas = await replicasWith(unavailable);
    isDown = true;
    replicas.send('waits', 0);
    await replicas.timers.pass(SECOND);

    const states = await Promise.all(replicas.engines.slice(0, 2).map((engine) => engine.check()));
    expect(states).toEqual([
      { status: 'down', detail: 'circuit breaker open: fulfilment responded 503: check whether it is up' },
      { status: 'up', detail: 'partitions 1' },
    ]);
  });

  it('that some orders still get past at its beginning costs the others few attempts', async () => {
    // those that were in flight end well in the first two seconds of the outage
    const replicas = await replicasWith(
      unavailable,
      ({ state: { product } }) => isDown && product !== 'straggler',
    );
    isDown = true;
    for (let number = 0; number < 20; number++) replicas.send(`waits-${number}`, 0);
    for (let number = 0; number < 20; number++) {
      replicas.send(`straggler-${number}`, 0, 'straggler');
      await replicas.timers.pass(100);
    }
    await replicas.timers.pass(300 * SECOND);
    isDown = false;
    await replicas.timers.pass(70 * SECOND);

    expect(await replicas.statuses()).toEqual({ processed: 40 });
    const attempts = replicas.logger.lines
      .filter(({ message }) => message === 'order processed')
      .map(({ fields }) => Number(fields['attempt']));
    expect(Math.max(...attempts)).toBeLessThanOrEqual(4);
  });

  it('that comes and goes, 5 s each, for 10 minutes dead-letters nothing', async () => {
    const replicas = await replicasWith(unavailable);
    for (let round = 0; round < 60; round++) {
      isDown = !isDown;
      await replicas.sendOneEachSecond(5);
    }
    await replicas.timers.pass(60 * SECOND);

    expect(await replicas.deadLettered()).toEqual([]);
    expect(await replicas.statuses()).toEqual({ processed: 300 });
  });

  it('after which waits of up to a minute end with it: what failed because of it is retried at once', async () => {
    const replicas = await replicasWith(failing);
    isDown = true;
    replicas.send('first', 0);
    await replicas.timers.pass(50 * SECOND);
    for (let number = 0; number < 4; number++) replicas.send(`later-${number}`, 0);
    await replicas.timers.pass(10 * SECOND);
    isDown = false;
    await replicas.timers.pass(3 * SECOND);

    expect(await replicas.statuses()).toEqual({ processed: 5 });
  });
});

describe('an order that makes fulfilment look unavailable', () => {
  const poisoned = ({ state: { product } }: Order) => product === 'poison';

  it('is dead-lettered after its ten attempts when others succeed, and holds up none of them', async () => {
    const replicas = await replicasWith(unavailable, poisoned);
    for (let number = 0; number < 800; number++) {
      if (number === 10) replicas.send('poison', 0, 'poison');
      replicas.send(`good-${number}`, 0);
      await replicas.timers.pass(SECOND / 4);
    }

    expect(await replicas.deadLettered()).toEqual([
      {
        key: 'poison',
        attempts: 10,
        reason: 'exhausted',
        errorMessage: 'fulfilment responded 503: check whether it is up',
      },
    ]);
    expect(await replicas.statuses()).toEqual({ processed: 800, parked: 1 });
    const waits = [...replicas.fulfilledAt].map(([id, at]) => at - (replicas.sentAt.get(id) ?? 0));
    expect(Math.max(...waits)).toBeLessThanOrEqual(200);
    expect(replicas.timesOpened).toBe(1);
  });

  it('alone on its replica waits for as long as nothing can tell, and its readiness says so', async () => {
    const replicas = await replicasWith(unavailable, poisoned);
    replicas.send('poison', 0, 'poison');
    await replicas.timers.pass(300 * SECOND);

    expect(await replicas.statuses()).toEqual({ waiting: 1 });
    expect(await replicas.engines[0]?.check()).toEqual({
      status: 'down',
      detail: 'circuit breaker open: fulfilment responded 503: check whether it is up',
    });
  });

  it('is dead-lettered alone when there is an outage too', async () => {
    const replicas = await replicasWith(unavailable, (order) => isDown || poisoned(order));
    replicas.send('poison', 0, 'poison');
    for (let round = 0; round < 10; round++) {
      isDown = !isDown;
      await replicas.sendOneEachSecond(60);
    }
    isDown = false;
    await replicas.sendOneEachSecond(60);

    expect((await replicas.deadLettered()).map(({ key }) => key)).toEqual(['poison']);
    expect(await replicas.statuses()).toEqual({ processed: 660, parked: 1 });
  });

  it('has at most one attempt counted for each success of another', async () => {
    const replicas = await replicasWith(unavailable, poisoned);
    replicas.send('poison', 0, 'poison');
    for (let number = 0; number < 9; number++) {
      await replicas.timers.pass(70 * SECOND);
      replicas.send(`good-${number}`, 0);
    }
    await replicas.timers.pass(70 * SECOND);
    expect(await replicas.deadLettered()).toEqual([]);

    replicas.send('the-tenth', 0);
    await replicas.timers.pass(5 * SECOND);
    expect(await replicas.deadLettered()).toHaveLength(1);
  });
});
