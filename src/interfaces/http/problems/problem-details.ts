/** A part of the request that is not valid. */
export interface FieldFault {
  /** @example "product" */
  field: string;
  in: 'body' | 'header' | 'path' | 'query';
  /** @example "must not be empty" */
  detail: string;
}

/** Why a request failed (RFC 9457). */
export interface ProblemDetails {
  /**
   * Stable name of the kind of problem.
   * @example "urn:problem:order-service:invalid-request"
   */
  type: string;
  title: string;
  /** @isInt */
  status: number;
  /** What is wrong with this request, and what to do. */
  detail: string;
  /** Path of the request. */
  instance?: string;
  /** Finds the request in the service's log. */
  correlationId: string;
  /**
   * The fields at fault.
   * @maxItems 20
   */
  errors?: FieldFault[];
  /** Send the order again under this id, when it is unknown whether it was accepted. */
  orderId?: string;
}

export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'malformed-request': { status: 400, title: 'The request is malformed' },
  unauthenticated: { status: 401, title: 'The service does not know who asks' },
  forbidden: { status: 403, title: 'The client may not do that' },
  'actions-off': { status: 403, title: 'Actions are off here' },
  'unknown-path': { status: 404, title: 'There is nothing at this path' },
  'order-not-processed': { status: 404, title: 'No replica has processed the order' },
  'unknown-dead-letter': { status: 404, title: 'There is no such dead letter' },
  'unknown-replica': { status: 404, title: 'There is no such replica' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'too-many-replicas': { status: 409, title: 'There are too many replicas' },
  'payload-too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'The media type of the body is not supported' },
  'too-many-requests': { status: 429, title: 'The client asks for too much' },
  'headers-too-large': { status: 431, title: 'The headers are too many or too large' },
  'internal-error': { status: 500, title: 'The service failed' },
  'broker-unavailable': { status: 503, title: 'The broker is unavailable' },
  overloaded: { status: 503, title: 'The service is overloaded' },
  'outcome-unknown': { status: 503, title: 'It is unknown whether the order was accepted' },
  'store-unavailable': { status: 503, title: 'The store is unavailable' },
  'dead-letters-unavailable': { status: 503, title: 'The dead letters are unavailable' },
  'authentication-unavailable': { status: 503, title: 'Tokens can’t be checked now' },
  'replicas-unreachable': { status: 503, title: 'The replicas can’t be reached' },
} as const satisfies Record<string, { status: number; title: string }>;

/** A problem as the code names it; {@link problemDetails} makes the document of it. */
export interface Problem {
  readonly name: keyof typeof PROBLEMS;
  readonly detail: string;
  readonly errors?: FieldFault[];
  readonly orderId?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A problem that the HTTP adapter itself found. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';

  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
const RETRY_AFTER_S = '1';

export function problemDetails(problem: Problem, correlationId: string, instance?: string): ProblemDetails {
  const { name, detail, errors, orderId } = problem;
  return {
    type: `urn:problem:order-service:${name}`,
    ...PROBLEMS[name],
    detail,
    ...(instance === undefined ? {} : { instance }),
    correlationId,
    ...(errors === undefined ? {} : { errors }),
    ...(orderId === undefined ? {} : { orderId }),
  };
}

export function problemHeaders({ name, headers }: Problem): Readonly<Record<string, string>> {
  return PROBLEMS[name].status === 503 ? { ...headers, 'Retry-After': RETRY_AFTER_S } : { ...headers };
}
