import type { KafkaSecurity } from '@order-service/delivery/kafka';

/** As Java's clients name it: whether connections are encrypted, and whether the service says who it is. */
export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

export interface SecurityValues {
  readonly KAFKA_SECURITY_PROTOCOL: SecurityProtocol;
  readonly KAFKA_SASL_MECHANISM?: NonNullable<KafkaSecurity['sasl']>['mechanism'] | undefined;
  readonly KAFKA_SASL_USERNAME?: string | undefined;
  readonly KAFKA_SASL_PASSWORD?: string | undefined;
  readonly KAFKA_SASL_TOKEN_FILE?: string | undefined;
  readonly KAFKA_ALLOW_SASL_PLAINTEXT: 'true' | 'false';
  readonly KAFKA_SSL_CA?: string | undefined;
  readonly KAFKA_SSL_CERT?: string | undefined;
  readonly KAFKA_SSL_KEY?: string | undefined;
}

const OF_TLS = ['KAFKA_SSL_CA', 'KAFKA_SSL_CERT', 'KAFKA_SSL_KEY'] as const;
const OF_SASL = [
  'KAFKA_SASL_MECHANISM',
  'KAFKA_SASL_USERNAME',
  'KAFKA_SASL_PASSWORD',
  'KAFKA_SASL_TOKEN_FILE',
] as const;

const hasSasl = (protocol: SecurityProtocol) => protocol.startsWith('SASL_');
const hasTls = (protocol: SecurityProtocol) => protocol.endsWith('SSL');

/** What does not go together, all of it. */
export function securityProblems(values: SecurityValues): string[] {
  const protocol = values.KAFKA_SECURITY_PROTOCOL;
  const problems: string[] = [];
  if (!hasTls(protocol)) problems.push(...unused(values, OF_TLS, 'SSL or SASL_SSL'));
  if (!hasSasl(protocol)) problems.push(...unused(values, OF_SASL, 'SASL_SSL'));
  else problems.push(...lackingCredentials(values));
  if (protocol === 'SASL_PLAINTEXT' && values.KAFKA_ALLOW_SASL_PLAINTEXT !== 'true') {
    problems.push(
      'KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT sends credentials and orders in plain text: set SASL_SSL, or accept that ' +
        'with KAFKA_ALLOW_SASL_PLAINTEXT=true',
    );
  }
  const { KAFKA_SSL_CERT: cert, KAFKA_SSL_KEY: key } = values;
  if ((cert === undefined) !== (key === undefined)) {
    problems.push('KAFKA_SSL_CERT and KAFKA_SSL_KEY belong together: set both or none of them');
  }
  return problems;
}

function unused(
  values: SecurityValues,
  names: readonly (keyof SecurityValues)[],
  protocols: string,
): string[] {
  return names
    .filter((name) => values[name] !== undefined)
    .map((name) => `${name} is of no use without KAFKA_SECURITY_PROTOCOL=${protocols}`);
}

function lackingCredentials(values: SecurityValues): string[] {
  const { KAFKA_SECURITY_PROTOCOL: protocol, KAFKA_SASL_MECHANISM: mechanism } = values;
  if (mechanism === undefined) return [`KAFKA_SECURITY_PROTOCOL=${protocol} needs KAFKA_SASL_MECHANISM`];
  const needed =
    mechanism === 'OAUTHBEARER'
      ? (['KAFKA_SASL_TOKEN_FILE'] as const)
      : (['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const);
  return needed
    .filter((name) => values[name] === undefined)
    .map((name) => `KAFKA_SASL_MECHANISM=${mechanism} needs ${name}`);
}

/** `undefined` with `PLAINTEXT`. */
export function toSecurity(values: SecurityValues): KafkaSecurity | undefined {
  const { KAFKA_SECURITY_PROTOCOL: protocol } = values;
  if (protocol === 'PLAINTEXT') return undefined;
  const { KAFKA_SSL_CA: ca, KAFKA_SSL_CERT: cert, KAFKA_SSL_KEY: key } = values;
  return {
    tls: hasTls(protocol) ? { ca, cert, key } : undefined,
    sasl: hasSasl(protocol) ? toSasl(values) : undefined,
  };
}

function toSasl(values: SecurityValues): KafkaSecurity['sasl'] {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_TOKEN_FILE: tokenFile = '',
    KAFKA_SASL_USERNAME: username = '',
    KAFKA_SASL_PASSWORD: password = '',
  } = values;
  if (mechanism === undefined) return undefined; // is a problem before
  return mechanism === 'OAUTHBEARER' ? { mechanism, tokenFile } : { mechanism, username, password };
}
