import { kafkajsModule } from './kafkajs-internals.js';

/** What a broker answered. @see https://kafka.apache.org/protocol#protocol_error_codes */
export interface ProtocolError extends Error {
  readonly type: string;
  /** Whether the same may succeed later, perhaps at another broker. */
  readonly retriable: boolean;
}

export const { createErrorFromCode } = kafkajsModule('src/protocol/error') as {
  createErrorFromCode: (code: number) => ProtocolError;
};

/** Whether a broker answered that the same may succeed soon, as while it starts. */
export function isPassing(error: unknown): boolean {
  const { name, retriable } = error as Partial<ProtocolError>;
  return name === 'KafkaJSProtocolError' && retriable === true && !isNotAuthorized(error);
}

const NOT_AUTHORIZED: readonly string[] = [
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
];

/** Whether a broker answered that this user may not do it. */
export function isNotAuthorized(error: unknown): error is ProtocolError {
  return NOT_AUTHORIZED.includes((error as Partial<ProtocolError>).type ?? '');
}
