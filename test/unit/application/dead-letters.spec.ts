import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DiscardDeadLetters } from '../../../src/application/discard-dead-letters.js';
import { ListDeadLetters } from '../../../src/application/list-dead-letters.js';
import { DeadLettersUnavailable, type DeadLetters } from '../../../src/application/ports/dead-letters.js';
import { MessagePublishFailed, MessageTooLarge } from '../../../src/application/ports/message-publisher.js';
import { RedriveDeadLetters } from '../../../src/application/redrive-dead-letters.js';
import { aDeadLetter, waiting } from '../../support/a-dead-letter.js';
import { InMemoryDeadLetters } from '../../../src/infrastructure/messaging/in-memory/in-memory-dead-letters.js';
import { KeepingPublisher } from '../../support/http-fixture.js';
import { RecordingLogger } from '../../support/recording-logger.js';

const ALL = { filter: {}, limit: 100 };
const away = new DeadLettersUnavailable('no broker answers');

let deadLetters: DeadLetters;
let publisher: KeepingPublisher;
let logger: RecordingLogger;
let redrive: RedriveDeadLetters;
let discard: DiscardDeadLetters;

beforeEach(async () => {
  deadLetters = new InMemoryDeadLetters();
  publisher = new KeepingPublisher();
  logger = new RecordingLogger();
  redrive = new RedriveDeadLetters(deadLetters, publisher, logger);
  discard = new DiscardDeadLetters(deadLetters, logger);
  for (const offset of [1, 2, 3]) await deadLetters.add(aDeadLetter(offset));
});

const sent = () => publisher.messages.map(({ key }) => new TextDecoder().decode(key as Uint8Array));
const refusing = (...errors: (Error | undefined)[]) => {
  const publish = publisher.publish.bind(publisher);
  jest.spyOn(publisher, 'publish').mockImplementation((message) => {
    const error = errors.shift();
    return error === undefined ? publish(message) : Promise.reject(error);
  });
};

describe('listing', () => {
  const list = (limit: number) =>
    new ListDeadLetters(deadLetters).execute({ filter: {}, limit, show: ({ origin }) => origin.offset });

  it.each([
    [2, ['1', '2'], true],
    [3, ['1', '2', '3'], false],
    [4, ['1', '2', '3'], false],
  ])('shows %i at most, and says whether there are others', async (limit, letters, more) => {
    expect(await list(limit)).toEqual({ letters, more });
  });
});

describe('redriving', () => {
  it('sends the message as it was, with how often it was sent back, and takes the letter out of the list', async () => {
    const [{ message }, again] = [aDeadLetter(1), aDeadLetter(9, { redriveCount: 2 })];
    const headers = { ...again.message.headers, 'x-redrive-count': new TextEncoder().encode('2') };
    await deadLetters.add({ ...again, message: { key: null, value: null, headers } });

    expect(await redrive.execute(ALL)).toEqual({ matched: 4, done: 4 });

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

  it('sends only what matches, and no more than asked for', async () => {
    await deadLetters.add(aDeadLetter(4, { reason: 'invalid' }));

    expect(await redrive.execute({ filter: { reason: 'exhausted' }, limit: 2 })).toEqual({
      matched: 3,
      done: 2,
    });

    expect(sent()).toEqual(['order-1', 'order-2']);
    expect(await waiting(deadLetters)).toEqual(['3', '4']);
  });

  it('only counts when it is a dry run', async () => {
    expect(await redrive.execute({ ...ALL, dryRun: true })).toEqual({ matched: 3, done: 0 });

    expect(sent()).toEqual([]);
    expect(await waiting(deadLetters)).toEqual(['1', '2', '3']);
  });

  it('marks a letter only when the log has its message', async () => {
    const steps: string[] = [];
    const { publish, mark } = {
      publish: publisher.publish.bind(publisher),
      mark: deadLetters.mark.bind(deadLetters),
    };
    jest.spyOn(publisher, 'publish').mockImplementation(async (message) => {
      const published = await publish(message);
      steps.push('published');
      return published;
    });
    jest.spyOn(deadLetters, 'mark').mockImplementation(async (origin, as) => {
      steps.push(as);
      await mark(origin, as);
    });

    await redrive.execute({ ...ALL, limit: 2 });

    expect(steps).toEqual(['published', 'redriven', 'published', 'redriven']);
  });

  it.each(['not-sent', 'unknown'] as const)(
    'ends when the log does not confirm a message (%s), which stays listed',
    async (outcome) => {
      const error = new MessagePublishFailed(outcome, 'no answer');
      refusing(undefined, error);

      expect(await redrive.execute(ALL)).toEqual({
        matched: 3,
        done: 1,
        failure: { origin: aDeadLetter(2).origin, error },
      });

      expect(sent()).toEqual(['order-1']);
      expect(await waiting(deadLetters)).toEqual(['2', '3']);
    },
  );

  it('leaves behind the one message that is too large', async () => {
    const error = new MessageTooLarge(2, 1);
    refusing(error);

    expect(await redrive.execute(ALL)).toEqual({
      matched: 3,
      done: 2,
      failure: { origin: aDeadLetter(1).origin, error },
    });

    expect(await waiting(deadLetters)).toEqual(['1']);
  });

  it('sends a message again that was not marked the first time', async () => {
    jest.spyOn(deadLetters, 'mark').mockRejectedValueOnce(away);

    await expect(redrive.execute(ALL)).rejects.toBe(away);
    expect(await waiting(deadLetters)).toEqual(['1', '2', '3']);

    expect(await redrive.execute(ALL)).toEqual({ matched: 3, done: 3 });
    expect(sent()).toEqual(['order-1', 'order-1', 'order-2', 'order-3']);
  });

  it('passes on what it does not know', async () => {
    refusing(new TypeError('a bug'));

    await expect(redrive.execute(ALL)).rejects.toThrow('a bug');
  });

  it('ends between two letters when it is told to', async () => {
    const stop = new AbortController();
    jest.spyOn(logger, 'info').mockImplementation(() => stop.abort());

    await redrive.execute({ ...ALL, signal: stop.signal });

    expect(sent()).toEqual(['order-1']);
    expect(await waiting(deadLetters)).toEqual(['2', '3']);
  });

  it('is logged, letter by letter', async () => {
    const error = new MessagePublishFailed('not-sent', 'no answer');
    refusing(undefined, error);

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
    const mark = jest.spyOn(deadLetters, 'mark');

    expect(await discard.execute({ filter: { orderId: 'order-2' }, limit: 5 })).toEqual({
      matched: 1,
      done: 1,
    });
    expect(await discard.execute({ filter: {}, limit: 1 })).toEqual({ matched: 2, done: 1 });

    expect(mark.mock.calls.map(([{ offset }, as]) => [offset, as])).toEqual([
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
    expect(await discard.execute({ ...ALL, dryRun: true })).toEqual({ matched: 3, done: 0 });

    expect(await waiting(deadLetters)).toEqual(['1', '2', '3']);
    expect(logger.lines).toEqual([]);
  });

  it('names in the log nothing that is not marked', async () => {
    jest.spyOn(deadLetters, 'mark').mockRejectedValue(away);

    await expect(discard.execute(ALL)).rejects.toBe(away);

    expect(logger.lines).toEqual([]);
  });
});
