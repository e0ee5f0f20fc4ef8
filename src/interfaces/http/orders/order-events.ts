import type { Readable } from 'node:stream';
import type { Request } from 'express';
import { OrderNotProcessed } from '../../../application/application-errors.js';
import type { FindOrderQuery } from '../../../application/orders/find-order.js';
import { isAttempt, type FollowOrder, type OrderStep } from '../../../application/orders/follow-order.js';
import type { Logger } from '../../../application/ports/logger.js';
import { closeSignal } from '../server/close-signal.js';
import { eventStream, type ServerSentEvent } from '../server/event-stream.js';
import { requestIds } from '../server/request-trace.js';
import { attemptView, foundOrderView } from './order-dtos.js';

/** The steps of an order as events. Rejects when it isn't found at first; HEAD gets only what is before the first event. */
export async function orderEvents(
  followOrder: FollowOrder,
  query: FindOrderQuery,
  request: Request,
  logger: Logger,
): Promise<Readable> {
  const { method, path } = request;
  const steps = followOrder.execute({ ...query, signal: closeSignal(request) });
  const first = await steps.next();
  if (method === 'HEAD') await steps.return();
  return eventStream(toEvents(first, steps), (error) => {
    // it was completed, and the store has forgotten it
    if (error instanceof OrderNotProcessed) return;
    logger.error('request failed', { ...requestIds(request), method, path, error });
  });
}

async function* toEvents(
  first: IteratorResult<OrderStep, void>,
  others: AsyncIterable<OrderStep>,
): AsyncGenerator<ServerSentEvent> {
  if (first.done !== true) yield toEvent(first.value);
  for await (const step of others) yield toEvent(step);
}

function toEvent(step: OrderStep): ServerSentEvent {
  return isAttempt(step)
    ? { event: 'attempt', data: attemptView(step) }
    : { event: 'status', data: foundOrderView(step) };
}
