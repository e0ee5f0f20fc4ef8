import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Feed, FeedEntry } from '../engine/feed.js';
import type { TestBroker, TestFeeds } from './test-broker.js';
import { waitFor } from './wait-for.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const seen = ({ key, value }: FeedEntry) => `${key}=${Buffer.from(value).toString('latin1')}`;

/** Follows a feed, and resolves when it is sure to see what is appended from now on. */
async function following({ follower, writer }: { follower: Feed; writer: Feed }) {
  const entries: string[] = [];
  let isReady = false;
  const stop = follower.follow((entry) => {
    if (entry.key === 'ready') isReady = true;
    else entries.push(seen(entry));
  });
  await waitFor('the follower', async () => {
    await writer.append('ready', bytes(''));
    return isReady;
  });
  return { entries, stop };
}

/** News that anybody appends and anybody follows, without a group. */
export function feedContract(startBroker: () => Promise<TestBroker>): void {
  describe('a feed', () => {
    let broker: TestBroker;
    let feeds: TestFeeds;
    beforeAll(async () => {
      broker = await startBroker();
    });
    afterAll(() => broker.close());

    const test = (title: string, run: (feeds: TestFeeds) => Promise<void>) => {
      it(title, async () => {
        feeds = await broker.feeds();
        await run(feeds);
      });
    };

    test('shows each follower what is appended after it followed, in order, and nothing from before', async ({
      feed,
      neighbour,
    }) => {
      await feed.append('a', bytes('before'));
      const here = await following({ follower: feed, writer: feed });
      const there = await following({ follower: neighbour, writer: feed });
      const expected: string[] = [];
      for (let n = 0; n < 20; n++) {
        expect(await (n % 2 === 0 ? feed : neighbour).append(`key-${n % 3}`, bytes(String(n)))).toBe(true);
        expected.push(`key-${n % 3}=${n}`);
      }
      for (const { entries } of [here, there]) {
        await waitFor('the last entry', () => entries.length >= expected.length);
        expect(entries).toEqual(expected);
      }
    });

    test('appends of each key the newest at least, however many are appended at once', async ({
      feed,
      neighbour,
    }) => {
      const { entries } = await following({ follower: neighbour, writer: feed });
      const appended = await Promise.all(
        Array.from({ length: 2_000 }, (_, n) => feed.append(n % 2 === 0 ? 'even' : 'odd', bytes(String(n)))),
      );
      expect(new Set(appended)).toEqual(new Set([true]));
      await waitFor('the newest', () => entries.includes('even=1998') && entries.includes('odd=1999'));
    });

    test('brings any bytes as they are', async ({ feed, neighbour }) => {
      const { entries } = await following({ follower: neighbour, writer: feed });
      const all = Uint8Array.from({ length: 256 }, (_, n) => n);
      await feed.append('ключ \u0000', all);
      await feed.append('', new Uint8Array());
      await waitFor('both', () => entries.length === 2);
      expect(entries).toEqual([`ключ \u0000=${Buffer.from(all).toString('latin1')}`, '=']);
    });

    test('does not append what is too large, and goes on', async ({ feed, neighbour }) => {
      const { entries } = await following({ follower: neighbour, writer: feed });
      expect(await feed.append('a', new Uint8Array(32 * 1024 + 1))).toBe(false);
      expect(await feed.append('b', new Uint8Array(32 * 1024))).toBe(true);
      await waitFor('the next one', () => entries.length > 0);
      expect(entries[0]).toMatch(/^b=/);
    });

    test('goes on for all when a follower throws', async ({ feed }) => {
      feed.follow(() => {
        throw new Error('a follower that fails');
      });
      const { entries } = await following({ follower: feed, writer: feed });
      await feed.append('a', bytes('1'));
      await waitFor('the entry', () => entries.length === 1);
    });

    test('tells a follower that stopped nothing more, and one that came later all', async ({ feed }) => {
      const first = await following({ follower: feed, writer: feed });
      first.stop();
      first.stop();
      const second = await following({ follower: feed, writer: feed });
      await feed.append('a', bytes('1'));
      await waitFor('the entry', () => second.entries.length === 1);
      expect(first.entries).toEqual([]);
    });

    test('appends what it took before it was closed', async ({ feed, neighbour, ...process }) => {
      const { entries } = await following({ follower: neighbour, writer: neighbour });
      const appended = [feed.append('a', bytes('1')), feed.append('b', bytes('2'))];
      await process.close();
      expect(await Promise.all(appended)).toEqual([true, true]);
      await waitFor('both', () => entries.length === 2);
    });

    test('takes nothing more when it is closed', async ({ feed, ...process }) => {
      const { entries } = await following({ follower: feed, writer: feed });
      await process.close();
      expect(await feed.append('a', bytes('1'))).toBe(false);
      feed.follow(() => entries.push('never'))();
      expect(entries).toEqual([]);
    });
  });
}
