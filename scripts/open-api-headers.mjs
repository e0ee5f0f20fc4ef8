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
};

/** tsoa can only say them at each response, without a description. */
export function describeHeaders(openApi) {
  openApi.components.headers = HEADERS;
  const operations = Object.values(openApi.paths).flatMap((path) => Object.values(path));
  for (const { responses } of operations) {
    for (const [status, response] of Object.entries(responses)) {
      const isProblem = response.content?.['application/problem+json'] !== undefined;
      response.headers = {
        'X-Correlation-Id': { $ref: '#/components/headers/X-Correlation-Id' },
        ...(status === '503' && isProblem && { 'Retry-After': { $ref: '#/components/headers/Retry-After' } }),
        ...response.headers,
      };
    }
  }
}
