import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { TlsFiles } from './kafka-security.js';

interface Address {
  readonly host: string;
  readonly port: number;
}

type TlsError = Error & { readonly code?: string };

/** A broker that answers so has not read TLS. */
const NO_TLS = ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'];
const UNTRUSTED = [
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
];

/**
 * Connects to a broker whose certificate is valid, trusted, and for this host; else the socket fails with an error that says
 * what to look at. Throws when a file can't be read or used.
 */
export function connectTls({ host, port }: Address, files: TlsFiles, onConnect: () => void): TLSSocket {
  const { ca, cert, key } = files;
  const socket = connect(
    {
      host,
      port,
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca: read('CA', ca) }),
      ...(cert !== undefined && { cert: read('certificate', cert) }),
      ...(key !== undefined && { key: read('private key', key) }),
    },
    onConnect,
  );
  socket.setNoDelay(true).setKeepAlive(true);
  let certificate: PeerCertificate | undefined;
  // once Node has found it invalid, the socket does not show it any more
  socket.prependOnceListener('secure', () => (certificate = socket.getPeerCertificate()));
  socket.once('error', (error: TlsError) => {
    error.message = explainTlsError(error, host, certificate);
  });
  return socket;
}

function read(what: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`the file of the ${what} can't be read: ${message}`, { cause });
  }
}

/** What failed in words that say what to look at; other errors keep theirs. */
export function explainTlsError(
  { code = '', message }: TlsError,
  host: string,
  certificate?: PeerCertificate,
): string {
  if (code === 'CERT_HAS_EXPIRED') {
    const { valid_to: end = '' } = certificate ?? {};
    return Date.parse(end) < Date.now()
      ? `the certificate of the broker expired on ${toDate(end)}`
      : 'an authority of the broker’s certificate has expired';
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return `the certificate of the broker is not valid yet: look at the clock of this machine (${message})`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of the broker is for ${hostsOf(certificate)}, not for '${host}'`;
  }
  if (UNTRUSTED.includes(code)) {
    return `no authority that is trusted here signed the certificate of the broker, ${nameOf(certificate?.issuer)} did (${message})`;
  }
  if (NO_TLS.includes(code)) return 'the broker does not speak TLS on this port';
  if (code.includes('_ALERT_')) {
    return `the broker broke off TLS, perhaps for the certificate of this client: ${message}`;
  }
  return message;
}

function toDate(text: string): string {
  return new Date(text).toISOString();
}

/** `'broker-1', 'broker-2'` */
function hostsOf(certificate: PeerCertificate | undefined): string {
  const names = certificate?.subjectaltname?.split(', ') ?? [];
  if (names.length === 0) return nameOf(certificate?.subject);
  return names.map((name) => `'${name.replace(/^(DNS|IP Address):/, '')}'`).join(', ');
}

function nameOf(party: PeerCertificate['subject'] | undefined): string {
  return `'${String(party?.CN ?? 'nobody that is named')}'`;
}
