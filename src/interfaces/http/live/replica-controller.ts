import {
  Body,
  Controller,
  Extension,
  Path,
  Post,
  Request,
  Response,
  Route,
  SuccessResponse,
  Tags,
} from '@tsoa/runtime';
import type { Request as HttpRequest } from 'express';
import type { AskReplica } from '../../../application/live/ask-replica.js';
import type { LiveService } from '../../../application/live/live-view.js';
import type { StartReplica } from '../../../application/live/start-replica.js';
import { clientAddress } from '../server/client-address.js';
import { HttpProblem, PROBLEM_MEDIA_TYPE, type ProblemDetails } from '../problems/problem-details.js';

/** Who asks. */
export interface ReplicaRequest {
  /**
   * Goes to the log of the replica, beside the address of the client.
   * @minLength 1 must have 1 to 100 characters
   * @maxLength 100 must have 1 to 100 characters
   * @example "Ada"
   */
  by?: string;
}

/** A replica that was started. */
export interface StartedReplica {
  /** @example "laptop-6" */
  replica: string;
}

export const REPLICAS_PATH = '/api/Replica';

const ACTIONS = { Pause: 'pause', Resume: 'resume', Stop: 'stop', Kill: 'kill' } as const;

@Route('api/Replica')
@Tags('Live')
export class ReplicaController extends Controller {
  /** @param allowed what may be asked for here */
  constructor(
    private readonly askReplica: AskReplica,
    private readonly startReplica: StartReplica,
    private readonly allowed: LiveService['actions'],
  ) {
    super();
  }

  /**
   * Starts one replica more, where this process can: in itself, or in a process of its own with `npm run local`.
   * @summary Start a replica
   */
  @Extension('x-roles', ['operate'])
  @Post('Start')
  @SuccessResponse(202, 'The replica is started; `GET /api/Live` shows when it has joined')
  @Response<ProblemDetails>(400, 'The request is not valid', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(403, 'That is off here', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(409, 'There are as many as can be', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(413, 'The body has more than 64 KiB', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(415, 'The body is not JSON in UTF-8', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(500, 'The service failed', undefined, PROBLEM_MEDIA_TYPE)
  async start(@Body() body: ReplicaRequest, @Request() request: HttpRequest): Promise<StartedReplica> {
    this.allow('start');
    const replica = await this.startReplica.execute(whoAsks(body, request));
    this.setStatus(202);
    return { replica };
  }

  /**
   * Asks a replica for something, wherever it runs. `Pause`: it takes no new orders until it is resumed or ends; those that
   * it has read go on. `Resume`: it goes on. `Stop`: it finishes what it has in flight, and leaves. `Kill`: it ends as it is,
   * and another gets what it had in flight.
   * @summary Pause, resume, stop or kill a replica
   * @param id The name of the replica.
   * @pattern id ^[A-Za-z0-9._-]{1,104}$ must be 1 to 104 of the characters A-Z a-z 0-9 . _ -
   * @maxLength id 104 must be 1 to 104 of the characters A-Z a-z 0-9 . _ -
   * @example id "laptop-1"
   * @example action "Pause"
   */
  @Extension('x-roles', ['operate'])
  @Post('{id}/{action}')
  @SuccessResponse(202, 'The replica is asked; `GET /api/Live` shows when it has done so')
  @Response<ProblemDetails>(400, 'The request is not valid', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(403, 'That is off here', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(404, 'No such replica reports now', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(413, 'The body has more than 64 KiB', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(415, 'The body is not JSON in UTF-8', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(500, 'The service failed', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(503, 'The broker did not take the command', undefined, PROBLEM_MEDIA_TYPE)
  async ask(
    @Path() id: string,
    @Path() action: 'Pause' | 'Resume' | 'Stop' | 'Kill',
    @Body() body: ReplicaRequest,
    @Request() request: HttpRequest,
  ): Promise<void> {
    this.allow(ACTIONS[action]);
    await this.askReplica.execute({ replica: id, action: ACTIONS[action], ...whoAsks(body, request) });
    this.setStatus(202);
  }

  private allow(action: LiveService['actions'][number]): void {
    if (this.allowed.includes(action)) return;
    const isPausing = action === 'pause' || action === 'resume';
    const [what, how] = isPausing
      ? ['paused or resumed', 'set PAGE_ACTIONS=on for this process']
      : ['stopped, killed or started', 'that takes PAGE_ACTIONS=all, and a process that can do it'];
    throw new HttpProblem({ name: 'actions-off', detail: `Replicas can’t be ${what} here: ${how}.` });
  }
}

/** As it is proven, as it is said, and from where. */
function whoAsks({ by }: ReplicaRequest, request: HttpRequest) {
  const { caller, correlationId } = request;
  const address = clientAddress(request);
  const names = [caller?.name, by].filter((name) => name !== undefined);
  return { askedBy: names.length === 0 ? address : `${names.join(', ')} (${address})`, correlationId };
}
