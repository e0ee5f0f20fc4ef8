import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose';
import { AuthenticationUnavailable } from '../../src/application/ports/authenticator.js';
import { JsonWebTokens } from '../../src/infrastructure/access/json-web-tokens.js';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { TokenIssuer } from '../support/token-issuer.js';

const MINUTE_MS = 60_000;
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

let issuer: TokenIssuer;
let logger: RecordingLogger;
let skippedMs: number;
let tokens: JsonWebTokens;
const later = () => Date.now() + skippedMs;
beforeEach(async () => {
  issuer = await TokenIssuer.start();
  logger = new RecordingLogger();
  skippedMs = 0;
  tokens = new JsonWebTokens(issuer.settings, logger, later);
});
afterEach(() => issuer.stop());

describe('a token', () => {
  it.each<[Record<string, unknown>, readonly string[]]>([
    [{ scope: 'openid orders:send orders:operate email' }, ['send', 'operate']],
    [{ scope: undefined, scp: ['orders:read'] }, ['read']],
    [{ scope: undefined, scp: 'orders:read orders:send' }, ['send', 'read']],
    [{ scope: 'send orders:admin' }, []],
    [{ scope: undefined }, []],
    [{ scope: 'orders:read', aud: ['others', 'orders'] }, ['read']],
  ])('tells its client, and its roles by its scopes: %j', async (claims, roles) => {
    expect(await tokens.authenticate(await issuer.sign(claims))).toEqual({ name: 'shop', roles });
  });

  it('is verified once, and known until it expires', async () => {
    const token = await issuer.sign();
    await tokens.authenticate(token);
    expect(tokens.authenticate(token)).toEqual({ name: 'shop', roles: ['send'] });
    expect(issuer.asked).toBe(1);

    skippedMs = 5 * MINUTE_MS + 11_000;
    expect(await tokens.authenticate(token)).toBeUndefined();
  });
});

describe('no token is', () => {
  const now = () => Math.floor(Date.now() / 1_000);
  const claims = () => ({
    ...{ iss: issuer.settings.issuer, aud: issuer.settings.audience, sub: 'shop' },
    ...{ scope: 'orders:operate', exp: now() + 300 },
  });

  it.each<[string, () => Record<string, unknown>]>([
    ['of another issuer', () => ({ iss: 'https://other.test/' })],
    ['for another audience', () => ({ aud: 'payments' })],
    ['for nobody', () => ({ aud: undefined })],
    ['one that has expired', () => ({ exp: now() - 60 })],
    ['one that never expires', () => ({ exp: undefined })],
    ['one that is not valid yet', () => ({ nbf: now() + 60 })],
    ['one that names no client', () => ({ sub: undefined })],
    ['one whose client would forge a line of the log', () => ({ sub: 'shop\n{"level":"info"}' })],
  ])('%s', async (_, changes) => {
    expect(await tokens.authenticate(await issuer.sign(changes()))).toBeUndefined();
  });

  it('one without a signature', async () => {
    const unsigned = new UnsecuredJWT(claims()).encode();
    expect(await tokens.authenticate(unsigned)).toBeUndefined();
    const header = base64url({ alg: 'none', kid: 'first' });
    for (const alike of [`${header}.${base64url(claims())}.`, `${header}.${base64url(claims())}.AAAA`])
      expect(await tokens.authenticate(alike)).toBeUndefined();
  });

  it('one that is signed with the public key as if that were a secret', async () => {
    const key = (await importJWK(issuer.publicKey(), 'ES256', { extractable: true })) as CryptoKey;
    const content = `${base64url({ alg: 'HS256', kid: 'first' })}.${base64url(claims())}`;
    for (const secret of [await exportSPKI(key), JSON.stringify(issuer.publicKey())]) {
      const signature = createHmac('sha256', secret).update(content).digest('base64url');
      expect(await tokens.authenticate(`${content}.${signature}`)).toBeUndefined();
    }
  });

  it('one that is signed with another key under the same name, or with one that it brings along', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const forged = new SignJWT(claims()).setProtectedHeader({
      ...{ alg: 'ES256', kid: 'first' },
      ...{ jwk: issuer.publicKey(), jku: 'http://127.0.0.1:1/keys' },
    });
    expect(await tokens.authenticate(await forged.sign(privateKey))).toBeUndefined();
  });

  it('one whose key is unknown: the issuer is asked again, but not by each', async () => {
    await tokens.authenticate(await issuer.sign());
    const { privateKey } = await generateKeyPair('ES256');
    for (let count = 0; count < 20; count++) {
      const token = await new SignJWT(claims())
        .setProtectedHeader({ alg: 'ES256', kid: `${count}` })
        .sign(privateKey);
      expect(await tokens.authenticate(token)).toBeUndefined();
    }
    expect(issuer.asked).toBe(1);
  });

  it('one whose claims or signature were changed', async () => {
    const [header = '', , signature = ''] = (await issuer.sign()).split('.');
    const changed = `${header}.${base64url(claims())}.${signature}`;
    expect(await tokens.authenticate(changed)).toBeUndefined();
  });

  it('one that is no token, or a huge one', async () => {
    const huge = await issuer.sign({ padding: 'x'.repeat(10_000) });
    for (const text of ['', 'x', '...', 'a.b.c', huge, '💥.💥.💥', `${'a'.repeat(8_000)}.b.c`])
      expect(await tokens.authenticate(text)).toBeUndefined();
  });
});

it('one without the name of its key is verified with the only one that fits', async () => {
  expect(await tokens.authenticate(await issuer.sign({}, {}))).toMatchObject({ name: 'shop' });
  await issuer.addKey('second');
  const fresh = new JsonWebTokens(issuer.settings, logger);
  expect(await fresh.authenticate(await issuer.sign({}, {}))).toBeUndefined();
});

describe('the keys of the issuer', () => {
  it('are read again when a token has another one, and every ten minutes', async () => {
    await tokens.authenticate(await issuer.sign());
    await issuer.addKey('second');
    // jose has a clock of its own for how soon it asks again
    tokens = new JsonWebTokens(issuer.settings, logger, later);
    expect(await tokens.authenticate(await issuer.sign({}, { kid: 'second' }))).toMatchObject({
      name: 'shop',
    });

    const { asked } = issuer;
    skippedMs = 11 * MINUTE_MS;
    await tokens.authenticate(await issuer.sign({ exp: Math.floor(later() / 1_000) + 300 }));
    await waitFor('the keys to be asked for', () => issuer.asked > asked);
  });

  it('are needed for the first token: until they can be read it can’t be told', async () => {
    issuer.status = 500;
    const token = await issuer.sign();
    await expect(tokens.authenticate(token)).rejects.toThrow(AuthenticationUnavailable);
    await expect(tokens.authenticate(token)).rejects.toThrow(AuthenticationUnavailable);
    expect(issuer.asked).toBe(1);
    expect(logger.shown.map(({ message }) => message)).toEqual(['the keys of the issuer can’t be read']);

    issuer.status = 200;
    skippedMs = 6_000;
    expect(await tokens.authenticate(token)).toMatchObject({ name: 'shop' });
  });

  it('stay valid while the issuer can’t be reached', async () => {
    await tokens.authenticate(await issuer.sign());
    await issuer.stop();
    skippedMs = 30 * MINUTE_MS;
    const fresh = await issuer.sign({ exp: Math.floor(later() / 1_000) + 300 });
    expect(await tokens.authenticate(fresh)).toMatchObject({ name: 'shop' });
  });
});
