import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import type { TokenSettings } from '../../src/infrastructure/access/json-web-tokens.js';

/** Signs tokens, and serves its public keys as an identity provider does. */
export class TokenIssuer {
  readonly settings: TokenSettings;
  /** How often the keys were asked for. */
  asked = 0;
  /** What it responds instead of the keys. */
  status = 200;
  private keys = new Map<string, { readonly privateKey: CryptoKey; readonly jwk: object }>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {
    this.settings = {
      issuer: 'https://issuer.test/',
      audience: 'orders',
      jwksUrl: url,
      algorithms: ['ES256'],
      clientClaim: 'sub',
      scopePrefix: 'orders:',
    };
  }

  static async start(): Promise<TokenIssuer> {
    const server = createServer((_request, response) => {
      issuer.asked++;
      response.writeHead(issuer.status, { 'Content-Type': 'application/json', Connection: 'close' });
      response.end(JSON.stringify({ keys: [...issuer.keys.values()].map(({ jwk }) => jwk) }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const issuer = new TokenIssuer(server, `http://127.0.0.1:${port}/keys`);
    await issuer.addKey('first');
    return issuer;
  }

  async addKey(kid: string): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    this.keys.set(kid, {
      privateKey,
      jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' },
    });
  }

  /** The key with this name, as it is served. */
  publicKey(kid = 'first'): object {
    return this.keys.get(kid)?.jwk ?? {};
  }

  /** Valid for five minutes, unless the claims say otherwise. */
  async sign(
    claims: Record<string, unknown> = {},
    header: { readonly kid?: string } = { kid: 'first' },
  ): Promise<string> {
    const { issuer, audience } = this.settings;
    const now = Math.floor(Date.now() / 1_000);
    const payload = {
      iss: issuer,
      aud: audience,
      sub: 'shop',
      scope: 'orders:send',
      exp: now + 300,
      ...claims,
    };
    const { privateKey } = this.keys.get(header.kid ?? 'first') ?? {};
    if (privateKey === undefined) throw new Error(`there is no key ${header.kid}`);
    return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', ...header }).sign(privateKey);
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
