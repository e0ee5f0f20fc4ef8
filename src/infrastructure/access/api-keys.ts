import { hash, timingSafeEqual } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Authenticator, Client } from '../../application/ports/authenticator.js';
import type { Logger } from '../../application/ports/logger.js';
import { parseApiKeys, type ApiKey } from './api-key-list.js';

interface Known {
  readonly client: Client;
  readonly digest: Buffer;
}

const WATCH_EVERY_MS = 2_000;
/** Longer than any key that this service makes. */
const MAX_KEY_CHARACTERS = 256;

/** The API keys of a list. */
export class ApiKeys implements Authenticator {
  private known: ReadonlyMap<string, Known> = new Map();

  /** @throws InvalidApiKeys */
  static of(text: string): ApiKeys {
    const keys = new ApiKeys();
    keys.replace(parseApiKeys(text));
    return keys;
  }

  /**
   * Of a file that is read again when it changes. One that can't be used then is logged, and the keys before stay valid: half a
   * file must lock nobody out. Looked at every 2 s, as what Kubernetes mounts changes by a link.
   * @throws InvalidApiKeys, or why it can't be read
   */
  static ofFile(path: string, logger: Logger): ApiKeys {
    const keys = ApiKeys.of(readFileSync(path, 'utf8'));
    watchFile(path, { interval: WATCH_EVERY_MS, persistent: false }, () => {
      try {
        const read = parseApiKeys(readFileSync(path, 'utf8'));
        keys.replace(read);
        logger.info('the API keys were read again', { file: path, keys: read.length });
      } catch (error) {
        logger.error('the API keys can’t be read, those before stay valid', { file: path, error });
      }
    });
    keys.unwatch = () => {
      unwatchFile(path);
    };
    return keys;
  }

  /** Does nothing more with its file. */
  close(): void {
    this.unwatch();
  }

  authenticate(key: string): Client | undefined {
    if (key.length > MAX_KEY_CHARACTERS) return undefined;
    const digest = hash('sha256', key, 'buffer');
    // found by what can't be chosen, then compared in constant time
    const known = this.known.get(digest.toString('hex'));
    return known !== undefined && timingSafeEqual(known.digest, digest) ? known.client : undefined;
  }

  private unwatch = (): void => undefined;

  private replace(keys: readonly ApiKey[]): void {
    this.known = new Map(
      keys.map(({ client, sha256 }) => [sha256, { client, digest: Buffer.from(sha256, 'hex') }]),
    );
  }
}
