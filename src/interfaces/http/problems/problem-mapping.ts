import { ValidateError, type FieldErrors } from '@tsoa/runtime';
import type { ErrorCode, Refusal } from '../../../application/application-errors.js';
import { DeadLettersUnavailable } from '../../../application/ports/dead-letters.js';
import { MessagePublishFailed, MessageTooLarge } from '../../../application/ports/message-publisher.js';
import { StoreUnavailable } from '../../../application/ports/order-repository.js';
import { OrderNotConfirmed } from '../../../application/orders/send-order.js';
import { HttpRefusal, type FieldFault, type Problem } from './problem-details.js';

const PROBLEM_OF_REFUSAL = {
  'ORDER.INVALID_ID': 'invalid-request',
  'ORDER.INVALID_PRODUCT': 'invalid-request',
  'ORDER.INVALID_QUANTITY': 'invalid-request',
  'ORDER.INVALID_IDEMPOTENCY_KEY': 'invalid-request',
  'ORDER.NOT_PROCESSED': 'order-not-carried-out',
  'ORDER.CONFLICTING_CONTENT': 'conflicting-content',
  'ORDER.ILLEGAL_TRANSITION': 'internal-error',
  'MESSAGE.UNDECODABLE': 'internal-error',
  'MESSAGE.INVALID': 'internal-error',
} as const satisfies Record<ErrorCode, Problem['name']>;

const MAX_FAULTS = 20;
const MAX_FIELD_LENGTH = 64;

export const BODY_TOO_LARGE: Problem = {
  name: 'payload-too-large',
  detail: 'The body must have at most 65536 bytes.',
};
const INTERNAL_ERROR: Problem = {
  name: 'internal-error',
  detail: 'The service failed in a way that it does not know. Report the correlationId.',
};

/** Where the operation that was asked for has the field of that name. */
export type PlaceOf = (field: string) => FieldFault['in'];

/** What a client is told about `error`; whatever isn't known is an internal error, and nothing of it is shown. */
export function toProblem(error: unknown, placeOf: PlaceOf): Problem {
  if (error instanceof HttpRefusal) return error.problem;
  if (error instanceof ValidateError) return invalidRequest(faultsOf(error.fields, placeOf));
  if (error instanceof OrderNotConfirmed) return notConfirmed(error);
  if (error instanceof StoreUnavailable) {
    return { name: 'store-unavailable', detail: 'The store can not be reached now. Ask again later.' };
  }
  if (error instanceof DeadLettersUnavailable) {
    const detail =
      'The dead letters can not be reached now. What was done until then stays done; send the same again later.';
    return { name: 'dead-letters-unavailable', detail };
  }
  if (isRefusal(error)) return refused(error, placeOf);
  return unreadable(error) ?? INTERNAL_ERROR;
}

export function invalidRequest(errors: FieldFault[]): Problem {
  const detail = errors.map((fault) => `${fault.field} ${fault.detail}`).join('; ');
  return { name: 'invalid-request', detail, errors };
}

function notConfirmed({ orderId, cause }: OrderNotConfirmed): Problem {
  if (cause instanceof MessageTooLarge) {
    return {
      name: 'payload-too-large',
      detail: 'The order is larger than the broker takes. It was not accepted.',
    };
  }
  if (!(cause instanceof MessagePublishFailed)) return INTERNAL_ERROR;
  const { name, why } = whyNotConfirmed(cause);
  if (name !== 'outcome-unknown') {
    return { name, detail: `${why} The order was not accepted: send it again later.` };
  }
  const detail = `${why} Send it again under the orderId '${orderId}': it takes effect once.`;
  return { name, detail, orderId };
}

/** The kind of problem, and its reason in a sentence. */
export function whyNotConfirmed({ outcome, reason }: MessagePublishFailed) {
  if (outcome === 'unknown') {
    return { name: 'outcome-unknown', why: 'The broker did not confirm the order.' } as const;
  }
  return reason === 'overloaded'
    ? ({ name: 'overloaded', why: 'The service has more orders than it can publish now.' } as const)
    : ({ name: 'broker-unavailable', why: 'The broker can not be reached now.' } as const);
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && 'code' in error && Object.hasOwn(PROBLEM_OF_REFUSAL, String(error.code));
}

function refused({ code, field, message }: Refusal, placeOf: PlaceOf): Problem {
  const name = PROBLEM_OF_REFUSAL[code];
  if (name === 'internal-error') return INTERNAL_ERROR;
  const errors = field === undefined ? [] : [{ field, in: placeOf(field), detail: message }];
  return name === 'invalid-request' ? invalidRequest(errors) : { name, detail: message, errors };
}

/** tsoa writes `body.product` and `query.limit`, but of other parameters the name alone. */
function faultsOf(fields: FieldErrors, placeOf: PlaceOf): FieldFault[] {
  return Object.entries(fields)
    .slice(0, MAX_FAULTS)
    .map(([path, fault]) => {
      const [, prefix, name = path] = /^(body|query)\.(.*)$/s.exec(path) ?? [];
      const place = (prefix as 'body' | 'query' | undefined) ?? placeOf(name);
      return { field: name.slice(0, MAX_FIELD_LENGTH), in: place, detail: explained(fault) };
    });
}

/** tsoa's words, made a client's. What is `undefined` was not in the request: JSON can't say it. */
function explained({ message, value }: FieldErrors[string]): string {
  if (value === undefined) return 'is required';
  if (message === 'invalid object') return 'must be a JSON object';
  return message.endsWith('is an excess property and therefore is not allowed')
    ? 'is not a field of this request'
    : message;
}

/** What express and its body parser could not read; they mark such errors with a `status` of 4xx. */
function unreadable(error: unknown): Problem | undefined {
  const { status, type } =
    error instanceof Error ? (error as Error & { status?: unknown; type?: unknown }) : {};
  if (status === 413) return BODY_TOO_LARGE;
  if (status === 415) {
    return {
      name: 'unsupported-media-type',
      detail: 'The charset or content encoding of the body is not supported.',
    };
  }
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  if (type === 'entity.parse.failed')
    return { name: 'malformed-request', detail: 'The body is not valid JSON.' };
  const detail =
    error instanceof URIError
      ? 'The path has a malformed percent-encoding.'
      : 'The request could not be read.';
  return { name: 'malformed-request', detail };
}
