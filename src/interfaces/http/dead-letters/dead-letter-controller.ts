import {
  Body,
  Controller,
  Example,
  Get,
  Path,
  Post,
  Queries,
  Request,
  Response,
  Route,
  SuccessResponse,
  Tags,
} from '@tsoa/runtime';
import type { Request as HttpRequest } from 'express';
import type { DiscardDeadLetters } from '../../../application/dead-letters/discard-dead-letters.js';
import type { ListDeadLetters } from '../../../application/dead-letters/list-dead-letters.js';
import type { Clock } from '../../../application/ports/clock.js';
import type { RedriveDeadLetters } from '../../../application/dead-letters/redrive-dead-letters.js';
import {
  deadLetterView,
  type DeadLetterList,
  type DeadLetterOutcome,
  type DeadLetterQuery,
  type DeadLetterSelection,
  type DeadLetterView,
} from './dead-letter-dtos.js';
import {
  DEAD_LETTER,
  DEAD_LETTERS,
  DEAD_LETTERS_UNAVAILABLE,
  NOTHING_SELECTED,
  DONE_IN_PART,
  UNKNOWN_DEAD_LETTER,
} from './dead-letter-examples.js';
import { commandOf, DEFAULT_LIMIT, filterOf, outcomeOf } from './dead-letter-selection.js';
import { HttpRefusal, PROBLEM_MEDIA_TYPE, type ProblemDetails } from '../problems/problem-details.js';

@Route('api/DeadLetter')
@Tags('Dead letters')
export class DeadLetterController extends Controller {
  constructor(
    private readonly listDeadLetters: ListDeadLetters,
    private readonly redriveDeadLetters: RedriveDeadLetters,
    private readonly discardDeadLetters: DiscardDeadLetters,
    private readonly topic: string,
    private readonly clock: Clock,
  ) {
    super();
  }

  /**
   * Shows the messages that were given up and neither redriven nor discarded, those of a partition in their order.
   * @summary List dead letters
   */
  @Get()
  @SuccessResponse(200, 'The first of those that match')
  @Response<ProblemDetails>(400, 'The request is not valid', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(500, 'The service failed', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails, { 'Retry-After': string }>(
    503,
    'The dead letters can not be reached now',
    DEAD_LETTERS_UNAVAILABLE,
    PROBLEM_MEDIA_TYPE,
  )
  @Example<DeadLetterList>(DEAD_LETTERS)
  async list(@Queries() query: DeadLetterQuery): Promise<DeadLetterList> {
    const { deadLetters, more } = await this.listDeadLetters.execute({
      filter: filterOf(query, this.topic, this.clock.now()),
      limit: query.limit ?? DEFAULT_LIMIT,
      show: (letter) => deadLetterView(letter),
    });
    return { deadLetters: [...deadLetters], more };
  }

  /**
   * Sends messages that were given up back to the log as they were, in their order, and takes their letters out of the list.
   * A message that fails again comes back as another letter. An order that is carried out already is not carried out again.
   * @summary Send dead letters back
   * @example body.one { "id": "3-1042" }
   * @example body.by-reason { "reason": "exhausted", "olderThanSeconds": 600, "limit": 100 }
   * @example body.how-many-are-there { "all": true, "dryRun": true }
   */
  @Post('Redrive')
  @SuccessResponse(200, 'What was done; `failure` when the log did not take all of it')
  @Response<ProblemDetails>(400, 'The request is not valid', NOTHING_SELECTED, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(413, 'The body has more than 64 KiB', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(415, 'The body is not JSON in UTF-8', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(500, 'The service failed', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails, { 'Retry-After': string }>(
    503,
    'The dead letters can not be reached now',
    DEAD_LETTERS_UNAVAILABLE,
    PROBLEM_MEDIA_TYPE,
  )
  @Example<DeadLetterOutcome>(DONE_IN_PART)
  async redrive(
    @Body() body: DeadLetterSelection,
    @Request() request: HttpRequest,
  ): Promise<DeadLetterOutcome> {
    const { before, ...command } = commandOf(body, this.topic, this.clock.now());
    const ofRequest = { correlationId: request.correlationId, signal: untilClosed(request) };
    return outcomeOf(before, await this.redriveDeadLetters.execute({ ...command, ...ofRequest }));
  }

  /**
   * Takes messages that were given up out of the list for good: they are not carried out.
   * @summary Discard dead letters
   * @example body.one { "id": "3-1042" }
   * @example body.by-reason { "reason": "invalid", "limit": 100 }
   * @example body.how-many-are-there { "all": true, "dryRun": true }
   */
  @Post('Discard')
  @SuccessResponse(200, 'What was done')
  @Response<ProblemDetails>(400, 'The request is not valid', NOTHING_SELECTED, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(413, 'The body has more than 64 KiB', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(415, 'The body is not JSON in UTF-8', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(500, 'The service failed', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails, { 'Retry-After': string }>(
    503,
    'The dead letters can not be reached now',
    DEAD_LETTERS_UNAVAILABLE,
    PROBLEM_MEDIA_TYPE,
  )
  @Example<DeadLetterOutcome>(DONE_IN_PART)
  async discard(
    @Body() body: DeadLetterSelection,
    @Request() request: HttpRequest,
  ): Promise<DeadLetterOutcome> {
    const { before, ...command } = commandOf(body, this.topic, this.clock.now());
    const ofRequest = { correlationId: request.correlationId, signal: untilClosed(request) };
    return outcomeOf(before, await this.discardDeadLetters.execute({ ...command, ...ofRequest }));
  }

  /**
   * Shows one letter whole.
   * @summary Show a dead letter
   * @pattern id ^\d{1,9}-\d{1,19}$ must be partition and offset, such as 3-1042
   * @example id "3-1042"
   */
  @Get('{id}')
  @SuccessResponse(200, 'The letter, with all of its bytes')
  @Response<ProblemDetails>(400, 'The request is not valid', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(404, 'No such letter waits', UNKNOWN_DEAD_LETTER, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(500, 'The service failed', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails, { 'Retry-After': string }>(
    503,
    'The dead letters can not be reached now',
    DEAD_LETTERS_UNAVAILABLE,
    PROBLEM_MEDIA_TYPE,
  )
  @Example<DeadLetterView>(DEAD_LETTER)
  async show(@Path() id: string): Promise<DeadLetterView> {
    const { deadLetters } = await this.listDeadLetters.execute({
      filter: filterOf({ id }, this.topic, this.clock.now()),
      limit: 1,
      show: (letter) => deadLetterView(letter, Infinity),
    });
    const [letter] = deadLetters;
    if (letter === undefined) {
      const detail = `No dead letter '${id}' waits: it was redriven or discarded, or never given up.`;
      throw new HttpRefusal({ name: 'unknown-dead-letter', detail });
    }
    return letter;
  }
}

/** Aborted when the client goes away. */
function untilClosed({ res }: HttpRequest): AbortSignal {
  const gone = new AbortController();
  res?.once('close', () => gone.abort());
  return gone.signal;
}
