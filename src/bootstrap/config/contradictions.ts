import type { Environment } from './environment.js';
import { isLoopback } from './variables.js';

/** What each variable may say on its own, but not together. */
export function contradictions(given: Environment): string[] {
  return [...ofProcess(given), ...ofAccess(given), ...ofFulfilment(given)];
}

function ofProcess({ ROLE, MESSAGING, STORE, ALLOW_VOLATILE_STORE }: Environment): string[] {
  const problems: string[] = [];
  if (MESSAGING === 'in-memory' && (ROLE === 'api' || ROLE === 'consumer')) {
    problems.push(`ROLE=${ROLE} needs MESSAGING=kafka: messages in memory can't leave their process`);
  }
  if (MESSAGING !== 'kafka' || STORE !== 'in-memory') return problems;
  if (ROLE === 'api') {
    problems.push(
      'ROLE=api needs STORE=postgres: orders in memory stay with the process that processed them, and an API could ' +
        'never show one',
    );
  } else if (ALLOW_VOLATILE_STORE !== 'true') {
    problems.push(
      'STORE=in-memory forgets at a restart what Kafka remembers as processed: with MESSAGING=kafka set STORE=postgres, ' +
        'or accept that with ALLOW_VOLATILE_STORE=true',
    );
  }
  return problems;
}

const NEEDED_BY_JWT = ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_JWKS_URL'];
const NEEDED_BY_API_KEY = ['API_KEYS_FILE', 'API_KEYS'];

function ofAccess(given: Environment): string[] {
  const { ROLE, MESSAGING, HOST = '127.0.0.1', AUTH = 'none', ALLOW_ANONYMOUS } = given;
  const ways = AUTH.split(',').map((way) => way.trim());
  const isSet = (name: string) => given[name] !== undefined;
  const problems: string[] = [];
  if (ways.includes('none') && ways.length > 1) problems.push('AUTH can’t be none and something else');
  if (
    ways.includes('none') &&
    MESSAGING === 'kafka' &&
    ROLE !== 'consumer' &&
    !isLoopback(HOST) &&
    ALLOW_ANONYMOUS !== 'true'
  ) {
    problems.push(
      `HOST=${HOST} lets others in, and AUTH=none lets them do everything: set AUTH=api-key or AUTH=jwt, or accept that with ` +
        'ALLOW_ANONYMOUS=true',
    );
  }
  const lists = NEEDED_BY_API_KEY.filter(isSet);
  if (ways.includes('api-key') && lists.length === 0)
    problems.push('AUTH=api-key needs API_KEYS_FILE or API_KEYS: npm run keys -- create makes a key');
  if (lists.length > 1) problems.push('API_KEYS and API_KEYS_FILE are both set: set one of them');
  const missing = NEEDED_BY_JWT.filter((name) => !isSet(name));
  if (ways.includes('jwt') && missing.length > 0) problems.push(`AUTH=jwt needs ${missing.join(' and ')}`);
  for (const [way, names] of [
    ['api-key', NEEDED_BY_API_KEY],
    ['jwt', NEEDED_BY_JWT],
  ] as const) {
    const unused = names.filter(isSet);
    if (!ways.includes(way) && unused.length > 0)
      problems.push(`${unused.join(' and ')} would not be used: AUTH=${AUTH} doesn’t have ${way}`);
  }
  return problems;
}

function ofFulfilment(given: Environment): string[] {
  const { FULFILMENT_URL: url, FULFILMENT_TOKEN, FULFILMENT_SIGNING_KEY } = given;
  const problems: string[] = [];
  if (url === undefined) {
    const unused = Object.entries({ FULFILMENT_TOKEN, FULFILMENT_SIGNING_KEY });
    return unused.flatMap(([name, value]) => (value === undefined ? [] : [`${name} needs FULFILMENT_URL`]));
  }
  if (FULFILMENT_TOKEN === undefined || !URL.canParse(url)) return problems;
  const { protocol, hostname, username, password } = new URL(url);
  if (protocol === 'http:' && !isLoopback(hostname)) {
    problems.push('FULFILMENT_TOKEN needs an https:// FULFILMENT_URL: anybody on the way could read it');
  }
  if (username !== '' || password !== '') {
    problems.push('FULFILMENT_TOKEN and a user in FULFILMENT_URL are both set: set one of them');
  }
  return problems;
}
