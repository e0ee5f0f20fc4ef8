import { describe, expect, it } from '@jest/globals';
import { KeyQueues } from '../../../src/engine/key-queues.js';

function queuesOf(...items: string[]): KeyQueues<string> {
  const queues = new KeyQueues<string>();
  for (const item of items) queues.add(item[0] ?? '', item);
  return queues;
}

describe('key queues', () => {
  it('hand out items of different keys concurrently, of one key only one', () => {
    const queues = queuesOf('a1', 'a2', 'b1');
    expect(queues.take()?.items[0]).toBe('a1');
    expect(queues.take()?.items[0]).toBe('b1');
    expect(queues.hasReady).toBe(false);
    expect(queues.take()).toBeUndefined();
  });

  it('hand out the next item of a key when the one before is completed, after the other keys', () => {
    const queues = queuesOf('a1', 'a2', 'b1');
    const queue = queues.take();
    if (queue !== undefined) queues.advance(queue);
    expect(queues.take()?.items[0]).toBe('b1');
    expect(queues.take()?.items[0]).toBe('a2');
  });

  it('hand out the same item again, after the other keys', () => {
    const queues = queuesOf('a1', 'a2', 'b1');
    const queue = queues.take();
    if (queue !== undefined) queues.putBack(queue);
    expect(queues.take()?.items[0]).toBe('b1');
    expect(queues.take()?.items[0]).toBe('a1');
  });

  it('hand out the last queue that is wanted, or the one whose turn it is when there is none', () => {
    const queues = queuesOf('a1', 'b1', 'c1', 'd1');
    expect(queues.takeLast((item) => item < 'c9')?.items[0]).toBe('c1');
    expect(queues.takeLast((item) => item > 'z9')?.items[0]).toBe('a1');
    expect(queues.take()?.items[0]).toBe('b1');
  });

  it('have nothing ready when all is completed', () => {
    const queues = queuesOf('a1');
    const queue = queues.take();
    if (queue !== undefined) queues.advance(queue);
    expect(queues.hasReady).toBe(false);
  });

  it('forget a key whose items are completed, so that a new one begins a queue', () => {
    const queues = queuesOf('a1');
    const queue = queues.take();
    if (queue !== undefined) queues.advance(queue);
    queues.add('a', 'a2');
    expect(queues.take()?.items).toEqual(['a2']);
  });

  it('have nothing left once they are cleared, and begin anew', () => {
    const queues = queuesOf('a1', 'a2', 'b1');
    queues.clear();
    expect(queues.hasReady).toBe(false);
    queues.add('a', 'a3');
    expect(queues.take()?.items).toEqual(['a3']);
  });
});
