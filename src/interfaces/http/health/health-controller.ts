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
   * Looks at no dependency.
   * @summary Liveness
   */
  @Get('live')
  @Response<ProblemDetails>(400, 'The request is not valid', undefined, PROBLEM_MEDIA_TYPE)
  @SuccessResponse(200, 'The process runs')
  @Example<Liveness>({ status: 'up' })
  live(): Liveness {
    return { status: 'up' };
  }

  /**
   * `up`: everything is available. `degraded`: something is unavailable that this process does not need. `down`: it can't serve, or
   * its shutdown has begun.
   * @summary Readiness
   */
  @Get('ready')
  @Response<ProblemDetails>(400, 'The request is not valid', undefined, PROBLEM_MEDIA_TYPE)
  @SuccessResponse(200, 'The process can serve: `up` or `degraded`')
  @Response<ReadinessReport>(503, 'The process can’t serve: `down`', {
    status: 'down',
    checks: [
      { name: 'broker', status: 'down', required: true, detail: 'connect ECONNREFUSED 127.0.0.1:9092' },
    ],
  })
  @Example<ReadinessReport>({
    status: 'up',
    checks: [{ name: 'broker', status: 'up', required: true, detail: '3 brokers' }],
  })
  async ready(): Promise<ReadinessReport> {
    const report = await this.readiness.report();
    if (report.status === 'down') this.setStatus(503);
    return report;
  }
}
