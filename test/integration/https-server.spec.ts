import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { connect as connectPlainly } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';
import type { PublishedMessage } from '../../src/application/ports/message-publisher.js';
import { loadConfig } from '../../src/bootstrap/config/load-config.js';
import { createContainer } from '../../src/bootstrap/container.js';
import { TOKENS } from '../../src/bootstrap/tokens.js';
import { CertificateFiles } from '../../src/infrastructure/system/certificate-files.js';
import { AUTHORITIES, CERTIFICATES, type Certificate } from '../support/certificates.js';
import { exchangeBytes, exchangeOn } from '../support/http-client.js';
import { KeepingPublisher, startApi, type Api, type ApiParts } from '../support/http-fixture.js';

const HOST = 'Host: service\r\nConnection: close';
const LIVE = `GET /health/live HTTP/1.1\r\n${HOST}\r\n\r\n`;
const body = JSON.stringify({ product: 'book' });
const SEND = `POST /api/Order/Send HTTP/1.1\r\nHost: service\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const ca = [AUTHORITIES.one, AUTHORITIES.two];

/** A publisher that settles when the test says so. */
class HeldPublisher extends KeepingPublisher {
  release = () => {};
  calls = 0;
  readonly #held = new Promise<PublishedMessage>((resolve) => {
    this.release = () => resolve({ topic: 'app.order.publish', partition: 0, offset: '0' });
  });

  override publish() {
    this.calls++;
    return this.#held;
  }
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'https-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const paths = () => ({ certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') });
function write({ cert, key }: Certificate): void {
  const { certFile, keyFile } = paths();
  for (const file of [certFile, keyFile]) rmSync(file, { force: true }); // it may be a link
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
}

let api: Api;
let logger: RecordingLogger;
async function start(parts: ApiParts = {}): Promise<number> {
  logger = new RecordingLogger();
  api = await startApi({ ...parts, certificate: new CertificateFiles(paths(), logger, 10) });
  return Number(new URL(api.url).port);
}

async function connected(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

async function get(url: string, options: RequestOptions = {}) {
  const request = httpsRequest(url, { ca, agent: false, ...options }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, headers: response.headers, text };
}

beforeEach(() => write(CERTIFICATES.server));
afterEach(() => api.close());

describe('HTTPS', () => {
  it.each(['/health/live', '/health/ready', '/metrics', '/swagger/index.html', '/'])(
    'serves %s, and tells browsers to use nothing else',
    async (path) => {
      await start();
      const { status, headers } = await get(`${api.url}${path}`);

      expect(status).toBe(200);
      expect(headers['strict-transport-security']).toBe('max-age=31536000');
    },
  );

  it('is not asked for where HTTP is served', async () => {
    api = await startApi();
    const { headers } = await api.client.get('/health/live');

    expect(headers.has('strict-transport-security')).toBe(false);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async (version) => {
    const socket = await connected(await start(), { minVersion: version, maxVersion: version });

    expect(socket.getProtocol()).toBe(version);
    socket.destroy();
  });

  it('does not speak TLS 1.1', async () => {
    const options = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;

    await expect(connected(await start(), options)).rejects.toMatchObject({
      code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    });
  });

  it('closes a connection that speaks plain HTTP, without a response, and serves others', async () => {
    await start();

    expect(await exchangeBytes(api.url, LIVE)).toBe('');
    expect((await get(`${api.url}/health/live`)).status).toBe(200);
  });

  it.each([
    ['not HTTP', 'hello\r\n\r\n', 400],
    ['an overlong header', `GET / HTTP/1.1\r\n${HOST}\r\nx: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
    ['headers that never end', `GET / HTTP/1.1\r\n${HOST}\r\n`, 408],
    [
      'a body that never ends',
      `POST /api/Order/Send HTTP/1.1\r\n${HOST}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
      408,
    ],
  ])('has the limits of HTTP: %s', async (_what, bytes, status) => {
    const port = await start({ limits: { headersTimeoutMs: 200, requestTimeoutMs: 300 } });

    const response = await exchangeOn(await connected(port), bytes);

    expect(response).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*application/problem\\+json`));
  });

  it('closes a connection with too many pipelined requests', async () => {
    const publisher = new HeldPublisher();
    const port = await start({ publisher, limits: { maxPipelined: 2 } });

    expect(await exchangeOn(await connected(port), SEND.repeat(3))).toBe('');
    expect(publisher.calls).toBe(2);
  });

  it('closes a connection whose handshake does not come', async () => {
    const port = await start({ limits: { handshakeTimeoutMs: 100 } });

    expect(await exchangeOn(connectPlainly(port, '127.0.0.1'), '')).toBe('');
  });
});

describe('closing HTTPS', () => {
  it('lets requests in flight finish, and waits for no handshake and no idle connection', async () => {
    const publisher = new HeldPublisher();
    const port = await start({ publisher });
    const silent = connectPlainly(port, '127.0.0.1');
    const idle = await connected(port);
    const idleClosed = Promise.all([silent, idle].map((socket) => once(socket.resume(), 'close')));
    const responses = exchangeOn(await connected(port), SEND.repeat(3));
    await waitFor('all to be in flight', () => publisher.calls === 3);

    const before = performance.now();
    const closed = api.close(30_000);
    await idleClosed;
    publisher.release();
    await closed;

    expect((await responses).match(/HTTP\/1\.1 202/g)).toHaveLength(3);
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it('responds to a request on a connection that was idle until now', async () => {
    const socket = await connected(await start());
    socket.write(SEND);
    await once(socket, 'readable');
    const responses = exchangeOn(socket, SEND);

    await api.close(10_000);

    expect((await responses).match(/HTTP\/1\.1 202 /g)).toHaveLength(2);
  });

  it('closes what is not finished at the deadline', async () => {
    const publisher = new HeldPublisher();
    const response = exchangeOn(await connected(await start({ publisher })), SEND);
    await waitFor('it to be in flight', () => publisher.calls === 1);

    await api.close(50);

    expect(await response).toBe('');
  });
});

describe('a certificate that is replaced', () => {
  const shown = async (port: number) => {
    const socket = await connected(port);
    const certificate = socket.getPeerX509Certificate();
    socket.destroy();
    return certificate?.fingerprint256;
  };
  const fingerprint = ({ cert }: Certificate) => new X509Certificate(cert).fingerprint256;
  const replaced = {
    level: 'info',
    message: 'the certificate of the API was replaced',
    fields: { validTo: 'Jan  1 00:00:00 2126 GMT' },
  };

  it('is shown to new connections, while those that are open go on', async () => {
    const port = await start();
    const before = await connected(port);
    before.write(LIVE.replace('Connection: close\r\n', ''));
    await once(before, 'readable');

    write(CERTIFICATES.ofTwo);
    await waitFor('the other one', async () => (await shown(port)) === fingerprint(CERTIFICATES.ofTwo));

    expect(await exchangeOn(before, LIVE)).toMatch(/HTTP\/1\.1 200 [^]*HTTP\/1\.1 200 /);
    expect(logger.shown).toEqual([replaced]);
  });

  it('is found behind a link, as mounted secrets have it', async () => {
    const { certFile, keyFile } = paths();
    const [one, two] = [CERTIFICATES.server, CERTIFICATES.ofTwo].map(({ cert, key }, index) => {
      const file = join(folder, `both-${index}.pem`);
      writeFileSync(file, `${cert}\n${key}`);
      return file;
    });
    const link = (to = '') => {
      for (const file of [certFile, keyFile]) {
        unlinkSync(file);
        symlinkSync(to, file);
      }
    };
    link(one);
    const port = await start();
    link(two);

    await waitFor('the other one', async () => (await shown(port)) === fingerprint(CERTIFICATES.ofTwo));
  });

  it.each([
    ['has another key', () => writeFileSync(paths().keyFile, CERTIFICATES.renewed.key), /is not that of/],
    ['is no certificate', () => writeFileSync(paths().certFile, 'half'), /has no certificate: /],
    ['has no key', () => writeFileSync(paths().keyFile, ''), /has no key that can be read: /],
    ['has gone', () => unlinkSync(paths().certFile), /ENOENT/],
  ])(
    'and %s leaves the one before, is logged once, and is replaced by a good one',
    async (_what, spoil, reason) => {
      const port = await start();
      spoil();
      await waitFor('a line', () => logger.shown.length > 0);
      expect(await shown(port)).toBe(fingerprint(CERTIFICATES.server));

      write(CERTIFICATES.renewed);
      await waitFor('the good one', async () => (await shown(port)) === fingerprint(CERTIFICATES.renewed));

      const warnings = logger.shown.filter(({ level }) => level === 'warn');
      expect(warnings[0]).toMatchObject({
        message: "the certificate of the API can't be replaced, the one before is used",
        fields: { error: { message: expect.stringMatching(reason) } },
      });
      const problems = warnings.map(({ fields }) => String(fields['error']));
      expect(problems).toEqual([...new Set(problems)]);
      expect(logger.shown.at(-1)).toEqual(replaced);
      expect(JSON.stringify(logger.lines)).not.toContain('PRIVATE');
    },
  );
});

describe('a service with TLS_CERT and TLS_KEY', () => {
  it('serves HTTPS', async () => {
    api = await startApi();
    const { certFile: TLS_CERT, keyFile: TLS_KEY } = paths();
    const config = loadConfig({ PORT: '0', REPLICAS: '1', TLS_CERT, TLS_KEY });
    const service = createContainer(config, new RecordingLogger(), () => undefined).get(TOKENS.service);
    const url = `https://localhost:${await service.listen()}`;
    try {
      await service.start();

      expect((await get(`${url}/health/ready`)).status).toBe(200);
    } finally {
      await service.stop();
    }
  });
});
