import { createHmac } from 'node:crypto';

export interface FulfilmentSecrets {
  /** Sent as `Authorization: Bearer`. Asked for each request, as it may have been replaced. */
  readonly token?: (() => string) | undefined;
  /** Signs each request. */
  readonly signingKey?: (() => string) | undefined;
}

const SIGNING_KEY = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

/** What a header can hold: visible ASCII. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,8192}$/.test(text);
}

/** `whsec_` and 24 to 64 bytes in base64. @see https://github.com/standard-webhooks/standard-webhooks */
export function isSigningKey(text: string): boolean {
  const { length } = keyBytes(text);
  return SIGNING_KEY.test(text) && length >= MIN_KEY_BYTES && length <= MAX_KEY_BYTES;
}

/** What a request to fulfilment proves who we are with. A user and a password in the URL are sent as `Authorization: Basic`. */
export class FulfilmentCredentials {
  /** Without user and password: whatever may show it gets it without them. */
  readonly url: URL;
  private readonly basic: string | undefined;
  private readonly password: string;

  constructor(
    url: string,
    private readonly secrets: FulfilmentSecrets,
  ) {
    this.url = new URL(url);
    const username = decodeURIComponent(this.url.username);
    this.password = decodeURIComponent(this.url.password);
    this.url.username = '';
    this.url.password = '';
    const has = username !== '' || this.password !== '';
    this.basic = has ? Buffer.from(`${username}:${this.password}`).toString('base64') : undefined;
  }

  /** For one request. */
  headers(orderId: string, at: Date, body: string): Record<string, string> {
    const token = this.secrets.token?.();
    const key = this.secrets.signingKey?.();
    return {
      ...(this.basic !== undefined && { Authorization: `Basic ${this.basic}` }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(key !== undefined && signature(key, orderId, at, body)),
    };
  }

  /** Whether a text of fulfilment repeats what must not be shown. */
  areIn(text: string): boolean {
    const { token, signingKey } = this.secrets;
    const secrets = [this.password, this.basic, token?.(), signingKey?.()];
    return secrets.some((secret) => secret !== undefined && secret !== '' && text.includes(secret));
  }
}

/**
 * The headers of Standard Webhooks. What is signed has dots between its parts, so the id has none: its dots are `%2E`.
 * The time is that of the attempt.
 */
function signature(key: string, orderId: string, at: Date, body: string): Record<string, string> {
  const id = orderId.replaceAll('.', '%2E');
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const mac = createHmac('sha256', keyBytes(key)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` };
}

function keyBytes(key: string): Buffer {
  return Buffer.from(SIGNING_KEY.exec(key)?.[1] ?? '', 'base64');
}
