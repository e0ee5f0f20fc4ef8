import { hash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Authenticator, Client } from '../../application/ports/authenticator.js';
import type { Logger } from '../../application/ports/logger.js';
import { SecretFile } from '../system/secret-file.js';
import { parseApiKeys } from './api-key-list.js';

interface Known {
  readonly client: Client;
  readonly digest: Buffer;
}

/** By the hash of the key. */
type KnownKeys = ReadonlyMap<string, Known>;

/** Longer than any key that this service makes. */
const MAX_KEY_CHARACTERS = 256;

/** The API keys of a list. */
export class ApiKeys implements Authenticator {
  private constructor(private readonly source: { readonly current: KnownKeys }) {}

  /** @throws InvalidApiKeys */
  static of(text: string): ApiKeys {
    return new ApiKeys({ current: knownKeys(text) });
  }

  /**
   * Of a file that is read again when it changes. One that can't be used then changes nothing: half a file must lock nobody out.
   * @throws InvalidApiKeys, or why it can't be read
   */
  static ofFile(path: string, logger: Logger, now?: () => number): ApiKeys {
    const read = () => knownKeys(readFileSync(path, 'utf8'));
    return new ApiKeys(new SecretFile('API_KEYS_FILE', read, logger, now));
  }

  authenticate(key: string): Client | undefined {
    if (key.length > MAX_KEY_CHARACTERS) return undefined;
    const digest = hash('sha256', key, 'buffer');
    // found by what can't be chosen, then compared in constant time
    const known = this.source.current.get(digest.toString('hex'));
    return known !== undefined && timingSafeEqual(known.digest, digest) ? known.client : undefined;
  }
}

function knownKeys(text: string): KnownKeys {
  return new Map(
    parseApiKeys(text).map(({ client, sha256 }) => [sha256, { client, digest: Buffer.from(sha256, 'hex') }]),
  );
}
