import { hash } from 'node:crypto';
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  jwtVerify,
  type FetchImplementation,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import {
  AuthenticationUnavailable,
  ROLES,
  type Authenticator,
  type Client,
} from '../../application/ports/authenticator.js';
import type { Logger } from '../../application/ports/logger.js';

export interface TokenSettings {
  readonly issuer: string;
  readonly audience: string;
  /** Where the issuer's keys are. @see https://www.rfc-editor.org/rfc/rfc7517 */
  readonly jwksUrl: string;
  /** Signatures by others are refused. None of these has a secret that the service would share. */
  readonly algorithms: readonly string[];
  /** The claim that names the client. */
  readonly clientClaim: string;
  /** What stands before the name of a role in a scope, such as `orders:`. */
  readonly scopePrefix: string;
}

interface Verified {
  readonly client: Client;
  readonly expiresAt: number;
}

const MAX_TOKEN_CHARACTERS = 8_192;
const MAX_VERIFIED = 10_000;
const REFRESH_MS = 600_000;
/** A token by an unknown key makes us ask for the keys again, so often at most; and so soon after it failed. */
const COOLDOWN_MS = 30_000;
const RETRY_MS = 5_000;
const TIMEOUT_MS = 3_000;
/** Between the issuer's clock and ours. */
const TOLERANCE_S = 10;
/** Faults of a token, not of the keys. */
const OF_TOKEN = new Set([
  'ERR_JWKS_NO_MATCHING_KEY',
  'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
  'ERR_JOSE_NOT_SUPPORTED',
]);
const NAME = /^[\x21-\x7e]{1,128}$/;

/**
 * Tokens that an issuer has signed. A token that was verified is known by its hash until it expires, or the keys are read
 * again. The keys that were read stay valid while the issuer can't be reached: only who needs another one has to wait.
 * @see https://www.rfc-editor.org/rfc/rfc8725 for what has to be checked
 */
export class JsonWebTokens implements Authenticator {
  private readonly verified = new Map<string, Verified>();
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;
  private readAt = -Infinity;
  private failedAt = -Infinity;

  constructor(
    private readonly settings: TokenSettings,
    private readonly logger: Logger,
    private readonly now: () => number = Date.now,
  ) {
    this.keys = createRemoteJWKSet(new URL(settings.jwksUrl), {
      cacheMaxAge: Infinity,
      cooldownDuration: COOLDOWN_MS,
      timeoutDuration: TIMEOUT_MS,
      [customFetch]: this.fetchKeys,
    });
  }

  authenticate(token: string): Client | undefined | Promise<Client | undefined> {
    if (token.length > MAX_TOKEN_CHARACTERS) return undefined;
    const digest = hash('sha256', token, 'base64');
    const verified = this.verified.get(digest);
    if (verified !== undefined && verified.expiresAt > this.now()) return verified.client;
    return this.verify(token, digest);
  }

  private async verify(token: string, digest: string): Promise<Client | undefined> {
    const { issuer, audience, algorithms } = this.settings;
    try {
      const { payload } = await jwtVerify(token, this.findKey, {
        ...{ issuer, audience, algorithms: [...algorithms] },
        requiredClaims: ['exp'],
        clockTolerance: TOLERANCE_S,
        currentDate: new Date(this.now()),
      });
      const client = this.clientOf(payload);
      if (client !== undefined) this.remember(digest, { client, expiresAt: (payload.exp ?? 0) * 1_000 });
      return client;
    } catch (error) {
      if (error instanceof AuthenticationUnavailable) throw error;
      if (!(error instanceof errors.JOSEError)) throw error;
      this.logger.debug('a token was refused', { why: error.message });
      return undefined;
    }
  }

  private readonly findKey: JWTVerifyGetKey = async (header, token) => {
    if (this.keys.jwks() !== undefined && this.now() - this.readAt > REFRESH_MS) this.refresh();
    try {
      return await this.keys(header, token);
    } catch (error) {
      const isOfToken = error instanceof errors.JOSEError && OF_TOKEN.has(error.code);
      throw isOfToken || error instanceof AuthenticationUnavailable ? error : this.unavailable(error);
    }
  };

  /** Goes on without waiting: what is known stays valid until the new keys are here. */
  private refresh(): void {
    this.readAt = this.now();
    this.keys.reload().then(
      () => {
        this.verified.clear();
      },
      () => undefined, // was logged
    );
  }

  private readonly fetchKeys: FetchImplementation = async (url, options) => {
    if (this.now() - this.failedAt < RETRY_MS) throw this.unavailable();
    try {
      const response = await fetch(url, options);
      if (response.status !== 200) throw new Error(`it responded ${response.status}`);
      this.readAt = this.now();
      return response;
    } catch (error) {
      this.failedAt = this.now();
      this.logger.warn('the keys of the issuer can’t be read', { url, error });
      throw this.unavailable(error);
    }
  };

  private unavailable(cause?: unknown): AuthenticationUnavailable {
    return new AuthenticationUnavailable(`the keys at ${this.settings.jwksUrl} can't be read`, { cause });
  }

  private clientOf(payload: JWTPayload): Client | undefined {
    const { clientClaim, scopePrefix } = this.settings;
    const name = payload[clientClaim];
    if (typeof name !== 'string' || !NAME.test(name)) return undefined;
    const scopes = new Set(scopesOf(payload));
    return { name, roles: ROLES.filter((role) => scopes.has(scopePrefix + role)) };
  }

  private remember(digest: string, verified: Verified): void {
    if (this.verified.size >= MAX_VERIFIED) {
      const [oldest] = this.verified.keys();
      if (oldest !== undefined) this.verified.delete(oldest);
    }
    this.verified.set(digest, verified);
  }
}

/** `scope` as RFC 8693 has it, or `scp`, a text or a list, as others do. */
function scopesOf({ scope, scp }: JWTPayload): readonly unknown[] {
  const scopes = scope ?? scp;
  if (typeof scopes === 'string') return scopes.split(' ');
  return Array.isArray(scopes) ? scopes : [];
}
