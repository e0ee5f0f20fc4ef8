import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventStream, type ServerSentEvent } from '../../../../src/interfaces/http/server/event-stream.js';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }));
afterEach(() => void jest.useRealTimers());

const turn = () => new Promise((resolve) => setImmediate(resolve));
const unexpected = (error: unknown) => {
  throw error;
};

async function* events(...data: object[]): AsyncGenerator<ServerSentEvent> {
  for (const each of data) yield await Promise.resolve({ event: 'status', data: each });
}

describe('a stream of events', () => {
  it('writes each with its name and its data in one line, and ends with them', async () => {
    const chunks = await eventStream(events({ text: 'a\nb' }, { n: 2 }), unexpected).toArray();

    expect(chunks.join('')).toBe(
      'retry: 2000\n\nevent: status\ndata: {"text":"a\\nb"}\n\nevent: status\ndata: {"n":2}\n\n',
    );
    expect(jest.getTimerCount()).toBe(0);
  });

  it('has a comment every 15 s', async () => {
    let end: (() => void) | undefined;
    async function* silence(): AsyncGenerator<ServerSentEvent> {
      await new Promise<void>((resolve) => (end = resolve));
      yield* events();
    }
    const stream = eventStream(silence(), unexpected);
    await turn();
    jest.advanceTimersByTime(45_000);
    end?.();

    expect((await stream.toArray()).join('')).toBe('retry: 2000\n\n:\n\n:\n\n:\n\n');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends when the events fail, and tells why', async () => {
    const failures: unknown[] = [];
    async function* failing(): AsyncGenerator<ServerSentEvent> {
      yield* events({ n: 1 });
      throw new Error('lost');
    }

    const chunks = await eventStream(failing(), (error) => failures.push(error)).toArray();

    expect(chunks.join('')).toContain('{"n":1}');
    expect(failures).toEqual([new Error('lost')]);
  });
});
