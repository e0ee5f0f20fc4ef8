import { describe, expect, it } from '@jest/globals';
import { MessageTooLarge as TooLarge, PublishFailed, type Message } from '@order-service/delivery';
import {
  MessagePublishFailed,
  MessageTooLarge,
} from '../../../../src/application/ports/message-publisher.js';
import { DeliveryMessagePublisher } from '../../../../src/infrastructure/delivery/delivery-message-publisher.js';

const MESSAGE = { key: 'order-1', value: new Uint8Array([1]), headers: { type: 'x' } };
const NOTHING = { messages: 0, bytes: 0 };
const PUBLISHED = { topic: 'orders', partition: 2, offset: '17' };

const failWith = (error: unknown) =>
  new DeliveryMessagePublisher({ queued: NOTHING, publish: () => Promise.reject(error as Error) })
    .publish(MESSAGE)
    .catch((reason: unknown) => reason);

describe('publishing with the delivery library', () => {
  it('hands the message on, and returns where it is', async () => {
    const published: Message[] = [];
    const publisher = new DeliveryMessagePublisher({
      queued: NOTHING,
      publish: (message) => {
        published.push(message);
        return Promise.resolve(PUBLISHED);
      },
    });

    expect(await publisher.publish(MESSAGE)).toEqual(PUBLISHED);
    expect(published).toEqual([MESSAGE]);
  });

  it.each([
    ['not-sent', 'unreachable', {}],
    ['not-sent', 'overloaded', { reason: 'overloaded' }],
    ['unknown', undefined, {}],
  ] as const)('translates a failure: %s, %s', async (outcome, shown, reason) => {
    const cause = new Error('ECONNREFUSED');
    const error = await failWith(new PublishFailed(outcome, 'no broker responds', { cause, ...reason }));

    expect(error).toBeInstanceOf(MessagePublishFailed);
    expect(error).toMatchObject({ outcome, reason: shown, message: 'no broker responds', cause });
  });

  it('says of a message that is too large by how much', async () => {
    const error = await failWith(new TooLarge(1_000, 999));

    expect(error).toBeInstanceOf(MessageTooLarge);
    expect(error).toHaveProperty('message', 'the message has 1000 bytes, the limit is 999');
  });

  it('lets a bug through', async () => {
    const bug = new TypeError('a bug');
    expect(await failWith(bug)).toBe(bug);
  });
});
