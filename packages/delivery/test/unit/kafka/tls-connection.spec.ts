import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TlsOptions } from 'node:tls';
import { connectTls, explainTlsError } from '../../../src/kafka/tls-connection.js';
import type { TlsFiles } from '../../../src/kafka/kafka-security.js';
import { AUTHORITY, BROKER, CLIENT, NEXT_AUTHORITY, PRIVATE_KEY } from '../../support/certificates.js';

const folder = mkdtempSync(join(tmpdir(), 'tls-'));
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const CA = file('ca.pem', AUTHORITY);
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
process.once('exit', () => rmSync(folder, { recursive: true }));

async function listening(made: Server): Promise<number> {
  servers.push(made);
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return (made.address() as AddressInfo).port;
}

/** How a connection to a broker with this certificate ends: `connected`, or what its error says. */
async function outcomeOf(cert: string, files: TlsFiles, options: TlsOptions = {}): Promise<string> {
  const made = createServer({ cert, key: PRIVATE_KEY, ...options }, (socket) => {
    socket.write('hello');
    socket.on('error', () => undefined);
  });
  const port = await listening(made);
  return connected(port, files);
}

function connected(port: number, files: TlsFiles): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({ host: 'localhost', port }, files, () => undefined);
    socket.once('data', () => {
      resolve('connected');
      socket.destroy();
    });
    socket.once('error', (error: Error) => resolve(error.message));
  });
}

describe('a connection by TLS', () => {
  it('is made to a broker whose certificate is valid, trusted and for its host', async () => {
    expect(await outcomeOf(BROKER.valid, { ca: CA })).toBe('connected');
  });

  it.each([
    ['expired', BROKER.expired, 'the certificate of the broker expired on 2026-01-01T00:00:00.000Z'],
    [
      'for another host',
      BROKER.ofAnotherHost,
      "the certificate of the broker is for 'other.example', not for 'localhost'",
    ],
    [
      'of an authority that is not trusted',
      BROKER.ofNextAuthority,
      // later versions of Node add advice
      "no authority that is trusted here signed the certificate of the broker, 'Test authority 2' did " +
        '(unable to verify the first certificate',
    ],
  ])(
    'is not made to a broker whose certificate is %s, and that is said',
    async (_what, certificate, says) => {
      expect(await outcomeOf(certificate, { ca: CA })).toContain(says);
    },
  );

  it('trusts the authorities of Node where none is given', async () => {
    expect(await outcomeOf(BROKER.valid, {})).toMatch(/^no authority that is trusted here signed/);
  });

  it('shows the certificate of the client to a broker that asks for it', async () => {
    const key = file('key.pem', PRIVATE_KEY);
    const cert = file('cert.pem', CLIENT.valid);
    const asking = { requestCert: true, rejectUnauthorized: true, ca: AUTHORITY };

    expect(await outcomeOf(BROKER.valid, { ca: CA, cert, key }, asking)).toBe('connected');
    expect(await outcomeOf(BROKER.valid, { ca: CA }, asking)).toMatch(
      /^the broker broke off TLS, perhaps for the certificate of this client: /,
    );
  });

  it('reads the files again each time', async () => {
    const ca = file('renewed.pem', AUTHORITY);
    expect(await outcomeOf(BROKER.valid, { ca })).toBe('connected');
    file('renewed.pem', NEXT_AUTHORITY);

    expect(await outcomeOf(BROKER.ofNextAuthority, { ca })).toBe('connected');
  });

  it('is not tried with a file that can’t be read, and that is said', () => {
    const connect = () =>
      connectTls({ host: 'localhost', port: 1 }, { ca: join(folder, 'none') }, () => undefined);

    expect(connect).toThrow(/^the file of the CA can't be read: ENOENT/);
  });

  it('to a port without TLS says so', async () => {
    const port = await listening(
      createTcpServer((socket) => socket.end('no TLS, but long enough to be read')),
    );

    expect(await connected(port, { ca: CA })).toBe('the broker does not speak TLS on this port');
  });

  it('keeps what else an error says', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

    expect(explainTlsError(refused, 'localhost')).toBe('connect ECONNREFUSED');
  });

  it('says that a certificate is not valid yet, and that an authority’s has expired', () => {
    const error = (code: string) => Object.assign(new Error('words of OpenSSL'), { code });

    expect(explainTlsError(error('CERT_NOT_YET_VALID'), 'localhost')).toBe(
      'the certificate of the broker is not valid yet: look at the clock of this machine (words of OpenSSL)',
    );
    expect(explainTlsError(error('CERT_HAS_EXPIRED'), 'localhost')).toBe(
      'an authority of the broker’s certificate has expired',
    );
  });
});
