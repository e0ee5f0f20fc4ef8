import type { Readable } from 'node:stream';
import {
  Controller,
  Example,
  Extension,
  Get,
  Header,
  Path,
  Query,
  Request,
  Response,
  Route,
  SuccessResponse,
  Tags,
} from '@tsoa/runtime';
import type { Request as HttpRequest } from 'express';
import type { AwaitOrder } from '../../../application/orders/await-order.js';
import type { FindOrder } from '../../../application/orders/find-order.js';
import type { FollowOrder } from '../../../application/orders/follow-order.js';
import type { Logger } from '../../../application/ports/logger.js';
import { HttpProblem, PROBLEM_MEDIA_TYPE, type ProblemDetails } from '../problems/problem-details.js';
import { closeSignal } from '../server/close-signal.js';
import { EVENT_STREAM_MEDIA_TYPE } from '../server/event-stream.js';
import { preferredWaitS } from '../server/prefer.js';
import { foundOrderView, type OrderView, type PendingOrderView } from './order-dtos.js';
import { orderEvents } from './order-events.js';
import { NOT_PROCESSED, PARKED_ORDER, PENDING_ORDER, PROCESSED_ORDER } from './order-examples.js';
import { orderPlace } from './order-location.js';
import { ownerAsked } from './order-owner.js';

/** Shorter than any time-out of a request. */
const MAX_WAIT_S = 30;
const TOO_MANY_FOLLOWED = {
  name: 'overloaded',
  detail: 'The service has as many streams of events as it can. Ask for the order itself, or again later.',
} as const;

/** What became of an order. */
@Route('api/Order')
@Tags('Order')
export class OrderStatusController extends Controller {
  constructor(
    private readonly findOrder: FindOrder,
    private readonly awaitOrder: AwaitOrder,
    private readonly followOrder: FollowOrder,
    private readonly logger: Logger,
  ) {
    super();
  }

  /**
   * Finds an order: `pending` until a replica has processed, rejected or parked it; a parked one may still be processed. While it is
   * pending it is found only where it lies, with the `partition` and `offset` that the `Location` of its `202` has.
   * @summary Find an order
   * @param orderId Of the request, or of the response to it.
   * @pattern orderId ^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,64}$ must be 1 to 64 of the characters A-Z a-z 0-9 . _ : - and neither . nor ..
   * @maxLength orderId 64 must be 1 to 64 of the characters A-Z a-z 0-9 . _ : - and neither . nor ..
   * @example orderId "order-1001"
   * @param partition Where the order lies, together with `offset`.
   * @isInt partition must be a whole number from 0 to 2147483647
   * @minimum partition 0 must be a whole number from 0 to 2147483647
   * @maximum partition 2147483647 must be a whole number from 0 to 2147483647
   * @example partition 3
   * @param offset Where the order lies, together with `partition`: a 64-bit integer, as text.
   * @pattern offset ^\d{1,19}$ must be a whole number of 19 digits at most
   * @maxLength offset 19 must be a whole number of 19 digits at most
   * @example offset "1042"
   * @param owner Whose order; yours, when it is absent. For another client’s it takes the role `read`. When it is empty: one that was accepted when clients did not say who they are.
   * @pattern owner ^[\x21-\x7e]{0,128}$ must have at most 128 visible ASCII characters
   * @maxLength owner 128 must have at most 128 visible ASCII characters
   * @example owner "shop"
   * @param prefer `wait=10` holds the response for 10 seconds at most, 30 where it says more, until the order is processed, rejected or parked (RFC 7240). What can't be read is ignored.
   */
  @Extension('x-roles', ['send', 'read'])
  @Get('{orderId}')
  @SuccessResponse<{
    /** The wait that the service held the response for, at most. */
    'Preference-Applied'?: string;
  }>(200, 'The order: pending, or with the delivery that brought it where it is')
  @Response<ProblemDetails>(400, 'The request is not valid', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(
    404,
    'No replica has processed, rejected or parked the order, and it was not asked for at its place: it was never sent, or still waits',
    NOT_PROCESSED,
    PROBLEM_MEDIA_TYPE,
  )
  @Response<ProblemDetails>(500, 'The service failed', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(
    503,
    '`store-unavailable`; `broker-unavailable`: whether the order is pending can’t be told',
    undefined,
    PROBLEM_MEDIA_TYPE,
  )
  @Example<PendingOrderView>(PENDING_ORDER, 'pending')
  @Example<OrderView>(PROCESSED_ORDER, 'processed')
  @Example<OrderView>(PARKED_ORDER, 'parked')
  async find(
    @Path() orderId: string,
    @Request() request: HttpRequest,
    @Query() partition?: number,
    @Query() offset?: string,
    @Query() owner?: string,
    @Header('Prefer') prefer?: string,
  ): Promise<OrderView | PendingOrderView> {
    const query = { orderId, owner: ownerAsked(request, owner), place: orderPlace(partition, offset) };
    const waitS = preferredWaitS(prefer, MAX_WAIT_S);
    if (waitS === undefined || !this.awaitOrder.hasRoom) {
      return foundOrderView(await this.findOrder.execute(query));
    }
    this.setHeader('Preference-Applied', `wait=${waitS}`);
    const waiting = { timeoutMs: waitS * 1_000, signal: closeSignal(request) };
    return foundOrderView(await this.awaitOrder.execute({ ...query, ...waiting }));
  }

  /**
   * Follows an order, as server-sent events: one event `status` at once, and one each time that its status or the number of those
   * ahead of it changes. Its data is what `GET /api/Order/{orderId}` returns. An event `attempt` tells of an attempt that failed, as far as
   * its replica reports it. The stream ends when the order is processed, rejected or parked. Every 15 s it has a comment.
   * @summary Follow an order
   * @param orderId Of the request, or of the response to it.
   * @pattern orderId ^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,64}$ must be 1 to 64 of the characters A-Z a-z 0-9 . _ : - and neither . nor ..
   * @maxLength orderId 64 must be 1 to 64 of the characters A-Z a-z 0-9 . _ : - and neither . nor ..
   * @example orderId "order-1001"
   * @param partition Where the order lies, together with `offset`.
   * @isInt partition must be a whole number from 0 to 2147483647
   * @minimum partition 0 must be a whole number from 0 to 2147483647
   * @maximum partition 2147483647 must be a whole number from 0 to 2147483647
   * @example partition 3
   * @param offset Where the order lies, together with `partition`: a 64-bit integer, as text.
   * @pattern offset ^\d{1,19}$ must be a whole number of 19 digits at most
   * @maxLength offset 19 must be a whole number of 19 digits at most
   * @example offset "1042"
   * @param owner Whose order; yours, when it is absent. For another client’s it takes the role `read`. When it is empty: one that was accepted when clients did not say who they are.
   * @pattern owner ^[\x21-\x7e]{0,128}$ must have at most 128 visible ASCII characters
   * @maxLength owner 128 must have at most 128 visible ASCII characters
   * @example owner "shop"
   */
  @Extension('x-roles', ['send', 'read'])
  @Get('{orderId}/Events')
  @SuccessResponse(200, 'The events', EVENT_STREAM_MEDIA_TYPE)
  @Response<ProblemDetails>(400, 'The request is not valid', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(
    404,
    'No replica has processed, rejected or parked the order, and it was not asked for at its place: it was never sent, or still waits',
    NOT_PROCESSED,
    PROBLEM_MEDIA_TYPE,
  )
  @Response<ProblemDetails>(500, 'The service failed', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(
    503,
    '`overloaded`: too many orders are followed; `store-unavailable`; `broker-unavailable`: whether the order is pending can’t be told',
    undefined,
    PROBLEM_MEDIA_TYPE,
  )
  async follow(
    @Path() orderId: string,
    @Request() request: HttpRequest,
    @Query() partition?: number,
    @Query() offset?: string,
    @Query() owner?: string,
  ): Promise<Readable> {
    const query = { orderId, owner: ownerAsked(request, owner), place: orderPlace(partition, offset) };
    if (!this.followOrder.hasRoom) throw new HttpProblem(TOO_MANY_FOLLOWED);
    const events = await orderEvents(this.followOrder, query, request, this.logger);
    this.setHeader('Content-Type', EVENT_STREAM_MEDIA_TYPE);
    this.setHeader('X-Accel-Buffering', 'no'); // nginx would keep the events until there are many
    return events;
  }
}
