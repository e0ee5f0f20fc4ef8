import type { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Example,
  Extension,
  Header,
  Post,
  Query,
  Request,
  Response,
  Route,
  SuccessResponse,
  Tags,
} from '@tsoa/runtime';
import type { Request as HttpRequest } from 'express';
import type { ImportOrders } from '../../../application/orders/import-orders.js';
import type { IdGenerator } from '../../../application/ports/id-generator.js';
import type { Logger } from '../../../application/ports/logger.js';
import type { SendOrder } from '../../../application/orders/send-order.js';
import { OrderId } from '../../../domain/order/order-id.js';
import { readTraceparent, requestIds } from '../server/request-trace.js';
import { NDJSON_MEDIA_TYPE } from './ndjson.js';
import type { OrderAccepted, OrderRequest } from './order-dtos.js';
import { INVALID_REQUEST, ORDER_ACCEPTED, OUTCOME_UNKNOWN } from './order-examples.js';
import { checkImport, importResponse } from './order-import.js';
import { orderLocation } from './order-location.js';
import { PROBLEM_MEDIA_TYPE, type ProblemDetails } from '../problems/problem-details.js';

@Route('api/Order')
@Tags('Order')
export class OrderController extends Controller {
  constructor(
    private readonly sendOrder: SendOrder,
    private readonly importOrders: ImportOrders,
    private readonly ids: IdGenerator,
    private readonly logger: Logger,
  ) {
    super();
  }

  /**
   * Returns when every in-sync replica of the broker has the order. Then a replica of the service processes it: the order takes
   * effect in the store once, and fulfilment is called at least once. An order that can't be processed becomes a dead letter.
   * @summary Send an order
   * @param idempotencyKey The id of the order is made from this key, so a retry with the same key is the same order. An `orderId` in the body wins.
   * @minLength idempotencyKey 1 must have 1 to 255 characters
   * @maxLength idempotencyKey 255 must have 1 to 255 characters
   * @param _correlationId Finds the request in the service's log, and is returned with the response. The service makes one when it is absent.
   * @pattern _correlationId ^[\x21-\x7e]{1,128}$
   * @maxLength _correlationId 128
   * @param _traceparent W3C trace context. The service passes it on with the order, and ignores one that is not valid.
   * @example body.id-made-by-the-service { "product": "Espresso machine", "quantity": 2 }
   * @example body.id-of-the-client { "orderId": "order-1001", "product": "Coffee grinder" }
   * @example body.simulated-rejected { "product": "reject" }
   * @example body.simulated-fails-three-times { "product": "fail-3" }
   * @example body.simulated-fails-always { "product": "fail" }
   * @example body.simulated-takes-ten-seconds { "product": "slow-10000" }
   */
  @Extension('x-roles', ['send'])
  @Post('Send')
  @SuccessResponse<{
    /** Where the order is found: pending, until it is processed, rejected or parked. */
    Location: string;
  }>(202, 'The order is accepted: it is published')
  @Response<ProblemDetails>(
    400,
    'The request is not valid; `errors` names each field at fault',
    INVALID_REQUEST,
    PROBLEM_MEDIA_TYPE,
  )
  @Response<ProblemDetails>(413, 'The body has more than 64 KiB', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(415, 'The body is not JSON in UTF-8', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(500, 'The service failed', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(
    503,
    '`broker-unavailable`, `overloaded`: the order was not accepted; send it again later. `outcome-unknown`: it may have been accepted; send it again under the `orderId` of this response.',
    OUTCOME_UNKNOWN,
    PROBLEM_MEDIA_TYPE,
  )
  @Example<OrderAccepted>(ORDER_ACCEPTED)
  async send(
    @Body() body: OrderRequest,
    @Request() request: HttpRequest,
    @Header('Idempotency-Key') idempotencyKey?: string,
    @Header('X-Correlation-Id') _correlationId?: string,
    @Header('traceparent') _traceparent?: string,
  ): Promise<OrderAccepted> {
    const { orderId, product, quantity } = body;
    const { caller, correlationId } = request;
    const sent = await this.sendOrder.execute({
      owner: caller?.name,
      orderId,
      product,
      quantity,
      idempotencyKey,
      correlationId,
      traceparent: readTraceparent(request),
    });
    const { topic, partition, offset } = sent;
    this.logger.info('order accepted', () => ({ ...requestIds(request), ...sent }));
    const owned = OrderId.parts(sent.orderId);
    this.setHeader('Location', orderLocation({ orderId: owned.orderId, partition, offset }));
    return { status: 'Success', ...owned, topic, partition, offset };
  }

  /**
   * Accepts the orders of a stream of any length, one JSON object on each line. Returns a line for each of the first 1,000
   * orders that are not valid, then a summary. By then every in-sync replica of the broker has all accepted orders.
   *
   * An import ends early when publishing an order is not confirmed. Then the `problem` of its summary is `broker-unavailable`,
   * `overloaded` or `outcome-unknown`, and `resumeAtLine` says where to go on. The connection may be lost, too. In both cases
   * send the rest, or all of it, again with the `Idempotency-Key` of the response: no order is doubled. The service sends the
   * key before it reads the body.
   * @summary Import many orders
   * @param idempotencyKey An order without an `orderId` gets one that is made from this key and the number of its line: an import that is sent again with the same key doubles no order. When it is absent, the service makes one and returns it.
   * @minLength idempotencyKey 1 must have 1 to 240 characters
   * @maxLength idempotencyKey 240 must have 1 to 240 characters
   * @param firstLine The number of the first line of this body, for an import that goes on.
   * @isInt firstLine must be a whole number from 1 to 1000000000
   * @minimum firstLine 1 must be a whole number from 1 to 1000000000
   * @maximum firstLine 1000000000 must be a whole number from 1 to 1000000000
   * @param _correlationId Finds the request in the service's log, and is returned with the response. The service makes one when it is absent.
   * @pattern _correlationId ^[\x21-\x7e]{1,128}$
   * @maxLength _correlationId 128
   * @param _traceparent W3C trace context. The service passes it on with the orders, and ignores one that is not valid.
   */
  @Extension('x-roles', ['send'])
  @Post('Import')
  @SuccessResponse<{
    /** The key of this import, to send it again with. */
    'Idempotency-Key': string;
  }>(200, 'What became of the orders', NDJSON_MEDIA_TYPE)
  @Response<ProblemDetails>(400, 'The request is not valid', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(415, 'The body is not NDJSON', undefined, PROBLEM_MEDIA_TYPE)
  async import(
    @Request() request: HttpRequest,
    @Query() firstLine = 1,
    @Header('Idempotency-Key') idempotencyKey = this.ids.next(),
    @Header('X-Correlation-Id') _correlationId?: string,
    @Header('traceparent') _traceparent?: string,
  ): Promise<Readable> {
    checkImport(request);
    this.setHeader('Content-Type', NDJSON_MEDIA_TYPE);
    this.setHeader('Idempotency-Key', idempotencyKey);
    const settings = { firstLine, idempotencyKey, traceparent: readTraceparent(request) };
    return Promise.resolve(importResponse(this.importOrders, request, settings, this.logger));
  }
}
