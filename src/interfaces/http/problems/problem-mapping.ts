import { ValidateError, type FieldErrors } from '@tsoa/runtime';
import { OrderNotProcessed, type HttpErrorCode } from '../../../application/application-errors.js';
import { UnknownReplica } from '../../../application/live/ask-replica.js';
import { OrderNotConfirmed } from '../../../application/orders/send-order.js';
import { DeadLettersUnavailable } from '../../../application/ports/dead-letters.js';
import { MessagePublishFailed, MessageTooLarge } from '../../../application/ports/message-publisher.js';
import { ReplicasUnreachable } from '../../../application/ports/replica-commands.js';
import { TooManyReplicas } from '../../../application/ports/replica-starter.js';
import { StoreUnavailable } from '../../../application/ports/order-repository.js';
import { PendingOrdersUnavailable } from '../../../application/ports/pending-orders.js';
import { HttpProblem, type FieldFault, type Problem } from './problem-details.js';

const PROBLEM_NAMES = {
  'ORDER.INVALID_ID': 'invalid-request',
  'ORDER.INVALID_OWNER': 'invalid-request',
  'ORDER.INVALID_PRODUCT': 'invalid-request',
  'ORDER.INVALID_QUANTITY': 'invalid-request',
  'ORDER.INVALID_IDEMPOTENCY_KEY': 'invalid-request',
  'ORDER.NOT_PROCESSED': 'order-not-processed',
} as const satisfies Record<HttpErrorCode, Problem['name']>;

type CodedError = Error & { readonly code: HttpErrorCode; readonly field?: string };

const MAX_FAULTS = 20;
const MAX_FIELD_LENGTH = 64;

export const BODY_TOO_LARGE: Problem = {
  name: 'payload-too-large',
  detail: 'The body must have at most 65536 bytes.',
};
const INTERNAL_ERROR: Problem = {
  name: 'internal-error',
  detail: 'The service failed unexpectedly. Report the correlationId to its operator.',
};

/** Where the requested operation has the field of that name. */
export type LocateField = (field: string) => FieldFault['in'];

/** What a client is told about `error`. An unknown one is an internal error, and nothing of it is shown. */
export function toProblem(error: unknown, locate: LocateField): Problem {
  if (error instanceof HttpProblem) return error.problem;
  if (error instanceof ValidateError) return invalidRequest(toFaults(error.fields, locate));
  if (error instanceof OrderNotConfirmed) return notConfirmed(error);
  if (error instanceof StoreUnavailable) {
    return { name: 'store-unavailable', detail: 'The store is unavailable. Ask again later.' };
  }
  if (error instanceof DeadLettersUnavailable) {
    const detail = 'The dead letters are unavailable. What is resolved stays so; send the same again later.';
    return { name: 'dead-letters-unavailable', detail };
  }
  if (error instanceof PendingOrdersUnavailable) {
    const detail = 'The broker is unavailable: whether the order is pending can’t be told. Ask again later.';
    return { name: 'broker-unavailable', detail };
  }
  if (error instanceof OrderNotProcessed) return notProcessed(error, locate);
  if (error instanceof UnknownReplica) {
    const detail = `No replica '${error.replica}' reports now: it has stopped, is gone, or never was one.`;
    return { name: 'unknown-replica', detail };
  }
  if (error instanceof TooManyReplicas) {
    const detail = `There are ${error.limit} replicas in the process, and no more can be started. Stop one before.`;
    return { name: 'too-many-replicas', detail };
  }
  if (error instanceof ReplicasUnreachable) {
    const detail = 'The broker did not take the command. Ask again later.';
    return { name: 'replicas-unreachable', detail };
  }
  if (hasCode(error)) return fromCode(error, locate);
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
      detail: 'The order is larger than the broker allows. It was not accepted.',
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
    : ({ name: 'broker-unavailable', why: 'The broker is unavailable.' } as const);
}

function notProcessed({ orderId, field, message }: OrderNotProcessed, locate: LocateField): Problem {
  const location = `/api/Order/${orderId}?partition=…&offset=…`;
  const detail = `${message}; ask at the Location of its 202, ${location}, to see it while it waits`;
  return { name: 'order-not-processed', detail, errors: [{ field, in: locate(field), detail }] };
}

function hasCode(error: unknown): error is CodedError {
  return error instanceof Error && 'code' in error && Object.hasOwn(PROBLEM_NAMES, String(error.code));
}

function fromCode({ code, field, message }: CodedError, locate: LocateField): Problem {
  const name = PROBLEM_NAMES[code];
  const errors = field === undefined ? [] : [{ field, in: locate(field), detail: message }];
  return name === 'invalid-request' ? invalidRequest(errors) : { name, detail: message, errors };
}

/** tsoa writes `body.product` and `query.limit`, but of other parameters the name alone. */
function toFaults(fields: FieldErrors, locate: LocateField): FieldFault[] {
  return Object.entries(fields)
    .slice(0, MAX_FAULTS)
    .map(([path, fault]) => {
      const [, prefix, name = path] = /^(body|query)\.(.*)$/s.exec(path) ?? [];
      const place = (prefix as 'body' | 'query' | undefined) ?? locate(name);
      return { field: name.slice(0, MAX_FIELD_LENGTH), in: place, detail: explain(fault) };
    });
}

/** In what tsoa says of a union of texts, each of them. */
const CHOICE = /"message":"should be one of the following; \['([^']*)'\]"/g;

/** tsoa's words in a client's. What is `undefined` was not in the request: JSON can't say it. */
function explain({ message, value }: FieldErrors[string]): string {
  if (value === undefined) return 'is required';
  if (message === 'invalid object') return 'must be a JSON object';
  const choices = [...message.matchAll(CHOICE)].map(([, choice]) => choice);
  if (choices.length > 0) return `must be one of ${choices.join(', ')}`;
  return message.endsWith('is an excess property and therefore is not allowed')
    ? 'is not a field of this request'
    : message;
}

/** What Express and its body parser could not read. They mark such errors with a `status` of 4xx. */
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
