import { describe, expect, it } from '@jest/globals';
import { KeyQueues } from '../../../src/engine/key-queues.js';

function lanesOf(...items: string[]): KeyQueues<string> {
  const lanes = new KeyQueues<string>();
  for (const item of items) lanes.add(item[0] ?? '', item);
  return lanes;
}

describe('key lanes', () => {
  it('hand out items of different keys side by side, of one key only one', () => {
    const lanes = lanesOf('a1', 'a2', 'b1');
    expect(lanes.take()?.items[0]).toBe('a1');
    expect(lanes.take()?.items[0]).toBe('b1');
    expect(lanes.hasReady).toBe(false);
    expect(lanes.take()).toBeUndefined();
  });

  it('hand out the next item of a key when the one before is finished, after the other keys', () => {
    const lanes = lanesOf('a1', 'a2', 'b1');
    const lane = lanes.take();
    if (lane !== undefined) lanes.finished(lane);
    expect(lanes.take()?.items[0]).toBe('b1');
    expect(lanes.take()?.items[0]).toBe('a2');
  });

  it('hand out the same item again, after the other keys', () => {
    const lanes = lanesOf('a1', 'a2', 'b1');
    const lane = lanes.take();
    if (lane !== undefined) lanes.again(lane);
    expect(lanes.take()?.items[0]).toBe('b1');
    expect(lanes.take()?.items[0]).toBe('a1');
  });

  it('hand out the last lane that is wanted, or the one whose turn it is when there is none', () => {
    const lanes = lanesOf('a1', 'b1', 'c1', 'd1');
    expect(lanes.takeLast((item) => item < 'c9')?.items[0]).toBe('c1');
    expect(lanes.takeLast((item) => item > 'z9')?.items[0]).toBe('a1');
    expect(lanes.take()?.items[0]).toBe('b1');
  });

  it('have nothing ready when all is finished', () => {
    const lanes = lanesOf('a1');
    const lane = lanes.take();
    if (lane !== undefined) lanes.finished(lane);
    expect(lanes.hasReady).toBe(false);
  });

  it('forget a key whose items are finished, so that a new one begins a lane', () => {
    const lanes = lanesOf('a1');
    const lane = lanes.take();
    if (lane !== undefined) lanes.finished(lane);
    lanes.add('a', 'a2');
    expect(lanes.take()?.items).toEqual(['a2']);
  });

  it('have nothing left once they are cleared, and begin anew', () => {
    const lanes = lanesOf('a1', 'a2', 'b1');
    lanes.clear();
    expect(lanes.hasReady).toBe(false);
    lanes.add('a', 'a3');
    expect(lanes.take()?.items).toEqual(['a3']);
  });
});
