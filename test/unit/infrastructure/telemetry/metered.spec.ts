import { beforeEach, describe, expect, it } from '@jest/globals';
import { DeadLettersUnavailable, type DeadLetters } from '../../../../src/application/ports/dead-letters.js';
import {
  MessagePublishFailed,
  type EncodedMessage,
  type MessagePublisher,
} from '../../../../src/application/ports/message-publisher.js';
import { Instruments } from '../../../../src/infrastructure/telemetry/instruments.js';
import { MessagingMetrics } from '../../../../src/infrastructure/telemetry/messaging-metrics.js';
import { MeteredDeadLetters } from '../../../../src/infrastructure/telemetry/metered-dead-letters.js';
import { MeteredMessagePublisher } from '../../../../src/infrastructure/telemetry/metered-message-publisher.js';
import { OrderMetrics } from '../../../../src/infrastructure/telemetry/order-metrics.js';
import { aDeadLetter } from '../../../support/a-dead-letter.js';

const MESSAGE: EncodedMessage = { key: 'order-1', value: new Uint8Array(), headers: {} };
const PUBLISHED = { topic: 'orders', partition: 2, offset: '7' };

let instruments: Instruments;
let messaging: MessagingMetrics;
let orders: OrderMetrics;
beforeEach(() => {
  instruments = new Instruments();
  messaging = new MessagingMetrics(instruments, 'kafka');
  orders = new OrderMetrics(instruments);
});

/** The series of an instrument that are not 0: their attributes without those that all have, and their value or count. */
async function measured(name: string): Promise<(readonly [string, number])[]> {
  const instrument = instruments.all.find((each) => each.name === name);
  if (instrument === undefined) throw new Error(`there is no ${name}`);
  const series =
    instrument.kind === 'histogram'
      ? instrument.series.map(({ attributes, counts }) => {
          return { attributes, value: counts.reduce((sum, each) => sum + each, 0) };
        })
      : [...(await instrument.read())];
  return series
    .filter(({ value }) => value > 0)
    .map(({ attributes: { 'messaging.system': _system, ...attributes }, value }) => {
      return [Object.values(attributes).join(' '), value] as const;
    });
}

describe('a message publisher that is metered', () => {
  const publishing = (publish: MessagePublisher['publish']) =>
    new MeteredMessagePublisher({ publish }, 'orders', messaging, orders);

  it('returns what it is told, and counts it as sent and accepted', async () => {
    const publisher = publishing(() => Promise.resolve(PUBLISHED));

    expect(await publisher.publish(MESSAGE)).toBe(PUBLISHED);
    expect(await measured('messaging.client.sent.messages')).toEqual([['send orders 2', 1]]);
    expect(await measured('messaging.client.operation.duration')).toEqual([['send orders', 1]]);
    expect(orders.accepted.value).toBe(1);
  });

  it('counts one that is redriven as sent, not as accepted', async () => {
    const headers = { 'x-redrive-count': '1' };
    await publishing(() => Promise.resolve(PUBLISHED)).publish({ ...MESSAGE, headers });

    expect(await measured('messaging.client.sent.messages')).toEqual([['send orders 2', 1]]);
    expect(orders.accepted.value).toBe(0);
  });

  it.each([
    ['unreachable', 0, new MessagePublishFailed('not-sent', 'no broker')],
    ['outcome_unknown', 1, new MessagePublishFailed('unknown', 'no response')],
  ])('rejects as it is told, and counts it as %s', async (type, unknown, error) => {
    await expect(publishing(() => Promise.reject(error)).publish(MESSAGE)).rejects.toBe(error);
    expect(await measured('messaging.client.sent.messages')).toEqual([[`send orders ${type}`, 1]]);
    expect(await measured('messaging.client.operation.duration')).toEqual([[`send orders ${type}`, 1]]);
    expect(messaging.unknownOutcomes.value).toBe(unknown);
    expect(orders.accepted.value).toBe(0);
  });
});

describe('dead letters that are metered', () => {
  const found = { matched: 0, deadLetters: (async function* () {})() };
  const keeping = (kept: Partial<DeadLetters> = {}) => {
    const nothing = () => Promise.resolve();
    const store = { add: nothing, resolve: nothing, list: () => Promise.resolve(found), ...kept };
    return new MeteredDeadLetters(store, 'orders.dlq', messaging, orders);
  };
  const deadLetter = aDeadLetter();
  const { partition } = deadLetter.origin;

  it('are sent, and resolved', async () => {
    const deadLetters = keeping();
    await deadLetters.add(deadLetter);
    await deadLetters.resolve(deadLetter.origin, 'redriven');
    await deadLetters.resolve(deadLetter.origin, 'discarded');

    expect(await measured('messaging.client.sent.messages')).toEqual([[`send orders.dlq ${partition}`, 3]]);
    expect([orders.redriven.value, orders.discarded.value]).toEqual([1, 1]);
    expect(await deadLetters.list({})).toBe(found);
  });

  it('are not counted as resolved when that failed', async () => {
    const error = new DeadLettersUnavailable('no broker');
    const deadLetters = keeping({ resolve: () => Promise.reject(error) });

    await expect(deadLetters.resolve(deadLetter.origin, 'redriven')).rejects.toBe(error);
    expect(orders.redriven.value).toBe(0);
    const failed = [['send orders.dlq dead_letters_unavailable', 1]];
    expect(await measured('messaging.client.sent.messages')).toEqual(failed);
  });
});
