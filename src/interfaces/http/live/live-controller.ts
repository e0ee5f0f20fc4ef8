import { Readable } from 'node:stream';
import {
  Controller,
  Extension,
  Get,
  Header,
  Query,
  Request,
  Response,
  Route,
  SuccessResponse,
  Tags,
} from '@tsoa/runtime';
import type { Request as HttpRequest } from 'express';
import { PROBLEM_MEDIA_TYPE, type ProblemDetails } from '../problems/problem-details.js';
import { EVENT_STREAM_MEDIA_TYPE } from '../server/event-stream.js';
import type { LiveStreams } from './live-streams.js';

export const LIVE_PATH = '/api/Live';
/** Where clients are asked who they are: what this one may do, so that the page offers nothing else. */
const ROLES_HEADER = 'X-Client-Roles';

@Route('api/Live')
@Tags('Live')
export class LiveController extends Controller {
  constructor(private readonly streams: LiveStreams) {
    super();
  }

  /**
   * What the service does at this moment, as server-sent events: a `snapshot`, then at most four `update`s a second with what
   * changed. Whoever reads too slowly misses updates, and gets a snapshot instead. The stream ends when the process stops. Where
   * clients are asked who they are, the header `X-Client-Roles` has the roles of this one.
   * @summary Watch the service
   * @param lastEventId The id of the event that a client had last, for one that can't send `Last-Event-ID`.
   * @pattern lastEventId ^[A-Za-z0-9-]{1,100}$ must be the id of an event of this stream
   * @maxLength lastEventId 100 must be the id of an event of this stream
   * @param lastEventIdHeader The same, as browsers send it when they connect again. With either, the stream goes on after that event, or begins with a snapshot.
   * @pattern lastEventIdHeader ^[A-Za-z0-9-]{1,100}$ must be the id of an event of this stream
   * @maxLength lastEventIdHeader 100 must be the id of an event of this stream
   */
  @Extension('x-roles', ['read'])
  @Get()
  @SuccessResponse(200, 'The events', EVENT_STREAM_MEDIA_TYPE)
  @Response<ProblemDetails>(400, 'The request is not valid', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(500, 'The service failed', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(503, 'The process has 100 streams already', undefined, PROBLEM_MEDIA_TYPE)
  async watch(
    @Request() request: HttpRequest,
    @Query() lastEventId?: string,
    @Header('Last-Event-ID') lastEventIdHeader?: string,
  ): Promise<Readable> {
    this.setHeader('Content-Type', EVENT_STREAM_MEDIA_TYPE);
    // otherwise it would be kept alive when a stop ends it, and the stop would wait
    this.setHeader('Connection', 'close');
    this.setHeader('X-Accel-Buffering', 'no'); // nginx would keep them back
    if (request.caller !== undefined) this.setHeader(ROLES_HEADER, request.caller.roles.join(','));
    if (request.method === 'HEAD') return Promise.resolve(Readable.from([]));
    return Promise.resolve(this.streams.open(lastEventIdHeader ?? lastEventId, request.res));
  }
}
