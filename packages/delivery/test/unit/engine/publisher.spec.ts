import { expect, it } from '@jest/globals';
import { DeadLettersUnavailable } from '../../../src/engine/dead-letters.js';
import { MessageTooLarge, PublishFailed } from '../../../src/engine/publisher.js';

it('says why a message was not sent, and of an unknown outcome that nothing is known', () => {
  const cause = new Error('closed');
  const unreachable = new PublishFailed('not-sent', 'no broker', { cause });

  expect(unreachable).toMatchObject({
    name: 'PublishFailed',
    outcome: 'not-sent',
    reason: 'unreachable',
    cause,
  });
  expect(new PublishFailed('not-sent', 'full', { reason: 'overloaded' }).reason).toBe('overloaded');
  expect(new PublishFailed('unknown', 'no response').reason).toBeUndefined();
});

it('says how large a message is, and how large it may be', () => {
  expect(String(new MessageTooLarge(11, 10))).toBe(
    'MessageTooLarge: the message has 11 bytes, the limit is 10',
  );
});

it('names what is unavailable', () => {
  expect(String(new DeadLettersUnavailable('closed'))).toBe('DeadLettersUnavailable: closed');
});
