import { describe, expect, it } from '@jest/globals';
import { Replicas } from '../../../src/bootstrap/replicas.js';
import type { OrderConsumer } from '../../../src/interfaces/messaging/order-consumer.js';

/** Deadlines with which each was stopped. */
const stops: [string, number][] = [];
const make = (replica: string) =>
  ({
    replica,
    stop: (deadlineMs: number) => {
      stops.push([replica, deadlineMs]);
      return Promise.resolve();
    },
  }) as unknown as OrderConsumer;
const namesOf = ({ all }: Replicas) => all.map(({ replica }) => replica);

describe('the replicas of a process', () => {
  it('get the lowest name that is free', async () => {
    const replicas = new Replicas(['laptop-1', 'laptop-2'], 'laptop', make);
    replicas.add();
    expect(namesOf(replicas)).toEqual(['laptop-1', 'laptop-2', 'laptop-3']);
    const [first] = replicas.all;
    if (first !== undefined) await replicas.end(first, 7);
    expect(stops).toEqual([['laptop-1', 7]]);
    expect(replicas.add().replica).toBe('laptop-1');
    expect(namesOf(replicas)).toEqual(['laptop-2', 'laptop-3', 'laptop-1']);
  });

  it('are numbered from the second on where the first has the name of the process', () => {
    const replicas = new Replicas(['laptop'], 'laptop', make);
    replicas.add();
    expect(namesOf(replicas)).toEqual(['laptop', 'laptop-2']);
  });

  it('are twenty at most', () => {
    const replicas = new Replicas([], 'laptop', make);
    for (let count = 0; count < 20; count++) replicas.add();
    expect(() => replicas.add()).toThrow('20');
  });
});
