import { operationsOfApi } from './open-api-access.mjs';

/** What every response has, and every problem that may be over soon. The service sets them in one place, too. */
const HEADERS = {
  'X-Correlation-Id': {
    description: 'Finds the request in the log of the service: the one of the request, or a new one.',
    required: true,
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$', minLength: 1, maxLength: 128 },
    example: '01946983-4c40-7c11-9a52-3f6d0c8e4b21',
  },
  'Retry-After': {
    description: 'After so many seconds the request may be sent again.',
    required: true,
    schema: { type: 'integer', format: 'int32', minimum: 0, maximum: 60 },
    example: 1,
  },
  'RateLimit-Policy': {
    description: 'Where clients have a limit: how many requests (`q`) there may be in so many seconds (`w`).',
    schema: { type: 'string', pattern: '^"requests"; q=\\d+; w=\\d+', maxLength: 100 },
    example: '"requests"; q=1000; w=10; pk=:ZTNiMGM0NDI5OGZj:',
  },
  RateLimit: {
    description: 'How many of them are left (`r`) for so many seconds (`t`).',
    schema: { type: 'string', pattern: '^"requests"; r=\\d+; t=\\d+$', maxLength: 100 },
    example: '"requests"; r=999; t=10',
  },
};
const OF_LIMITS = ['RateLimit-Policy', 'RateLimit'];
const refer = (names) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** tsoa can only say them at each response, without a description. */
export function describeHeaders(openApi) {
  openApi.components.headers = HEADERS;
  const limited = new Set(Object.entries(openApi.paths).flatMap(operationsOfApi));
  const operations = Object.values(openApi.paths).flatMap((path) => Object.values(path));
  for (const operation of operations) {
    for (const [status, response] of Object.entries(operation.responses)) {
      const isProblem = response.content?.['application/problem+json'] !== undefined;
      response.headers = {
        ...refer(['X-Correlation-Id']),
        ...(['429', '503'].includes(status) && isProblem && refer(['Retry-After'])),
        ...(limited.has(operation) && refer(OF_LIMITS)),
        ...response.headers,
      };
    }
  }
}
