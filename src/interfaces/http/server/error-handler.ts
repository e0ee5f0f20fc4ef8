import type { ErrorRequestHandler } from 'express';
import type { Logger } from '../../../application/ports/logger.js';
import {
  PROBLEM_MEDIA_TYPE,
  problemDetails,
  problemHeaders,
  type FieldFault,
} from '../problems/problem-details.js';
import { toProblem } from '../problems/problem-mapping.js';
import { requestIds } from './request-trace.js';

/** Responds to every error with a problem document. The cause of those that aren't the client's is logged. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const { method, path, correlationId, operation } = request;
    // what is no parameter of the operation is a part of the body
    const locate = (field: string) =>
      (operation?.parameters?.find(({ name }) => name === field)?.in ?? 'body') as FieldFault['in'];
    const problem = toProblem(error, locate);
    const details = problemDetails(problem, correlationId, path);
    const { status, type } = details;
    if (status === 500) logger.error('request failed', { ...requestIds(request), method, path, error });
    else if (status > 500)
      logger.warn('request not served', { ...requestIds(request), method, path, type, error });
    if (response.headersSent) {
      next(error);
      return;
    }
    response.status(status).set(problemHeaders(problem)).type(PROBLEM_MEDIA_TYPE).json(details);
  };
}
