import { readFile } from 'node:fs/promises';
import kafkajs from 'kafkajs';
import { kafkajsModule, type SaslAuthenticator } from './kafkajs-internals.js';
import type { SaslCredentials } from './kafka-security.js';

// of a CommonJS package node finds these only here
const { KafkaJSError } = kafkajs;

interface Exchange {
  readonly request: { encode(): Promise<Buffer> };
  readonly response?: {
    decode(bytes: Buffer): Promise<Buffer>;
    parse(bytes: Buffer): Promise<Buffer>;
  };
}

/** What kafkajs hands over for each authentication. */
interface Conversation {
  readonly host: string;
  readonly port: number;
  readonly logger: unknown;
  saslAuthenticate(exchange: Exchange): Promise<unknown>;
}

interface Authenticator {
  authenticate(): Promise<void>;
}

/** What a client of kafkajs takes as `sasl`; the patch of its authenticator finds it at each connection. */
export interface Sasl {
  readonly mechanism: string;
  readonly authenticationProvider: (conversation: Conversation) => Authenticator;
  /** Who this is, for messages. */
  readonly who: string;
  /** Told why the broker refuses, and `undefined` when it does not. */
  readonly onOutcome: (refusal: string | undefined) => void;
}

type Provider = (credentials: object) => (conversation: Conversation) => Authenticator;
const BY_PASSWORD = {
  PLAIN: 'plain',
  'SCRAM-SHA-256': 'scram256',
  'SCRAM-SHA-512': 'scram512',
} as const;

const Encoder = kafkajsModule('src/protocol/encoder') as new () => {
  writeBytes(bytes: Buffer): { readonly buffer: Buffer };
};
const SEPARATOR = '\u0001';

export function toSasl(credentials: SaslCredentials, onOutcome: Sasl['onOutcome']): Sasl {
  const { mechanism } = credentials;
  if (mechanism === 'OAUTHBEARER') {
    const { tokenFile } = credentials;
    const authenticationProvider = (conversation: Conversation) => ({
      authenticate: () => sendToken(conversation, tokenFile),
    });
    return { mechanism, authenticationProvider, who: 'the token', onOutcome };
  }
  const { username, password } = credentials;
  const module = `src/broker/saslAuthenticator/${BY_PASSWORD[mechanism]}`;
  const provide = kafkajsModule(module) as Provider;
  return {
    mechanism,
    authenticationProvider: (conversation) =>
      tellingCauses(conversation, provide({ mechanism, username, password })),
    who: `user '${username}'`,
    onOutcome,
  };
}

/** kafkajs calls everything that goes wrong meanwhile a refusal, a connection that broke as well. */
function tellingCauses(
  conversation: Conversation,
  provide: (conversation: Conversation) => Authenticator,
): Authenticator {
  const failures: unknown[] = [];
  const saslAuthenticate = async (exchange: Exchange) => {
    try {
      return await conversation.saslAuthenticate(exchange);
    } catch (error) {
      failures.push(error);
      throw error;
    }
  };
  const provided = provide({ ...conversation, saslAuthenticate });
  return {
    authenticate: async () => {
      try {
        await provided.authenticate();
      } catch (error) {
        throw failures[0] ?? error;
      }
    },
  };
}

/** kafkajs takes what a broker says of a wrong token for a success. @see https://datatracker.ietf.org/doc/html/rfc7628 */
async function sendToken(conversation: Conversation, tokenFile: string): Promise<void> {
  const token = await readToken(tokenFile);
  const first = `n,,${SEPARATOR}auth=Bearer ${token}${SEPARATOR}${SEPARATOR}`;
  const response = { decode: (bytes: Buffer) => Promise.resolve(bytes), parse: contentOf };
  const refusal = (await conversation.saslAuthenticate({ request: bytesOf(first), response })) as Buffer;
  if (refusal.length > 0) await conversation.saslAuthenticate({ request: bytesOf(SEPARATOR) });
}

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new KafkaJSError(`the file of the token can't be read: ${(error as Error).message}`);
  }
}

const bytesOf = (text: string) => ({
  encode: () => Promise.resolve(new Encoder().writeBytes(Buffer.from(text)).buffer),
});

/** Behind its length, as the older protocol has it. */
const contentOf = (bytes: Buffer) => Promise.resolve(bytes.subarray(4));

/**
 * Authenticates; a refusal says who was refused and why, and may be tried again, as an operator may put it right. The broker
 * closes such a connection a moment later, and kafkajs would try again over it meanwhile.
 */
export async function authenticateClearly(
  { connection }: SaslAuthenticator,
  authenticate: () => Promise<void>,
): Promise<void> {
  const sasl = connection.sasl as Sasl;
  try {
    await authenticate();
    sasl.onOutcome(undefined);
  } catch (error) {
    const refusal = explainRefusal(sasl, error as Error & { readonly type?: string });
    sasl.onOutcome(refusal.message);
    if (refusal !== error) {
      await connection.disconnect();
      connection.socket.destroy();
    }
    throw refusal;
  }
}

function explainRefusal({ mechanism, who }: Sasl, error: Error & { readonly type?: string }): Error {
  const said = oneLine(error.message);
  switch (error.type) {
    case 'SASL_AUTHENTICATION_FAILED':
      return mechanism === 'OAUTHBEARER'
        ? new KafkaJSError(`the broker refused the token: ${said}`)
        : new KafkaJSError(`the broker refused ${who}: wrong user or password for ${mechanism} (${said})`);
    case 'UNSUPPORTED_SASL_MECHANISM':
      return new KafkaJSError(`the broker does not offer the SASL mechanism ${mechanism} on this port`);
    case 'ILLEGAL_SASL_STATE':
      return new KafkaJSError(`the broker does not take ${who} by SASL on this port (${said})`);
    default:
      return error.name === 'KafkaJSSASLAuthenticationError' ? new KafkaJSError(said) : error;
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
