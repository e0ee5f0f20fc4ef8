import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { isSigningKey, isToken } from '../../infrastructure/fulfilment/fulfilment-credentials.js';
import { readCertificate } from '../../infrastructure/system/certificate-files.js';
import { databaseUrlProblem } from '../../infrastructure/postgres/postgres-connection.js';

/** What the value of a variable can be. Each text follows the variable's name, and never repeats the value. */

export const integer = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be a whole number from ${min} to ${max}`,
      abort: true, // then no other rule sees it
    })
    .transform(Number);

export const share = z
  .string()
  .refine((text) => /^\d*\.?\d+$/.test(text) && Number(text) <= 1, { error: 'must be a number from 0 to 1' })
  .transform(Number);

export const port = integer(0, 65_535);

export const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

/** Some of them, with commas between. */
export const listOf = (...values: readonly string[]) =>
  z
    .string()
    .transform((text) => text.split(',').map((value) => value.trim()))
    .refine((list) => list.every((value) => values.includes(value)), {
      error: `must be of ${values.join(', ')}, with commas between`,
    });

export const matching = (pattern: RegExp, says: string) => z.string().regex(pattern, { error: says });

export const msRange = z.string().transform((text, context) => {
  const [, min, max = min] = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(text) ?? [];
  if (min !== undefined && Number(min) <= Number(max)) return { min: Number(min), max: Number(max) };
  context.addIssue('must be milliseconds, as one number or as a range such as 1000-3000');
  return z.NEVER;
});

export const brokers = (when = '') =>
  z
    .string({ error: `is needed${when}, for example localhost:9092` })
    .transform((text) => text.split(',').map((broker) => broker.trim()))
    .refine((list) => list.every((broker) => /^[^\s:]+:\d{1,5}$/.test(broker)), {
      error: 'must be host:port, or several of them with commas between',
    });

/** A path. Who uses the file reads it again: what is in it may be renewed. */
export const pemFile = z.string().superRefine((path, context) => {
  try {
    if (!readFileSync(path, 'latin1').includes('-----BEGIN ')) context.addIssue('must name a PEM file');
  } catch (error) {
    context.addIssue(`must name a PEM file: ${(error as Error).message}`);
  }
});

export const databaseUrl = (when = '') =>
  z
    .string({ error: `is needed${when}, for example postgres://user@localhost:5432/orders` })
    .regex(/^postgres(ql)?:\/\//, { error: 'must begin with postgres:// or postgresql://', abort: true })
    .superRefine((url, context) => {
      const problem = databaseUrlProblem(url);
      if (problem !== undefined) context.addIssue(problem);
    });

export const httpUrl = matching(/^https?:\/\/[^\s/]+/, 'must begin with http:// or https://');

/** What comes in clear from elsewhere could be anybody's. */
export const jwksUrl = httpUrl.refine((text) => text.startsWith('https:') || isLoopback(hostOf(text)), {
  error: 'must begin with https://, unless it is on this machine',
});

export function isLoopback(host: string): boolean {
  return /^((.+\.)?localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(host);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

export const fulfilmentUrl = httpUrl.refine(isValidUrl, {
  error: 'must be a URL, its user and password percent-encoded',
});

export const token = z.string().refine(isToken, { error: 'must be visible ASCII without spaces' });

export const signingKey = z.string().refine(isSigningKey, {
  error: 'must be whsec_ and 24 to 64 random bytes in base64, as in: echo "whsec_$(openssl rand -base64 32)"',
});

/** Checked here, as later errors would show the URL, and with it the password. */
function isValidUrl(text: string): boolean {
  try {
    const { username, password } = new URL(text);
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

export function certificateProblem(
  certFile: string | undefined,
  keyFile: string | undefined,
): string | undefined {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined) return 'TLS_KEY needs TLS_CERT, the file of the certificate';
  if (keyFile === undefined) return 'TLS_CERT needs TLS_KEY, the file of its key';
  try {
    readCertificate({ certFile, keyFile });
    return undefined;
  } catch (error) {
    return `TLS_CERT and TLS_KEY can't be used: ${(error as Error).message}`;
  }
}
