import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type ConnectionOptions, type SecureContext } from 'node:tls';
import type { ClientConfig } from 'pg';
import type { Logger } from '../../application/ports/logger.js';
import { InvalidDatabaseUrl, parseDatabaseUrl, type DatabaseUrl } from './database-url.js';

interface Read {
  readonly texts: readonly (string | undefined)[];
  readonly context: SecureContext;
}

/** What pg is told about a database. The files that its URL names are read anew for each connection. */
export class PostgresConnection {
  private readonly url: DatabaseUrl;
  private read: Read | undefined;
  private lastProblem = '';

  /** @throws InvalidDatabaseUrl, also when a file can't be used */
  constructor(
    url: string,
    private readonly logger?: Logger,
  ) {
    this.url = parseDatabaseUrl(url);
    if (this.url.sslMode !== undefined && this.url.sslMode !== 'disable') this.read = readFiles(this.url);
  }

  /** For one connection. Never throws: pg's pool could not bear it. */
  get settings(): Pick<ClientConfig, 'connectionString' | 'ssl' | 'sslnegotiation'> {
    const { connectionString, sslMode, sslNegotiation } = this.url;
    if (sslMode === undefined) return { connectionString };
    if (this.read === undefined) return { connectionString, ssl: false };
    this.read = this.readAgain(this.read);
    const ssl = { secureContext: this.read.context, ...verification(this.url) };
    return { connectionString, ssl, sslnegotiation: sslNegotiation };
  }

  /** Files that can't be used, such as one that is half written, don't replace those before. */
  private readAgain(before: Read): Read {
    try {
      const read = readFiles(this.url, before);
      this.lastProblem = '';
      return read;
    } catch (error) {
      const problem = String(error);
      if (problem !== this.lastProblem) {
        this.logger?.warn("the certificates for the store can't be read, those from before are used", {
          error,
        });
      }
      this.lastProblem = problem;
      return before;
    }
  }
}

/** What is wrong with the URL, or with the files that it names; never with the URL in it. */
export function databaseUrlProblem(url: string): string | undefined {
  try {
    new PostgresConnection(url);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidDatabaseUrl) return error.message;
    throw error;
  }
}

/** `require` trusts everybody, but with a root certificate it is `verify-ca`: so says libpq. NODE_TLS_REJECT_UNAUTHORIZED changes nothing. */
function verification({ sslMode, rootCertFile }: DatabaseUrl): ConnectionOptions {
  if (sslMode === 'require' && rootCertFile === undefined) return { rejectUnauthorized: false };
  if (sslMode === 'verify-full') return { rejectUnauthorized: true };
  return { rejectUnauthorized: true, checkServerIdentity: () => undefined };
}

function readFiles({ rootCertFile, certificate }: DatabaseUrl, before?: Read): Read {
  const { certFile, keyFile } = certificate ?? {};
  const texts = [
    readPem('sslrootcert', rootCertFile, (pem) => new X509Certificate(pem)),
    readPem('sslcert', certFile, (pem) => new X509Certificate(pem)),
    readPem('sslkey', keyFile, (pem) => createPrivateKey(pem)),
  ] as const;
  if (before !== undefined && texts.every((text, index) => text === before.texts[index])) return before;
  const [ca, cert, key] = texts;
  try {
    return { texts, context: createSecureContext({ ca, cert, key }) };
  } catch (cause) {
    throw unusable('sslcert and sslkey', cause);
  }
}

function readPem(
  name: string,
  file: string | undefined,
  parse: (pem: string) => unknown,
): string | undefined {
  if (file === undefined) return undefined;
  try {
    const pem = readFileSync(file, 'utf8');
    parse(pem);
    return pem;
  } catch (cause) {
    throw unusable(`${name}=${file}`, cause);
  }
}

function unusable(what: string, cause: unknown): InvalidDatabaseUrl {
  return new InvalidDatabaseUrl(`has ${what}, which can't be used: ${(cause as Error).message}`, { cause });
}
