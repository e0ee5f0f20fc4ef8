import type { ErrorRequestHandler } from 'express';
import type { Logger } from '../../../application/ports/logger.js';
import { operationsAt, placeIn, type Paths } from '../server/operations.js';
import { PROBLEM_MEDIA_TYPE, problemDetails, problemHeaders } from './problem-details.js';
import { toProblem } from './problem-mapping.js';

/** Answers every error as a problem document; the log has the cause of those that aren't the client's. */
export function errorHandler(logger: Logger, paths: Paths): ErrorRequestHandler {
  const at = operationsAt(paths);
  return (error: unknown, request, response, next) => {
    const { method, path, correlationId } = request;
    const operation = at(path)?.[method === 'HEAD' ? 'get' : method.toLowerCase()];
    const problem = toProblem(error, (field) => placeIn(operation, field));
    const details = problemDetails(problem, correlationId, path);
    const { status, type } = details;
    if (status === 500) logger.error('request failed', { correlationId, method, path, error });
    else if (status > 500) logger.warn('request not served', { correlationId, method, path, type, error });
    if (response.headersSent) {
      next(error);
      return;
    }
    response.status(status).set(problemHeaders(problem)).type(PROBLEM_MEDIA_TYPE).json(details);
  };
}
