/** How a connection is protected. pg falls back to plain text for nobody, so libpq's `allow` and `prefer` don't exist. */
export const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

export interface DatabaseUrl {
  /** Without what is said of TLS: pg gives it other meanings than libpq does. */
  readonly connectionString: string;
  /** Without one it is as pg decides: plain text, unless PGSSLMODE says otherwise. */
  readonly sslMode: SslMode | undefined;
  /** The authorities to trust; without a file those that Node trusts. */
  readonly rootCertFile: string | undefined;
  /** Of the client. */
  readonly certificate: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly sslNegotiation: 'postgres' | 'direct';
}

/** Its message is what is wrong with the URL, without the URL. */
export class InvalidDatabaseUrl extends Error {
  override readonly name = 'InvalidDatabaseUrl';
}

/**
 * Reads the parameters for TLS as libpq does.
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 * @throws InvalidDatabaseUrl
 */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  // a URL may be without a host, which pg allows
  if (!URL.canParse(text) && !URL.canParse(text.replace('@/', '@host/'))) {
    throw new InvalidDatabaseUrl('must be a URL, its user and password percent-encoded');
  }
  const [address = '', ...rest] = text.split('?');
  const parameters = new URLSearchParams(rest.join('?'));
  const take = (name: string): string | undefined => {
    const value = parameters.get(name);
    parameters.delete(name);
    return value === null || value === '' ? undefined : value;
  };
  const sslMode = toMode(take('sslmode'));
  const rootCert = take('sslrootcert');
  const certificate = toCertificate(take('sslcert'), take('sslkey'));
  const sslNegotiation = toNegotiation(take('sslnegotiation'), sslMode);
  take('uselibpqcompat'); // asks pg for the meanings that the parameters have here
  const unknown = [...parameters.keys()].find((name) => name.startsWith('ssl'));
  if (unknown !== undefined) throw new InvalidDatabaseUrl(`has ${unknown}, which the service can't heed`);
  checkTogether(sslMode, rootCert, certificate !== undefined);
  const query = parameters.toString();
  return {
    connectionString: query === '' ? address : `${address}?${query}`,
    sslMode,
    rootCertFile: rootCert === 'system' ? undefined : rootCert,
    certificate,
    sslNegotiation,
  };
}

function toMode(text: string | undefined): SslMode | undefined {
  const mode = SSL_MODES.find((each) => each === text);
  if (mode === text) return mode;
  throw new InvalidDatabaseUrl(`must have an sslmode that is one of ${SSL_MODES.join(', ')}`);
}

function toCertificate(
  certFile: string | undefined,
  keyFile: string | undefined,
): DatabaseUrl['certificate'] {
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile === keyFile) return undefined;
  throw new InvalidDatabaseUrl('must have sslcert and sslkey, or neither');
}

function toNegotiation(text: string | undefined, mode: SslMode | undefined): DatabaseUrl['sslNegotiation'] {
  if (text === undefined || text === 'postgres') return 'postgres';
  if (text !== 'direct')
    throw new InvalidDatabaseUrl('must have an sslnegotiation that is postgres or direct');
  if (mode !== undefined && mode !== 'disable') return text;
  throw new InvalidDatabaseUrl('has sslnegotiation=direct, which needs sslmode=verify-full');
}

function checkTogether(
  mode: SslMode | undefined,
  rootCert: string | undefined,
  hasCertificate: boolean,
): void {
  if (mode === undefined && (rootCert !== undefined || hasCertificate)) {
    const name = rootCert === undefined ? 'sslcert' : 'sslrootcert';
    throw new InvalidDatabaseUrl(`has ${name}, which needs sslmode=verify-full`);
  }
  if (mode === 'verify-ca' && rootCert === undefined) {
    throw new InvalidDatabaseUrl('has sslmode=verify-ca, which needs sslrootcert');
  }
  if ((mode === 'verify-ca' || mode === 'require') && rootCert === 'system') {
    throw new InvalidDatabaseUrl('has sslrootcert=system, which needs sslmode=verify-full');
  }
}
