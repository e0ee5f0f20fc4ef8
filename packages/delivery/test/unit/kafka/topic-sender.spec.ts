import { beforeEach, describe, expect, it } from '@jest/globals';
import { TopicSender } from '../../../src/kafka/topic-sender.js';
import { ManualTimers } from '../../support/manual-timers.js';
import { StubBrokers, type HeldRequest } from '../../support/stub-brokers.js';

const DEADLINE_MS = 4_500;
const MAX_BATCH_BYTES = 1_000;
const MESSAGE = { key: 'k', value: new Uint8Array([1]), headers: {} };
const NEVER = new Promise<never>(() => undefined);
const notSent = expect.objectContaining({ name: 'PublishFailed', outcome: 'not-sent' });
const unknown = expect.objectContaining({ name: 'PublishFailed', outcome: 'unknown' });

let brokers: StubBrokers;
let timers: ManualTimers;
let sender: TopicSender;
/** Of what was appended, as they come. */
let outcomes: unknown[];

beforeEach(() => {
  brokers = new StubBrokers();
  for (const partition of [0, 1, 2]) brokers.leaders.set(partition, 'one');
  for (const partition of [3, 4]) brokers.leaders.set(partition, 'two');
  timers = new ManualTimers();
  outcomes = [];
  const settings = { topic: 'orders', deadlineMs: DEADLINE_MS, maxBatchBytes: MAX_BATCH_BYTES };
  sender = new TopicSender(settings, brokers, timers, () => Promise.resolve());
});

async function append(partition: number, count = 1, bytes = 1): Promise<void> {
  for (let each = 0; each < count; each++) {
    sender
      .append(MESSAGE, bytes, () => partition)
      .then(
        ({ offset }) => outcomes.push(offset),
        (error: unknown) => outcomes.push(error),
      );
  }
  await timers.pass(0);
}

async function respond(answers: Parameters<HeldRequest['respond']>[0], request = brokers.last) {
  request.respond(answers);
  await timers.pass(0);
}

async function fail(request = brokers.last) {
  request.fail(new Error('the connection was closed'));
  await timers.pass(0);
}

/** The requests, as what they have of each partition: `<partition>×<records>`. */
const sent = () =>
  brokers.requests.map(({ node, batches }) =>
    [node, ...batches.map(({ partition, records }) => `${partition}×${records}`)].join(' '),
  );
const batchesOf = (partition: number) =>
  brokers.requests.flatMap(({ batches }) => batches.filter((each) => each.partition === partition));
const sequences = (partition: number) => batchesOf(partition).map(({ baseSequence }) => baseSequence);
const producers = (partition: number) => batchesOf(partition).map(({ producerId }) => Number(producerId));

describe('the sender of a topic', () => {
  it('sends in one request what is there for all partitions of a leader, a batch each', async () => {
    await append(4);
    await append(0, 2);
    await append(1, 3);
    expect(sent()).toEqual(['two 4×1', 'one 0×2']);

    await respond({ 0: 0n }, brokers.requests[1]);
    await append(2);
    expect(sent().slice(2)).toEqual(['one 1×3']);
    await respond({ 1: 0n });
    expect(sent().slice(3)).toEqual(['one 2×1']);
  });

  it('sends what was published in one turn together', async () => {
    const appending = [0, 1, 2, 1].map((partition) => sender.append(MESSAGE, 1, () => partition));
    await timers.pass(0);
    expect(sent()).toEqual(['one 0×1 1×2 2×1']);

    await respond({ 0: 1n, 1: 5n, 2: 9n });
    expect((await Promise.all(appending)).map(({ offset }) => offset)).toEqual(['1', '5', '9', '6']);
  });

  it('resolves each message with its own place', async () => {
    await append(3, 3);
    await respond({ 3: 9007199254740993n });

    expect(outcomes).toEqual(['9007199254740993', '9007199254740994', '9007199254740995']);
  });

  it('has one request to a broker in flight; what arrives meanwhile is the next one', async () => {
    await append(0);
    await append(0, 2);
    await append(1);
    expect(sent()).toEqual(['one 0×1']);

    await respond({ 0: 0n });
    expect(sent()).toEqual(['one 0×1', 'one 1×1 0×2']);
  });

  it('numbers the records of each partition for itself, under one producer id', async () => {
    await append(0, 3);
    await respond({ 0: 0n });
    await append(0, 2);
    await respond({ 0: 3n });
    await append(1);
    await respond({ 1: 0n });
    await append(0);

    expect(sequences(0)).toEqual([0, 3, 5]);
    expect(sequences(1)).toEqual([0]);
    expect([...producers(0), ...producers(1)]).toEqual([1, 1, 1, 1]);
  });

  it('puts at most 500 messages of a partition into a batch, and at most its limit of bytes', async () => {
    await append(0, 1_001);
    for (const offset of [0n, 500n, 1_000n]) await respond({ 0: offset });
    await append(0, 3, MAX_BATCH_BYTES / 2);
    for (const offset of [0n, 2n]) await respond({ 0: offset });
    await append(0, 2, MAX_BATCH_BYTES + 1);

    expect(batchesOf(0).map(({ records }) => records)).toEqual([500, 500, 1, 2, 1, 1]);
  });

  it('puts at most 4 MiB into a request, and lets nobody wait twice', async () => {
    const MiB = 1024 * 1024;
    await append(0, 1, 3 * MiB);
    await respond({ 0: 0n });
    for (const partition of [0, 1, 2]) void sender.append(MESSAGE, 2 * MiB, () => partition);
    await timers.pass(0);
    await append(0, 1, 2 * MiB);
    await respond({ 0: 1n, 1: 0n });

    expect(sent()).toEqual(['one 0×1', 'one 0×1 1×1', 'one 2×1 0×1']);
  });

  it('asks for the leaders once, and again where one is not known', async () => {
    await append(0);
    await append(3);
    expect(brokers.timesAsked).toBe(1);

    brokers.leaders.set(5, 'two');
    await timers.pass(100);
    await append(5);
    expect(brokers.timesAsked).toBe(2);
    await respond({ 3: 0n });
    expect(sent()).toEqual(['one 0×1', 'two 3×1', 'two 5×1']);
  });
});

describe('a batch that was declined', () => {
  it('is sent again as it is, to the leader of then, and counts once', async () => {
    await append(0, 2);
    brokers.leaders.set(0, 'two');
    await respond({ 0: 'NOT_LEADER_FOR_PARTITION' });
    await append(0);
    await timers.pass(100);
    await respond({ 0: 7n });
    await respond({ 0: 9n });

    expect(sent()).toEqual(['one 0×2', 'two 0×2', 'two 0×1']);
    expect(sequences(0)).toEqual([0, 0, 2]);
    expect(outcomes).toEqual(['7', '8', '9']);
  });

  it('holds up no other of its request', async () => {
    await append(0);
    await respond({ 0: 0n });
    void append(0);
    await append(1);
    await respond({ 0: 'NOT_ENOUGH_REPLICAS', 1: 4n });
    await append(1);

    expect(outcomes).toEqual(['0', '4']);
    expect(sent().at(-1)).toBe('one 1×1');
  });

  it('is sent again ten times a second, until its time is over; it was not sent, if nothing left doubt', async () => {
    await append(0);
    for (let time = 0; time < 40; time++) {
      await respond({ 0: 'NOT_ENOUGH_REPLICAS' });
      await timers.pass(100);
    }

    expect(outcomes).toEqual([notSent]);
    expect(brokers.requests.length).toBeLessThanOrEqual(41);
    expect(new Set(sequences(0))).toEqual(new Set([0]));
  });

  it('leaves the numbers as they were when it was not appended', async () => {
    await append(0);
    await respond({ 0: 'TOPIC_AUTHORIZATION_FAILED' });
    await append(0);

    expect(outcomes).toEqual([notSent]);
    expect([sequences(0), producers(0)]).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it.each(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'KAFKA_STORAGE_ERROR'])(
    'by %s for good is unknown, and the next has another producer id',
    async (error) => {
      await append(0);
      await respond({ 0: error });
      await append(0);

      expect(outcomes).toEqual([unknown]);
      expect([sequences(0), producers(0)]).toEqual([
        [0, 0],
        [1, 2],
      ]);
    },
  );

  it('may be appended when a leader said first that it took too long', async () => {
    await append(0);
    await respond({ 0: 'REQUEST_TIMED_OUT' });
    await timers.pass(100);
    for (let time = 0; time < 45; time++) {
      await respond({ 0: 'NOT_ENOUGH_REPLICAS' });
      await timers.pass(100);
    }

    expect(outcomes).toEqual([unknown]);
  });
});

describe('a batch without an answer', () => {
  it('is sent again under its numbers, and the broker says where it is', async () => {
    await append(0, 2);
    await fail();
    await timers.pass(100);
    await respond({ 0: 5n });
    await append(0);

    expect(outcomes).toEqual(['5', '6']);
    expect([sequences(0), producers(0)]).toEqual([
      [0, 0, 2],
      [1, 1, 1],
    ]);
  });

  it('is unknown at the deadline of its oldest message, for that batch alone', async () => {
    await append(0);
    await timers.pass(1_000);
    await append(0);
    await timers.pass(DEADLINE_MS - 1_001);
    expect(outcomes).toEqual([]);
    await timers.pass(1);
    expect(outcomes).toEqual([unknown]);
    await fail();
    await timers.pass(100);
    await respond({ 0: 1n });

    expect(outcomes).toEqual([unknown, '1']);
  });

  it('gives the next batch of its partition another producer id, and touches no other partition', async () => {
    void append(0);
    await append(1);
    await respond({ 1: 0n });
    await timers.pass(100);
    await timers.pass(DEADLINE_MS);
    expect(outcomes).toEqual(['0', unknown]);
    await fail();
    void append(0);
    await append(1);

    expect([producers(0).at(-1), sequences(0).at(-1)]).toEqual([2, 0]);
    expect([producers(1).at(-1), sequences(1).at(-1)]).toEqual([1, 1]);
  });

  it('is one that the response does not name', async () => {
    void append(0);
    await append(1);
    await respond({ 1: 0n });
    await timers.pass(100);
    await respond({ 0: 3n });

    expect(outcomes).toEqual(['0', '3']);
    expect(sequences(0)).toEqual([0, 0]);
  });

  it('changes nothing when its answer is late', async () => {
    await append(0, 2);
    const late = brokers.last;
    await timers.pass(DEADLINE_MS);
    expect(outcomes).toEqual([unknown, unknown]);
    await append(0);
    await respond({ 0: 0n }, late);
    await respond({ 0: 2n });
    await append(0);

    expect(outcomes).toEqual([unknown, unknown, '2']);
    expect([sequences(0), producers(0)]).toEqual([
      [0, 0, 1],
      [1, 2, 2],
    ]);
  });
});

describe('a message that is known not to have been sent', () => {
  it.each(['connecting', 'finding'] as const)(
    'is one for which no broker was reached while there was time to send (%s)',
    async (what) => {
      brokers[what] = () => NEVER;
      await append(0);
      await timers.pass(DEADLINE_MS - 501);
      expect(outcomes).toEqual([]);
      await timers.pass(1);

      expect(outcomes).toEqual([notSent]);
      expect(sent()).toEqual([]);
    },
  );

  it.each(['connecting', 'finding'] as const)(
    'has why no broker was reached as its cause (%s)',
    async (what) => {
      brokers[what] = () => Promise.reject(new Error('connection refused'));
      await append(0);
      await append(0);
      await timers.pass(DEADLINE_MS);

      const cause = { message: 'connection refused' };
      expect(outcomes).toMatchObject([{ cause }, { cause }]);
    },
  );

  it('is one for which too little time was left when its turn came; the others have theirs', async () => {
    await append(0);
    await timers.pass(1_000);
    await append(0);
    await timers.pass(2_000);
    await append(0);
    await timers.pass(1_499);
    await respond({ 0: 0n });
    expect(outcomes).toEqual(['0']);
    const behind = brokers.last;
    await timers.pass(1);
    await respond({ 0: 1n }, behind);

    expect(outcomes).toEqual(['0', '1', '2']);
  });

  it('is refused behind a request that hangs, in time', async () => {
    await append(0);
    await timers.pass(100);
    await append(0);
    await timers.pass(DEADLINE_MS - 500);
    expect(outcomes).toEqual([notSent]);
    await timers.pass(400);

    expect(outcomes).toEqual([notSent, unknown]);
  });

  it('is refused when its partition is not known in time', async () => {
    const appended = sender.append(MESSAGE, 1, () => NEVER);
    const refused = expect(appended).rejects.toMatchObject({ outcome: 'not-sent' });
    await timers.pass(DEADLINE_MS);

    await refused;
  });
});

describe('a sender that is closed', () => {
  it('settles what it has, then lets the brokers go, and takes nothing more', async () => {
    let choose: (partition: number) => void = () => undefined;
    const appended = sender.append(MESSAGE, 1, () => new Promise((resolve) => (choose = resolve)));
    const closing = sender.close();
    choose(1);
    await timers.pass(0);
    expect(brokers.isClosed).toBe(false);
    await respond({ 1: 7n });

    expect(await appended).toEqual({ topic: 'orders', partition: 1, offset: '7' });
    await closing;
    expect(brokers.isClosed).toBe(true);
    await expect(sender.append(MESSAGE, 1, () => 1)).rejects.toMatchObject({ outcome: 'not-sent' });
  });

  it('needs no timer when nothing waits', async () => {
    await append(0);
    await respond({ 0: 0n });
    await timers.pass(DEADLINE_MS);

    expect(timers.waiting).toBe(0);
  });
});
