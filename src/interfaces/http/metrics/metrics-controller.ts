import { Readable } from 'node:stream';
import { Controller, Extension, Get, Response, Route, SuccessResponse, Tags } from '@tsoa/runtime';
import { PROBLEM_MEDIA_TYPE, type ProblemDetails } from '../problems/problem-details.js';

/** The metrics of this process. */
export interface MetricsSource {
  /** In Prometheus' text format. */
  scrape(): Promise<string>;
}

export const METRICS_PATH = '/metrics';
const MEDIA_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

@Route('metrics')
@Tags('Metrics')
export class MetricsController extends Controller {
  constructor(private readonly metrics: MetricsSource) {
    super();
  }

  /**
   * The metrics of this process at this moment, in Prometheus' text format. What can't be read within a second is left out.
   * @summary Metrics
   */
  @Extension('x-roles', ['read'])
  @Get()
  @SuccessResponse(200, 'The metrics', 'text/plain')
  @Response<ProblemDetails>(400, 'The request is not valid', undefined, PROBLEM_MEDIA_TYPE)
  @Response<ProblemDetails>(500, 'The service failed', undefined, PROBLEM_MEDIA_TYPE)
  async scrape(): Promise<Readable> {
    const text = await this.metrics.scrape();
    this.setHeader('Content-Type', MEDIA_TYPE);
    return Readable.from([Buffer.from(text)]);
  }
}
