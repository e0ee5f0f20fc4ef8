import { hash, randomBytes } from 'node:crypto';
import { ROLES, type Client, type Role } from '../../application/ports/authenticator.js';

/** A key by its SHA-256: the key itself is kept by its client alone. */
export interface ApiKey {
  readonly client: Client;
  /** In lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** The list can't be used. The message has a line for each problem, and no key. */
export class InvalidApiKeys extends Error {
  override readonly name = 'InvalidApiKeys';
}

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const SHA_256 = /^[0-9a-f]{64}$/;
/** So that a new key is in use before the old one goes. */
const MAX_KEYS_A_CLIENT = 2;
/** So many bits can't be guessed, so a hash without salt, and a fast one, is enough. */
const KEY_BYTES = 32;
const PREFIX = 'os_';

/**
 * Reads a list with a key on each line, or between semicolons: its client, what that may do, and the SHA-256 of the key, such
 * as `shop send,read 9f86d081…`. What follows a `#` is a comment. @throws InvalidApiKeys
 */
export function parseApiKeys(text: string): ApiKey[] {
  const problems: string[] = [];
  const keys: ApiKey[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    const entries = line
      .replace(/#.*/, '')
      .split(';')
      .map((entry) => entry.trim());
    for (const entry of entries.filter((each) => each !== '')) {
      const key = parseEntry(entry.split(/\s+/));
      if (typeof key === 'string') problems.push(`line ${index + 1}: ${key}`);
      else keys.push(key);
    }
  });
  problems.push(...contradictions(keys));
  if (keys.length === 0 && problems.length === 0) problems.push('there is no key in it');
  if (problems.length > 0) throw new InvalidApiKeys(problems.join('\n'));
  return keys;
}

/** Returns what is wrong with it, if anything is. */
function parseEntry([name = '', list = '', sha256 = '', ...others]: readonly string[]): ApiKey | string {
  const roles = list.split(',');
  const unknown = roles.find((each) => !isRole(each));
  if (others.length > 0 || sha256 === '') return 'must be client, roles and SHA-256, with blanks between';
  if (!NAME.test(name)) return 'the client must be 1 to 64 of A-Z a-z 0-9 . _ -';
  if (unknown !== undefined) return `'${unknown}' is no role: use ${ROLES.join(', ')}, with commas between`;
  if (!SHA_256.test(sha256)) return 'the SHA-256 must be 64 lower-case hexadecimal digits';
  return { client: { name, roles: roles.filter(isRole) }, sha256 };
}

function contradictions(keys: readonly ApiKey[]): string[] {
  const counts = new Map<string, number>();
  for (const { client } of keys) counts.set(client.name, (counts.get(client.name) ?? 0) + 1);
  const tooMany = [...counts].filter(([, count]) => count > MAX_KEYS_A_CLIENT);
  const twice = keys.length > new Set(keys.map(({ sha256 }) => sha256)).size;
  return [
    ...tooMany.map(([name, count]) => `${name} has ${count} keys: ${MAX_KEYS_A_CLIENT} at most`),
    ...(twice ? ['the same key is there twice'] : []),
  ];
}

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

/** A key that nobody has yet, and the line for the list. */
export function newApiKey({ name, roles }: Client): { readonly key: string; readonly line: string } {
  const key = PREFIX + randomBytes(KEY_BYTES).toString('base64url');
  const line = `${name} ${roles.join(',')} ${sha256(key)}`;
  parseApiKeys(line); // what is printed can be read
  return { key, line };
}
