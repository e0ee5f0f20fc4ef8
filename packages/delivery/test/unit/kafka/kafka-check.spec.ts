import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { createErrorFromCode } from '../../../src/kafka/protocol-error.js';
import { checkBrokers } from '../../../src/kafka/kafka-check.js';

const brokers = (count: number) =>
  Array.from({ length: count }, (_, nodeId) => ({ nodeId, host: 'h', port: 1 }));
const check = (describeCluster: () => Promise<unknown>, problem?: string) =>
  checkBrokers({ describeCluster } as unknown as Admin, { connectionProblem: () => problem });

afterEach(() => {
  jest.useRealTimers();
});

describe('the check of the brokers', () => {
  it.each([
    [1, '1 broker'],
    [3, '3 brokers'],
  ])('is up when %d of them respond', async (count, detail) => {
    const state = await check(() => Promise.resolve({ brokers: brokers(count) }));

    expect(state).toEqual({ status: 'up', detail });
  });

  it.each([
    [new Error('connection refused'), 'connection refused'],
    ['a string', 'no response'],
  ])('is down when they fail with %p', async (error, detail) => {
    expect(await check(() => Promise.reject(error))).toEqual({ status: 'down', detail });
  });

  it('says why no broker can be connected to, though the client still retries', async () => {
    jest.useFakeTimers();
    const checking = check(() => new Promise(() => undefined), 'connect ECONNREFUSED 127.0.0.1:9092');
    await jest.advanceTimersByTimeAsync(2_000);

    expect(await checking).toEqual({ status: 'down', detail: 'connect ECONNREFUSED 127.0.0.1:9092' });
  });

  it.each([
    ['is missing', () => Promise.resolve("not authorized for Write on topic 'orders'"), 'down'],
    ['may not even be asked for', () => Promise.reject(createErrorFromCode(29)), 'down'],
    ['can’t be asked for now', () => Promise.reject(new Error('closed connection')), 'up'],
    ['is asked for in vain', () => new Promise<undefined>(() => undefined), 'up'],
    ['is there', () => Promise.resolve(undefined), 'up'],
  ])('tells of a right that %s', async (_what, missingRight, status) => {
    jest.useFakeTimers();
    const admin = { describeCluster: () => Promise.resolve({ brokers: brokers(1) }) } as unknown as Admin;
    const checking = checkBrokers(admin, { connectionProblem: () => undefined }, missingRight);
    await jest.advanceTimersByTimeAsync(2_000);

    expect(await checking).toMatchObject({ status, detail: expect.any(String) });
  });

  it('is down when they don’t respond within 2 s', async () => {
    jest.useFakeTimers();
    const states: unknown[] = [];
    void check(() => new Promise(() => undefined)).then((state) => states.push(state));
    await jest.advanceTimersByTimeAsync(1_999);
    expect(states).toEqual([]);

    await jest.advanceTimersByTimeAsync(1);
    expect(states).toEqual([{ status: 'down', detail: 'no response in time' }]);
  });
});
