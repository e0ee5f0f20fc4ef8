import type { RulesetDefinition } from '@stoplight/spectral-core';
import owaspRuleset from '@stoplight/spectral-owasp-ruleset';
import rulesets from '@stoplight/spectral-rulesets';

/** Its types are those of its CommonJS form. */
const owasp = owaspRuleset as unknown as typeof owaspRuleset.default;
type OwaspRule = keyof typeof owasp.rules;

/** Of a stream, and of a trace context or a preference that the service ignores when it is not valid, only the whole is bounded. */
const BOUNDED = [
  '$.paths[*][*].parameters[?(@.name!="traceparent" && @.name!="Prefer")]',
  '$.paths[*][*].requestBody',
];
/** What a client sends is bounded. What the service returns is bounded by what it was sent, and by its own code. */
const inRequests = (rule: OwaspRule, type: string) => ({
  ...owasp.rules[rule],
  given: BOUNDED.map((path) => `${path}..[?(@ && @.type=="${type}" && @.format!="binary")]`),
});

/** Health and metrics have no limit: who watches a service is not to be kept from it. */
const ofApi = (rule: OwaspRule) => ({
  ...owasp.rules[rule],
  given: String(owasp.rules[rule].given).replace('$.paths', '$.paths[?(@property.match(/^\\/api\\//))]'),
});

/** The rules of Spectral and of OWASP that hold for the OpenAPI document. Each that is off has its reason. */
export const OPEN_API_RULES: RulesetDefinition = {
  extends: [
    [rulesets.oas as unknown as RulesetDefinition, 'recommended'],
    [owasp, 'all'],
  ],
  rules: {
    'owasp:api4:2023-string-limit': inRequests('owasp:api4:2023-string-limit', 'string'),
    'owasp:api4:2023-integer-limit-legacy': inRequests('owasp:api4:2023-integer-limit-legacy', 'integer'),
    'owasp:api3:2023-no-additionalProperties': inRequests(
      'owasp:api3:2023-no-additionalProperties',
      'object',
    ),
    // a request has no unknown fields; the headers of a message may have any names
    'owasp:api3:2023-constrained-additionalProperties': 'off',
    // a product, a key of an import and the key of a message are any text of their length
    'owasp:api4:2023-string-restricted': 'off',
    // the service asks for no log-in: docs/explanation/security.md says what to put in front
    'owasp:api2:2023-read-restricted': 'off',
    'owasp:api2:2023-write-restricted': 'off',
    'owasp:api8:2023-define-error-responses-401': 'off',
    'owasp:api4:2023-rate-limit': ofApi('owasp:api4:2023-rate-limit'),
    'owasp:api4:2023-rate-limit-responses-429': ofApi('owasp:api4:2023-rate-limit-responses-429'),
    // there is no CORS: pages of other origins can't read responses
    'owasp:api8:2023-define-cors-origin': 'off',
    // a 500 is a bug: it is documented where a test can make it happen
    'owasp:api8:2023-define-error-responses-500': 'off',
    // the one server is the process that serves the document
    'owasp:api9:2023-inventory-access': 'off',
    // who copies this has contacts of their own
    'info-contact': 'off',
    // tsoa writes the comment of a field beside its reference, and the type of a query besides its parameters
    'no-$ref-siblings': 'off',
    'oas3-unused-component': 'off',
  },
};
