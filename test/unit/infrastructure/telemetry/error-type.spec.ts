import { AttemptTimedOut } from '@order-service/delivery';
import { expect, it } from '@jest/globals';
import { InvalidMessage, UndecodableMessage } from '../../../../src/application/application-errors.js';
import { NotOurs } from '../../../../src/application/orders/delivery.js';
import { DeadLettersUnavailable } from '../../../../src/application/ports/dead-letters.js';
import { FulfilmentFailed, FulfilmentUnavailable } from '../../../../src/application/ports/fulfilment.js';
import {
  MessagePublishFailed,
  MessageTooLarge,
} from '../../../../src/application/ports/message-publisher.js';
import { StoreUnavailable } from '../../../../src/application/ports/order-repository.js';
import { ConflictingContent } from '../../../../src/domain/order/order-errors.js';
import { OrderId } from '../../../../src/domain/order/order-id.js';
import { errorType } from '../../../../src/infrastructure/telemetry/error-type.js';

it.each([
  ['unreachable', new MessagePublishFailed('not-sent', 'no broker')],
  ['overloaded', new MessagePublishFailed('not-sent', 'full', { reason: 'overloaded' })],
  ['outcome_unknown', new MessagePublishFailed('unknown', 'no response')],
  ['too_large', new MessageTooLarge(2, 1)],
  ['dead_letters_unavailable', new DeadLettersUnavailable('no broker')],
  ['fulfilment_failed', new FulfilmentFailed('500')],
  ['fulfilment_unavailable', new FulfilmentUnavailable('503')],
  ['store_unavailable', new StoreUnavailable('no connection')],
  ['timed_out', new AttemptTimedOut(100)],
  ['undecodable', new UndecodableMessage('no JSON')],
  ['invalid', new InvalidMessage('no product')],
  ['conflicting', new ConflictingContent(OrderId.of('order-1'))],
  ['not_ours', new NotOurs()],
  ['_OTHER', new TypeError('order-1 is not a function')],
  ['_OTHER', Object.assign(new Error('x'), { name: 'toString' })],
  ['_OTHER', 'a string'],
  ['_OTHER', undefined],
])('the type %s is that of %s', (type, error) => {
  expect(errorType(error)).toBe(type);
});
