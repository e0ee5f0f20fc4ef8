import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import type { SaslAuthenticator } from '../../../src/kafka/kafkajs-internals.js';
import type { SaslCredentials } from '../../../src/kafka/kafka-security.js';
import { createErrorFromCode } from '../../../src/kafka/protocol-error.js';
import { authenticateClearly, toSasl } from '../../../src/kafka/sasl-authentication.js';

const { KafkaJSConnectionError } = kafkajs;
const [UNSUPPORTED_MECHANISM, ILLEGAL_STATE, FAILED] = [33, 34, 58];
const USER = { mechanism: 'PLAIN', username: 'orders', password: 'secret' } as const;

interface Exchange {
  readonly request: { encode(): Promise<Buffer> };
  readonly response?: { decode(bytes: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> };
}

const folder = mkdtempSync(join(tmpdir(), 'sasl-'));
const tokenFile = join(folder, 'token');
afterAll(() => rmSync(folder, { recursive: true }));

const nothing = () => undefined;
const lengthOf = (content: string) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(content.length);
  return bytes;
};

/** Authenticates at a broker that answers each message with these words, or fails. Returns what was sent and told. */
async function authenticate(credentials: SaslCredentials, answers: readonly (string | Error)[]) {
  const sent: string[] = [];
  const outcomes: (string | undefined)[] = [];
  const sasl = toSasl(credentials, (refusal) => outcomes.push(refusal));
  const saslAuthenticate = async ({ request, response }: Exchange) => {
    sent.push((await request.encode()).subarray(4).toString());
    const answer = answers[sent.length - 1] ?? '';
    if (answer instanceof Error) throw answer;
    return response?.parse(await response.decode(Buffer.concat([lengthOf(answer), Buffer.from(answer)])));
  };
  const logger = { debug: nothing, error: nothing };
  const conversation = { host: 'broker', port: 9093, logger, saslAuthenticate };
  const did: string[] = [];
  const connection = {
    sasl,
    disconnect: () => Promise.resolve(did.push('disconnect')),
    socket: { destroy: () => did.push('destroy') },
  };
  const authenticator = { connection } as unknown as SaslAuthenticator;
  const failure = await authenticateClearly(authenticator, () =>
    sasl.authenticationProvider(conversation as never).authenticate(),
  ).catch((error: unknown) => error);
  return { sent, outcomes, did, failure };
}

/** As kafkajs makes it of the broker's response. */
const refusal = (said: string) => Object.assign(createErrorFromCode(FAILED), { message: said });

describe('a user', () => {
  it('that the broker knows is told so', async () => {
    const { sent, outcomes, failure } = await authenticate(USER, ['']);

    expect({ sent, outcomes, failure }).toEqual({
      sent: ['\0orders\0secret'],
      outcomes: [undefined],
      failure: undefined,
    });
  });

  it('that is refused is named, without the password; an operator may put it right, so it is tried again', async () => {
    const { outcomes, did, failure } = await authenticate(USER, [
      refusal('Authentication failed:\n no such user'),
    ]);
    const says =
      "the broker refused user 'orders': wrong user or password for PLAIN (Authentication failed: no such user)";

    expect(failure).toMatchObject({ message: says, retriable: true });
    expect(outcomes).toEqual([says]);
    expect(did).toEqual(['disconnect', 'destroy']);
  });

  it('is not refused when only the connection breaks', async () => {
    const broken = new KafkaJSConnectionError('Closed connection');
    const { failure, did } = await authenticate(USER, [broken]);

    expect(failure).toBe(broken);
    expect(did).toEqual([]);
  });

  it.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)(
    'does not take a broker by %s that does not know the password itself',
    async (mechanism) => {
      const { failure } = await authenticate({ ...USER, mechanism }, [`r=guessed,s=c2FsdA==,i=4096`]);

      expect(failure).toMatchObject({ retriable: true });
      expect((failure as Error).message).toMatch(/Invalid server nonce/);
    },
  );

  it.each([
    [UNSUPPORTED_MECHANISM, 'the broker does not offer the SASL mechanism PLAIN on this port'],
    [
      ILLEGAL_STATE,
      "the broker does not take user 'orders' by SASL on this port (Request is not valid given the current SASL state)",
    ],
  ])('meets what else a broker may say: %i', async (code, says) => {
    const { failure } = await authenticate(USER, [createErrorFromCode(code)]);

    expect(failure).toMatchObject({ message: says, retriable: true });
  });
});

describe('a token', () => {
  const TOKEN = { mechanism: 'OAUTHBEARER', tokenFile } as const;

  it('is what is in its file at that moment', async () => {
    writeFileSync(tokenFile, 'first\n');
    const first = await authenticate(TOKEN, ['']);
    writeFileSync(tokenFile, 'second');
    const second = await authenticate(TOKEN, ['']);

    expect([...first.sent, ...second.sent]).toEqual([
      'n,,\u0001auth=Bearer first\u0001\u0001',
      'n,,\u0001auth=Bearer second\u0001\u0001',
    ]);
    expect([first.failure, second.failure]).toEqual([undefined, undefined]);
  });

  it('that is refused is a failure: kafkajs takes the broker’s objection for a success', async () => {
    writeFileSync(tokenFile, 'old');
    const { sent, failure } = await authenticate(TOKEN, ['{"status":"invalid_token"}', refusal('expired')]);

    expect(sent).toEqual(['n,,\u0001auth=Bearer old\u0001\u0001', '\u0001']);
    expect(failure).toMatchObject({ message: 'the broker refused the token: expired', retriable: true });
  });

  it('that can’t be read is a failure that may pass', async () => {
    rmSync(tokenFile);
    const { failure } = await authenticate(TOKEN, []);

    expect(failure).toMatchObject({ retriable: true });
    expect((failure as Error).message).toMatch(/^the file of the token can't be read: ENOENT/);
  });
});
