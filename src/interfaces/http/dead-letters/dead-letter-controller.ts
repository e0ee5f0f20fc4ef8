import {
  Body,
  Controller,
  Example,
  Extension,
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
import type { RedriveDeadLetters } from '../../../application/dead-letters/redrive-dead-letters.js';
import type { ResolveDeadLettersCommand } from '../../../application/dead-letters/resolve-dead-letters.js';
import type { Clock } from '../../../application/ports/clock.js';
import {
  deadLetterView,
  type DeadLetterList,
  type DeadLetterOutcome,
  type DeadLetterListQuery,
  type DeadLetterSelection,
  type DeadLetterView,
} from './dead-letter-dtos.js';
import {
  DEAD_LETTER,
  DEAD_LETTERS,
  DEAD_LETTERS_UNAVAILABLE,
  NOTHING_SELECTED,
  RESOLVED_IN_PART,
  UNKNOWN_DEAD_LETTER,
} from './dead-letter-examples.js';
import { DEFAULT_LIMIT, outcomeView, toCommand, toFilter } from './dead-letter-selection.js';
import { HttpProblem, PROBLEM_MEDIA_TYPE, type ProblemDetails } from '../problems/problem-details.js';
import { closeSignal } from '../server/close-signal.js';
import { requestIds } from '../server/request-trace.js';

export const DEAD_LETTERS_PATH = '/api/DeadLetter';

/** Each operation lists its responses: tsoa drops the media type of those that the class has. */
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
   * Lists the dead letters that were neither redriven nor discarded.
   * @summary List dead letters
   */
  @Extension('x-roles', ['operate'])
  @Get()
  @SuccessResponse(200, 'The first of those that match')
  @Response<ProblemDetails>(400, 'The request is not valid', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(500, 'The service failed', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(
    503,
    'The dead letters are unavailable',
    DEAD_LETTERS_UNAVAILABLE,
    PROBLEM_MEDIA_TYPE,
  )
  @Example<DeadLetterList>(DEAD_LETTERS)
  async list(@Queries() query: DeadLetterListQuery): Promise<DeadLetterList> {
    const { deadLetters, more } = await this.listDeadLetters.execute({
      filter: toFilter(query, this.topic, this.clock.now()),
      limit: query.limit ?? DEFAULT_LIMIT,
      order: query.sort,
      show: (deadLetter) => deadLetterView(deadLetter),
    });
    return { deadLetters: [...deadLetters], more };
  }

  /**
   * Publishes the messages of dead letters again, in their order, and takes the dead letters off the list. A message that fails
   * again becomes another dead letter. An order that is processed already is not processed again.
   * @summary Redrive dead letters
   * @example body.one { "id": "3-1042" }
   * @example body.by-reason { "reason": "exhausted", "olderThanSeconds": 600, "limit": 100 }
   * @example body.how-many-are-there { "all": true, "dryRun": true }
   */
  @Extension('x-roles', ['operate'])
  @Post('Redrive')
  @SuccessResponse(200, 'What was done, with a `failure` when a message could not be published')
  @Response<ProblemDetails>(400, 'The request is not valid', NOTHING_SELECTED, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(413, 'The body has more than 64 KiB', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(415, 'The body is not JSON in UTF-8', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(500, 'The service failed', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(
    503,
    'The dead letters are unavailable',
    DEAD_LETTERS_UNAVAILABLE,
    PROBLEM_MEDIA_TYPE,
  )
  @Example<DeadLetterOutcome>(RESOLVED_IN_PART)
  async redrive(
    @Body() body: DeadLetterSelection,
    @Request() request: HttpRequest,
  ): Promise<DeadLetterOutcome> {
    const command = this.commandFor(body, request);
    return outcomeView(command.before, await this.redriveDeadLetters.execute(command));
  }

  /**
   * Takes dead letters off the list for good: their messages are not processed.
   * @summary Discard dead letters
   * @example body.one { "id": "3-1042" }
   * @example body.by-reason { "reason": "invalid", "limit": 100 }
   * @example body.how-many-are-there { "all": true, "dryRun": true }
   */
  @Extension('x-roles', ['operate'])
  @Post('Discard')
  @SuccessResponse(200, 'What was done')
  @Response<ProblemDetails>(400, 'The request is not valid', NOTHING_SELECTED, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(413, 'The body has more than 64 KiB', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(415, 'The body is not JSON in UTF-8', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(500, 'The service failed', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(
    503,
    'The dead letters are unavailable',
    DEAD_LETTERS_UNAVAILABLE,
    PROBLEM_MEDIA_TYPE,
  )
  @Example<DeadLetterOutcome>(RESOLVED_IN_PART)
  async discard(
    @Body() body: DeadLetterSelection,
    @Request() request: HttpRequest,
  ): Promise<DeadLetterOutcome> {
    const command = this.commandFor(body, request);
    return outcomeView(command.before, await this.discardDeadLetters.execute(command));
  }

  /**
   * Shows one dead letter, with all of its bytes.
   * @summary Show a dead letter
   * @param id The partition and the offset of the message in its topic.
   * @pattern id ^\d{1,9}-\d{1,19}$ must be partition and offset, such as 3-1042
   * @maxLength id 29 must be partition and offset, such as 3-1042
   * @example id "3-1042"
   */
  @Extension('x-roles', ['operate'])
  @Get('{id}')
  @SuccessResponse(200, 'The dead letter')
  @Response<ProblemDetails>(400, 'The request is not valid', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(404, 'There is no such dead letter', UNKNOWN_DEAD_LETTER, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(500, 'The service failed', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(
    503,
    'The dead letters are unavailable',
    DEAD_LETTERS_UNAVAILABLE,
    PROBLEM_MEDIA_TYPE,
  )
  @Example<DeadLetterView>(DEAD_LETTER)
  async show(@Path() id: string): Promise<DeadLetterView> {
    const { deadLetters } = await this.listDeadLetters.execute({
      filter: toFilter({ id }, this.topic, this.clock.now()),
      limit: 1,
      show: (deadLetter) => deadLetterView(deadLetter, Infinity),
    });
    const [deadLetter] = deadLetters;
    if (deadLetter === undefined) {
      const detail = `There is no dead letter '${id}': it is redriven or discarded, or never was one.`;
      throw new HttpProblem({ name: 'unknown-dead-letter', detail });
    }
    return deadLetter;
  }

  private commandFor(
    body: DeadLetterSelection,
    request: HttpRequest,
  ): ResolveDeadLettersCommand & { readonly before: Date } {
    const signal = closeSignal(request);
    const command = toCommand(body, this.topic, this.clock.now());
    return { ...command, by: request.caller?.name, requestIds: requestIds(request), signal };
  }
}
