import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Logger } from '../../application/ports/logger.js';

const INTERVAL_MS = 5_000;

export interface CertificatePaths {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Both in PEM; behind the certificate may be those of the authorities between. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A server's certificate and its key, in two files that may be replaced at any time. */
export class CertificateFiles {
  private latest: Certificate;

  /** @throws Error when the files can't be used */
  constructor(
    private readonly paths: CertificatePaths,
    private readonly logger: Logger,
    private readonly intervalMs = INTERVAL_MS,
  ) {
    this.latest = readCertificate(paths);
  }

  get current(): Certificate {
    return this.latest;
  }

  /**
   * Tells of each certificate that replaces the one before, until what it returns is called. Looks at what is in the files:
   * not every file system tells of changes, and mounted secrets are links. What can't be used replaces nothing.
   */
  watch(onReplaced: (certificate: Certificate) => void): () => void {
    let lastProblem = '';
    let isLooking = false;
    const look = async (): Promise<void> => {
      isLooking = true;
      try {
        await this.lookAgain(onReplaced);
        lastProblem = '';
      } catch (error) {
        const problem = String(error);
        if (problem !== lastProblem) {
          this.logger.warn("the certificate of the API can't be replaced, the one before is used", { error });
        }
        lastProblem = problem;
      }
      isLooking = false;
    };
    const timer = setInterval(() => {
      if (!isLooking) void look();
    }, this.intervalMs).unref();
    return () => {
      clearInterval(timer);
    };
  }

  private async lookAgain(onReplaced: (certificate: Certificate) => void): Promise<void> {
    const { certFile, keyFile } = this.paths;
    const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
    if (cert === this.latest.cert && key === this.latest.key) return;
    const { validTo } = check({ cert, key }, this.paths);
    this.latest = { cert, key };
    onReplaced(this.latest);
    this.logger.info('the certificate of the API was replaced', { validTo });
  }
}

/** @throws Error that says which file can't be used, and why */
export function readCertificate(paths: CertificatePaths): Certificate {
  const certificate = {
    cert: readFileSync(paths.certFile, 'utf8'),
    key: readFileSync(paths.keyFile, 'utf8'),
  };
  check(certificate, paths);
  return certificate;
}

function check({ cert, key }: Certificate, { certFile, keyFile }: CertificatePaths): X509Certificate {
  const certificate = parse(`${certFile} has no certificate`, () => new X509Certificate(cert));
  const privateKey = parse(`${keyFile} has no key that can be read`, () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error(`the key in ${keyFile} is not that of the certificate in ${certFile}`);
  }
  parse(`${certFile} and ${keyFile} make no server`, () => createSecureContext({ cert, key }));
  return certificate;
}

function parse<T>(otherwise: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Error(`${otherwise}: ${(cause as Error).message}`, { cause });
  }
}
