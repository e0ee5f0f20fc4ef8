/** How a client proves who it is. */
const SCHEMES = {
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'A key of a client that the service knows.',
  },
  token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'A token by the issuer that the service trusts, checked as RFC8725 asks. Its scopes are the roles of its client. While tokens can’t be checked, the response is `503` `authentication-unavailable`.',
  },
};
const REFUSALS = {
  401: 'Who asks is not known',
  403: 'The client has no role that allows it',
  503: '`authentication-unavailable`: tokens can’t be checked now',
};
const TOO_MANY = '`too-many-requests`: the client asks for more than its limit';
const PROBLEM = { $ref: '#/components/schemas/ProblemDetails' };

/** What an operation takes where it names roles, and how that and too much of it is refused: the same at each. */
export function describeAccess(openApi) {
  openApi.components.securitySchemes = SCHEMES;
  const operations = Object.values(openApi.paths).flatMap((path) => Object.values(path));
  for (const operation of operations.filter((each) => each['x-roles'] !== undefined)) {
    operation.security = Object.keys(SCHEMES).map((scheme) => ({ [scheme]: [] }));
    for (const [status, refusal] of Object.entries(REFUSALS))
      operation.responses[status] ??= response(refusal);
  }
  for (const operation of Object.entries(openApi.paths).flatMap(operationsOfApi))
    operation.responses[429] = response(TOO_MANY);
}

/** Only these have a limit. */
export function operationsOfApi([path, operations]) {
  return path.startsWith('/api/') ? Object.values(operations) : [];
}

/** `x-refusal`: where nobody is asked, or limited, there is none. */
function response(description) {
  return { description, content: { 'application/problem+json': { schema: PROBLEM } }, 'x-refusal': true };
}
