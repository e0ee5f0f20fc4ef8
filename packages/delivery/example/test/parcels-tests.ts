import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { DeliveryEngine, Messaging } from '@order-service/delivery';
import { waitFor } from '../../src/contract/wait-for.js';
import { newFollower, publishPlace, redriveAll } from '../src/parcels.js';

/** What the example does on every messaging system. Each test has a topic of its own. */
export function parcelsTests(connect: () => Messaging): void {
  const opened: (Messaging | DeliveryEngine)[] = [];
  beforeEach(() => {
    jest.spyOn(console, 'info').mockReturnValue();
  });
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.stop(1_000);
  });

  async function open() {
    const messaging = connect();
    await messaging.start();
    opened.push(messaging);
    return messaging;
  }
  async function follow(messaging: Messaging, onPlace: (parcel: string, place: string) => Promise<void>) {
    const follower = newFollower(messaging, 'follower-1', onPlace);
    opened.push(follower);
    await follower.start();
  }

  it('follows many parcels, each in the order of its places', async () => {
    const messaging = await open();
    const places = new Map<string, string[]>();
    await follow(messaging, async (parcel, place) => {
      places.set(parcel, [...(places.get(parcel) ?? []), place]);
    });
    const way = ['Leipzig', 'Köln', 'Lyon'];
    const parcels = Array.from({ length: 20 }, (_, index) => `parcel-${index}`);
    await Promise.all(
      parcels.map(async (parcel) => {
        for (const place of way) await publishPlace(messaging, parcel, place);
      }),
    );
    await waitFor('all places', () => [...places.values()].flat().length === 60);
    expect(places).toEqual(new Map(parcels.map((parcel) => [parcel, way])));
  });

  it('dead-letters a parcel that fails again and again, goes on with others, and redrives it', async () => {
    const messaging = await open();
    const followed: string[] = [];
    let attempts = 0;
    let isBroken = true;
    await follow(messaging, async (parcel) => {
      if (parcel === 'broken') attempts++;
      if (parcel === 'broken' && isBroken) throw new TypeError('no such parcel');
      followed.push(parcel);
    });
    await publishPlace(messaging, 'broken', 'Leipzig');
    await publishPlace(messaging, 'fine', 'Leipzig');
    await waitFor('the dead letter', async () => (await messaging.deadLetters.list({})).matched === 1);
    expect(followed).toEqual(['fine']);
    expect(attempts).toBe(5);
    for await (const deadLetter of (await messaging.deadLetters.list({})).deadLetters) {
      expect(deadLetter).toMatchObject({
        consumerGroup: 'followers',
        replica: 'follower-1',
        attempts: 5,
        reason: 'exhausted',
        stage: 'handle',
        errorCode: 'TypeError',
        errorMessage: 'no such parcel',
      });
    }

    isBroken = false;
    await redriveAll(messaging);
    await waitFor('the parcel', () => followed.includes('broken'));
    expect((await messaging.deadLetters.list({})).matched).toBe(0);
  });
}
