import { DeliveryDeadLetters } from '../../../src/infrastructure/delivery/delivery-dead-letters.js';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DiscardDeadLetters } from '../../../src/application/dead-letters/discard-dead-letters.js';
import { ListDeadLetters } from '../../../src/application/dead-letters/list-dead-letters.js';
import { DeadLettersUnavailable, type DeadLetters } from '../../../src/application/ports/dead-letters.js';
import { MessagePublishFailed, MessageTooLarge } from '../../../src/application/ports/message-publisher.js';
import { RedriveDeadLetters } from '../../../src/application/dead-letters/redrive-dead-letters.js';
import { aDeadLetter, waiting } from '../../support/a-dead-letter.js';
import { InMemoryDeadLetterStore } from '../../../packages/delivery/src/in-memory/in-memory-dead-letter-store.js';
import { KeepingPublisher } from '../../support/http-fixture.js';
import { settled } from '../../../packages/delivery/test/support/settled.js';
import { RecordingLogger } from '../../../packages/delivery/test/support/recording-logger.js';

const ALL = { filter: {}, limit: 100 };
const unavailable = new DeadLettersUnavailable('no broker responds');

let deadLetters: DeadLetters;
let publisher: KeepingPublisher;
let logger: RecordingLogger;
let redrive: RedriveDeadLetters;
let discard: DiscardDeadLetters;

beforeEach(async () => {
  deadLetters = new DeliveryDeadLetters(new InMemoryDeadLetterStore());
  publisher = new KeepingPublisher();
  logger = new RecordingLogger();
  redrive = new RedriveDeadLetters(deadLetters, publisher, logger);
  discard = new DiscardDeadLetters(deadLetters, logger);
  for (const offset of [1, 2, 3]) await deadLetters.add(aDeadLetter(offset));
});

const sent = () => publisher.messages.map(({ key }) => new TextDecoder().decode(key as Uint8Array));
const failWith = (...errors: (Error | undefined)[]) => {
  const publish = publisher.publish.bind(publisher);
  jest.spyOn(publisher, 'publish').mockImplementation((message) => {
    const error = errors.shift();
    return error === undefined ? publish(message) : Promise.reject(error);
  });
};

/** What is published waits for the test to confirm it. */
class Flight {
  /** In the order in which they were published. */
  readonly keys: string[] = [];
  readonly errors = new Map<string, Error>();
  most = 0;
  private readonly waiting: (() => void)[] = [];

  constructor() {
    const publish = publisher.publish.bind(publisher);
    jest.spyOn(publisher, 'publish').mockImplementation(async (message) => {
      const key = new TextDecoder().decode(message.key as Uint8Array);
      this.keys.push(key);
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
        this.most = Math.max(this.most, this.waiting.length);
      });
      const error = this.errors.get(key);
      if (error !== undefined) throw error;
      return publish(message);
    });
  }

  async confirmAll(): Promise<void> {
    await settled();
    for (const confirm of this.waiting.splice(0)) confirm();
    await settled();
  }
}

async function addUpTo(last: number): Promise<void> {
  for (let offset = 4; offset <= last; offset++) await deadLetters.add(aDeadLetter(offset));
}

describe('listing', () => {
  const list = (limit: number) =>
    new ListDeadLetters(deadLetters).execute({ filter: {}, limit, show: ({ origin }) => origin.offset });

  it.each([
    [2, ['1', '2'], true],
    [3, ['1', '2', '3'], false],
    [4, ['1', '2', '3'], false],
  ])('shows %i at most, and says whether there are others', async (limit, deadLetters, more) => {
    expect(await list(limit)).toEqual({ deadLetters, more });
  });
});

describe('redriving', () => {
  it('publishes the message as it was, with how often it was redriven, and takes it out of the list', async () => {
    const [{ message }, redriven] = [aDeadLetter(1), aDeadLetter(9, { redriveCount: 2 })];
    const headers = { ...redriven.message.headers, 'x-redrive-count': new TextEncoder().encode('2') };
    await deadLetters.add({ ...redriven, message: { key: null, value: null, headers } });

    expect(await redrive.execute(ALL)).toEqual({ matched: 4, resolved: 4 });

    expect(publisher.messages[0]).toEqual({
      ...message,
      headers: { ...message.headers, 'x-redrive-count': '1' },
    });
    expect(publisher.messages[3]).toEqual({
      key: null,
      value: null,
      headers: { ...headers, 'x-redrive-count': '3' },
    });
    expect(await waiting(deadLetters)).toEqual([]);
  });

  it('publishes only what matches, and no more than asked for', async () => {
    await deadLetters.add(aDeadLetter(4, { reason: 'invalid' }));

    expect(await redrive.execute({ filter: { reason: 'exhausted' }, limit: 2 })).toEqual({
      matched: 3,
      resolved: 2,
    });

    expect(sent()).toEqual(['order-1', 'order-2']);
    expect(await waiting(deadLetters)).toEqual(['3', '4']);
  });

  it('only counts when it is a dry run', async () => {
    expect(await redrive.execute({ ...ALL, dryRun: true })).toEqual({ matched: 3, resolved: 0 });

    expect(sent()).toEqual([]);
    expect(await waiting(deadLetters)).toEqual(['1', '2', '3']);
  });

  it('resolves a dead letter only when its message is published', async () => {
    const steps: string[] = [];
    const { publish, resolve } = {
      publish: publisher.publish.bind(publisher),
      resolve: deadLetters.resolve.bind(deadLetters),
    };
    jest.spyOn(publisher, 'publish').mockImplementation(async (message) => {
      const published = await publish(message);
      steps.push('published');
      return published;
    });
    jest.spyOn(deadLetters, 'resolve').mockImplementation(async (origin, as) => {
      steps.push(as);
      await resolve(origin, as);
    });

    await redrive.execute({ ...ALL, limit: 1 });

    expect(steps).toEqual(['published', 'redriven']);
  });

  it.each(['not-sent', 'unknown'] as const)(
    'begins nothing more when a message is not confirmed (%s), and finishes what is in flight; that one stays listed',
    async (outcome) => {
      await addUpTo(700);
      const flight = new Flight();
      const error = new MessagePublishFailed(outcome, 'no response');
      flight.errors.set('order-2', error);

      const redriving = redrive.execute({ filter: {}, limit: 1_000 });
      await flight.confirmAll();

      const failure = { origin: aDeadLetter(2).origin, error };
      expect(await redriving).toEqual({ matched: 700, resolved: 499, failure });
      expect(flight.keys).toHaveLength(500);
      expect((await waiting(deadLetters)).slice(0, 2)).toEqual(['2', '501']);
    },
  );

  it('has 500 in flight at most, publishes in the order of the origins, and no more than asked for', async () => {
    await addUpTo(1_200);
    const flight = new Flight();

    const redriving = redrive.execute({ filter: {}, limit: 1_100 });
    while (flight.keys.length < 1_100) await flight.confirmAll();
    await flight.confirmAll();

    expect(await redriving).toEqual({ matched: 1_200, resolved: 1_100 });
    expect(flight.most).toBe(500);
    expect(flight.keys).toEqual(Array.from({ length: 1_100 }, (_, index) => `order-${index + 1}`));
    expect((await waiting(deadLetters))[0]).toBe('1101');
  });

  it('publishes one of a key only when the one before is confirmed', async () => {
    await deadLetters.add(aDeadLetter(4, { message: aDeadLetter(1).message }));
    const flight = new Flight();

    const redriving = redrive.execute(ALL);
    await settled();
    expect(flight.keys).toEqual(['order-1', 'order-2', 'order-3']);

    await flight.confirmAll();
    await flight.confirmAll();
    expect(await redriving).toEqual({ matched: 4, resolved: 4 });
    expect(flight.keys).toEqual(['order-1', 'order-2', 'order-3', 'order-1']);
  });

  it('leaves the later ones of a key when one is not confirmed, so that they keep their order', async () => {
    await deadLetters.add(aDeadLetter(4, { message: aDeadLetter(1).message }));
    const flight = new Flight();
    flight.errors.set('order-1', new MessagePublishFailed('unknown', 'no response'));

    const redriving = redrive.execute(ALL);
    await flight.confirmAll();

    expect(await redriving).toMatchObject({ matched: 4, resolved: 2 });
    expect(await waiting(deadLetters)).toEqual(['1', '4']);
  });

  it('by two operators at once sends each once or twice, and leaves none', async () => {
    await addUpTo(900);

    const outcomes = await Promise.all([
      redrive.execute({ filter: {}, limit: 1_000 }),
      redrive.execute({ filter: {}, limit: 1_000 }),
    ]);

    expect(outcomes).toEqual([
      { matched: 900, resolved: 900 },
      { matched: 900, resolved: 900 },
    ]);
    expect(new Set(sent()).size).toBe(900);
    expect(await waiting(deadLetters)).toEqual([]);
  });

  it('leaves behind the one message that is too large', async () => {
    const error = new MessageTooLarge(2, 1);
    failWith(error);

    expect(await redrive.execute(ALL)).toEqual({
      matched: 3,
      resolved: 2,
      failure: { origin: aDeadLetter(1).origin, error },
    });

    expect(await waiting(deadLetters)).toEqual(['1']);
  });

  it('publishes a message once more that was not resolved the first time', async () => {
    const flight = new Flight();
    jest.spyOn(deadLetters, 'resolve').mockRejectedValueOnce(unavailable);

    const redriving = redrive.execute(ALL);
    void flight.confirmAll();
    await expect(redriving).rejects.toBe(unavailable);
    expect(await waiting(deadLetters)).toEqual(['1']);

    const second = redrive.execute(ALL);
    await flight.confirmAll();
    expect(await second).toEqual({ matched: 1, resolved: 1 });
    expect(sent()).toEqual(['order-1', 'order-2', 'order-3', 'order-1']);
  });

  it('passes on what it does not know', async () => {
    failWith(new TypeError('a bug'));

    await expect(redrive.execute(ALL)).rejects.toThrow('a bug');
  });

  it('begins nothing more when it is told to end, and finishes what is in flight', async () => {
    await addUpTo(700);
    const flight = new Flight();
    const stop = new AbortController();

    const redriving = redrive.execute({ filter: {}, limit: 1_000, signal: stop.signal });
    await settled();
    stop.abort();
    await flight.confirmAll();

    expect(await redriving).toEqual({ matched: 700, resolved: 500 });
    expect((await waiting(deadLetters))[0]).toBe('501');
  });

  it('is logged, one line for each dead letter', async () => {
    const error = new MessagePublishFailed('not-sent', 'no response');
    failWith(undefined, error);

    await redrive.execute(ALL);

    const fields = { topic: 'app.order.publish', partition: 0, reason: 'exhausted', redriveCount: 1 };
    expect(logger.lines).toEqual([
      { level: 'info', message: 'dead letter redriven', fields: { ...fields, offset: '1', key: 'order-1' } },
      {
        level: 'warn',
        message: 'a dead letter could not be redriven',
        fields: { ...fields, offset: '2', key: 'order-2', error },
      },
    ]);
  });
});

describe('discarding', () => {
  it('takes what matches out of the list, no more than asked for, and names each in the log', async () => {
    const resolve = jest.spyOn(deadLetters, 'resolve');

    expect(await discard.execute({ filter: { orderId: 'order-2' }, limit: 5 })).toEqual({
      matched: 1,
      resolved: 1,
    });
    expect(await discard.execute({ filter: {}, limit: 1 })).toEqual({ matched: 2, resolved: 1 });

    expect(resolve.mock.calls.map(([{ offset }, as]) => [offset, as])).toEqual([
      ['2', 'discarded'],
      ['1', 'discarded'],
    ]);
    expect(await waiting(deadLetters)).toEqual(['3']);
    expect(sent()).toEqual([]);
    expect(logger.lines[0]).toEqual({
      level: 'warn',
      message: 'dead letter discarded',
      fields: { topic: 'app.order.publish', partition: 0, offset: '2', key: 'order-2', reason: 'exhausted' },
    });
  });

  it('only counts when it is a dry run', async () => {
    expect(await discard.execute({ ...ALL, dryRun: true })).toEqual({ matched: 3, resolved: 0 });

    expect(await waiting(deadLetters)).toEqual(['1', '2', '3']);
    expect(logger.lines).toEqual([]);
  });

  it('reads no dead letter for a dry run', async () => {
    const list = jest.spyOn(deadLetters, 'list');

    await discard.execute({ ...ALL, dryRun: true });

    expect(list).toHaveBeenCalledWith({}, 0);
  });

  it('names in the log nothing that was not resolved', async () => {
    jest.spyOn(deadLetters, 'resolve').mockRejectedValue(unavailable);

    await expect(discard.execute(ALL)).rejects.toBe(unavailable);

    expect(logger.lines).toEqual([]);
  });
});
