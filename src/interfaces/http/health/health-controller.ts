import { Controller, Example, Get, Response, Route, SuccessResponse, Tags } from '@tsoa/runtime';
import { PROBLEM_MEDIA_TYPE, type ProblemDetails } from '../problems/problem-details.js';
import type { Readiness, ReadinessReport } from './readiness.js';

export interface Liveness {
  status: 'up';
}

export const HEALTH_PATH = '/health/';

@Route('health')
@Tags('Health')
export class HealthController extends Controller {
  constructor(private readonly readiness: Readiness) {
    super();
  }

  /**
   * The process runs.
   * @summary Is it alive
   */
  @Get('live')
  @Response<ProblemDetails>(400, 'The request is not valid', undefined, PROBLEM_MEDIA_TYPE)
  @SuccessResponse(200, 'The process runs')
  @Example<Liveness>({ status: 'up' })
  live(): Liveness {
    return { status: 'up' };
  }

  /**
   * `degraded` still serves: what is unavailable is not required. After shutdown has begun it is `down`.
   * @summary Can it serve
   */
  @Get('ready')
  @Response<ProblemDetails>(400, 'The request is not valid', undefined, PROBLEM_MEDIA_TYPE)
  @SuccessResponse(200, 'It serves')
  @Response<ReadinessReport>(503, 'A required dependency is unavailable, or shutdown has begun', {
    status: 'down',
    checks: [{ name: 'broker', status: 'down', required: true, detail: 'no broker responds' }],
  })
  @Example<ReadinessReport>({ status: 'up', checks: [{ name: 'broker', status: 'up', required: true }] })
  async ready(): Promise<ReadinessReport> {
    const report = await this.readiness.report();
    if (report.status === 'down') this.setStatus(503);
    return report;
  }
}
