import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { silentLogger } from '../../packages/delivery/src/contract/silent-logger.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { DeliveryEngine } from '../../packages/delivery/src/engine/delivery-engine.js';
import { failureText } from '../../packages/delivery/src/engine/failure-text.js';
import type { RecordHandler } from '../../packages/delivery/src/engine/record-handler.js';
import type { KafkaSecurity } from '../../packages/delivery/src/kafka/kafka-security.js';
import { aDeadLetter } from '../../packages/delivery/src/contract/a-dead-letter.js';
import {
  AUTHORITY,
  BROKER,
  CLIENT,
  NEXT_AUTHORITY,
} from '../../packages/delivery/test/support/certificates.js';
import { kafkaMessaging } from '../../packages/delivery/test/support/kafka-messaging.js';
import { databaseUrl, describeWithAllOfIt } from '../../packages/delivery/test/support/requirements.js';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';
import { SecuredKafka, type Right } from '../../packages/delivery/test/support/secured-kafka.js';
import { LiveClient } from '../support/live-client.js';
import { MeteredService } from '../support/metered-service.js';
import { readPage } from '../support/pages.js';
import { PostgresDatabase } from '../support/postgres-database.js';

const run = promisify(execFile);
const CREATE_TOPICS = fileURLToPath(new URL('../../dist/bootstrap/create-topics.js', import.meta.url));

const [API, CONSUMER, OPERATOR] = ['orders-api', 'orders-consumer', 'orders-operator'];
const PASSWORDS = { [API]: 'api-secret', [CONSUMER]: 'consumer-secret', [OPERATOR]: 'operator-secret' };
const TOPIC = 'app.order.publish';
const DLQ = `${TOPIC}.dlq`;
const REPORTS = 'app.order.replica-status';
const COMMANDS = 'app.order.replica-commands';
const GROUP = 'app-consumer-group';
/** What the brokers and the group need to notice, and what a busy machine takes. */
const SOON = { deadlineMs: 60_000, intervalMs: 100 };

/** "acl --allow-principal User:orders-api --operation Read --topic app.order.publish" */
const COMMAND = /^acl --allow-principal User:(\S+) (.*) --(topic|group) (\S+)$/gm;
const RIGHTS: Right[] = [...readPage('docs/how-to/secure-kafka.md').matchAll(COMMAND)].flatMap(
  ([, user = '', operations = '', on, name = '']) =>
    [...operations.matchAll(/--operation (\S+)/g)].map(([, operation = '']) => ({
      user,
      operation,
      on: on as Right['on'],
      name,
    })),
);

/** As Kafka takes it where no authority for tokens is configured: unsigned, for tests alone. */
function tokenOf(user: string): string {
  const now = Math.floor(Date.now() / 1_000);
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'none' })}.${encode({ sub: user, iat: now, exp: now + 3_600 })}.`;
}

describeWithAllOfIt('on a Kafka that asks for TLS, a user and rights', () => {
  let kafka: SecuredKafka;
  let database: PostgresDatabase;
  let api: MeteredService;
  let consumer: MeteredService;
  let operator: MeteredService;
  let folder: string;
  const accepted: string[] = [];
  const started: MeteredService[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secured-service-'));
    kafka = await SecuredKafka.start(PASSWORDS);
    database = await PostgresDatabase.create(databaseUrl);
    await kafka.allow(RIGHTS);
    const { stdout } = await run(process.execPath, [CREATE_TOPICS], {
      cwd: folder,
      env: { ...process.env, ...environment(OPERATOR) },
    });
    expect(stdout).toContain('the topics are as they should be');
    api = await MeteredService.start(environment(API, { ROLE: 'api' }));
    consumer = await MeteredService.start(
      environment(CONSUMER, { ROLE: 'consumer', REPLICA_ID: 'consumer-1', HEALTH_PORT: '0' }),
    );
    operator = await MeteredService.start(environment(OPERATOR, { ROLE: 'api', OPERATIONS_API: 'on' }));
    await allReady();
  }, 120_000);
  beforeEach(() => {
    for (const { logger } of [api, consumer, operator]) logger.lines.length = 0;
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((service) => service.stop()));
  });
  afterAll(async () => {
    await Promise.all([api, consumer, operator].map((service) => service.stop()));
    await database.drop();
    await kafka.stop();
    await rm(folder, { recursive: true });
  }, 60_000);

  function environment(user: string, others: Record<string, string> = {}): Record<string, string> {
    const { ca, cert, key } = kafka.files;
    return {
      MESSAGING: 'kafka',
      STORE: 'postgres',
      DATABASE_URL: database.url,
      KAFKA_BROKERS: kafka.brokers.join(','),
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME: user,
      KAFKA_SASL_PASSWORD: PASSWORDS[user] ?? '',
      KAFKA_SSL_CA: ca,
      KAFKA_SSL_CERT: cert,
      KAFKA_SSL_KEY: key,
      SESSION_TIMEOUT_MS: '6000',
      REBALANCE_DRAIN_MS: '2500',
      RETRY_MAX_ATTEMPTS: '2',
      RETRY_INITIAL_MS: '10',
      RETRY_MAX_MS: '10',
      LOG_FORMAT: 'json',
      ...others,
    };
  }

  /** How the library connects as this user. */
  function identity(user: string): { readonly brokers: string[]; readonly security: KafkaSecurity } {
    const sasl = { mechanism: 'SCRAM-SHA-512', username: user, password: PASSWORDS[user] ?? '' } as const;
    return { brokers: kafka.brokers, security: { tls: kafka.files, sasl } };
  }

  /** One more, which is stopped at the end of the test. */
  async function launch(given: Record<string, string>): Promise<MeteredService> {
    const service = await MeteredService.launch(given);
    started.push(service);
    return service;
  }

  async function readiness({ client }: MeteredService): Promise<{ status: number; details: string }> {
    const { status, json } = await client.get('/health/ready');
    const { checks } = json as { checks: readonly { status: string; detail?: string }[] };
    const down = checks.filter((check) => check.status === 'down');
    return { status, details: down.map(({ detail }) => detail).join('; ') };
  }

  async function ready(service: MeteredService): Promise<void> {
    await waitFor('it is ready', async () => (await readiness(service)).status === 200, SOON);
  }

  async function allReady(): Promise<void> {
    await Promise.all([api, consumer, operator].map(ready));
  }

  /** Waits until the service is not ready, and says why in these words. */
  async function notReady(service: MeteredService, says: RegExp): Promise<void> {
    const isSo = async () => {
      const { status, details } = await readiness(service);
      if (status === 503 && says.test(details)) return true;
      throw new Error(`${status} ${details}`);
    };
    await waitFor(`readiness that says ${says}`, isSo, SOON);
  }

  async function send(count: number): Promise<number[]> {
    const statuses: number[] = [];
    for (let number = 1; number <= count; number++) {
      const orderId = randomUUID();
      const { status } = await api.send('tea', orderId);
      if (status === 202) accepted.push(orderId);
      statuses.push(status);
    }
    return statuses;
  }

  /** Each that was ever accepted took effect, once. */
  async function allProcessed(): Promise<void> {
    const effects = "SELECT order_id FROM order_history WHERE status <> 'parked'";
    await waitFor(
      'all orders are processed',
      async () => (await database.query(effects)).length >= accepted.length,
      SOON,
    );
    const rows = await database.query<{ order_id: string }>(effects);
    expect(rows.map((row) => row.order_id).sort()).toEqual([...accepted].sort());
  }

  /** The warnings and errors that say so. */
  const shown = ({ logger }: MeteredService, says: RegExp) =>
    logger.lines.filter(
      ({ level, message, fields }) =>
        (level === 'warn' || level === 'error') &&
        says.test(`${message} ${failureText(fields['error'] ?? fields['reason'])}`),
    );

  it('each role does its work with the rights that the page lists', async () => {
    const page = await LiveClient.open(api.client.url);
    const poison = randomUUID();
    expect(await send(20)).toEqual(Array<number>(20).fill(202));
    expect((await api.send('fail', poison)).status).toBe(202);
    await allProcessed();

    const listed = async () => {
      const { json } = await operator.client.get('/api/DeadLetter');
      return (json as { deadLetters: readonly { key: { text: string } }[] }).deadLetters[0];
    };
    expect(await waitFor('the dead letter', listed, SOON)).toMatchObject({ key: { text: poison } });
    const discarded = await operator.client.post('/api/DeadLetter/Discard', { orderId: poison });
    expect(discarded).toMatchObject({ status: 200 });
    const view = await page.sees('the replica with its partitions', ({ replicas }) =>
      replicas.some(({ id, partitions }) => id === 'consumer-1' && partitions.length === 5),
    );
    expect(view.replicas).toHaveLength(1);
    page.close();
    await api.reaches('delivery_consumer_lag_records', { partition: '0' }, 0);
    const troubles = /Kafka|authorized|feed|interrupted|could not|not ready/;
    for (const service of [api, consumer, operator]) expect(shown(service, troubles)).toEqual([]);
  }, 90_000);

  it('a password that is changed is a clear refusal, once, and nothing is lost', async () => {
    await send(5);
    await Promise.all([API, CONSUMER].map((user) => kafka.setPassword(user, 'changed')));
    kafka.proxy.dropConnections();
    await notReady(api, /the broker refused user 'orders-api': wrong user or password for SCRAM-SHA-512/);
    await notReady(consumer, /the broker refused user 'orders-consumer': wrong user or password/);
    expect(await send(1)).toEqual([503]);
    const refusals = shown(consumer, /refused user 'orders-consumer'/);

    await Promise.all([API, CONSUMER].map((user) => kafka.setPassword(user, PASSWORDS[user] ?? '')));
    await allReady();
    expect(await send(5)).toEqual(Array<number>(5).fill(202));
    await allProcessed();
    const interrupted = refusals.filter(
      ({ message }) => message === 'reading was interrupted, joining again',
    );
    expect([interrupted.length, refusals.length < 5]).toEqual([1, true]);
  }, 120_000);

  it('a broker whose certificate is wrong is refused, and when it is right again nothing is lost', async () => {
    await send(5);
    const wrong = [
      [BROKER.expired, AUTHORITY, /the certificate of the broker expired on 2026-01-01T00:00:00/],
      [BROKER.ofAnotherHost, AUTHORITY, /is for 'other.example', not for 'localhost'/],
      [BROKER.ofNextAuthority, AUTHORITY, /no authority that is trusted here .* 'Test authority 2' did/],
      [BROKER.valid, NEXT_AUTHORITY, /broke off TLS, perhaps for the certificate of this client/],
    ] as const;
    for (const [certificate, authority, says] of wrong) {
      await kafka.show(certificate, authority);
      await notReady(api, says);
      await notReady(consumer, says);
      expect(await send(1)).toEqual([503]);
    }

    await kafka.show(BROKER.valid);
    await allReady();
    expect(await send(5)).toEqual(Array<number>(5).fill(202));
    await allProcessed();
  }, 240_000);

  it('certificates and authorities are renewed while the service runs', async () => {
    await send(5);
    await kafka.become({ authority: `${AUTHORITY}\n${NEXT_AUTHORITY}`, cert: CLIENT.ofNextAuthority });
    await kafka.show(BROKER.ofNextAuthority, NEXT_AUTHORITY);
    await allReady();
    expect(await send(5)).toEqual(Array<number>(5).fill(202));
    await allProcessed();

    await kafka.become({ authority: AUTHORITY, cert: CLIENT.valid });
    await kafka.show(BROKER.valid);
    await allReady();
  }, 120_000);

  it('a right to write that is revoked declines orders, until it is granted again', async () => {
    const right: Right = { user: API, operation: 'Write', on: 'topic', name: TOPIC };
    await kafka.revoke(right);
    await notReady(api, /^not authorized for Write on topic 'app.order.publish'$/);
    expect(await send(2)).toEqual([503, 503]);
    expect(shown(api, /not authorized for Write on topic 'app.order.publish'/)).toHaveLength(2);

    await kafka.allow([right]);
    await allReady();
    expect(await send(2)).toEqual([202, 202]);
    await allProcessed();
  }, 90_000);

  it.each([
    ['Read', 'topic', TOPIC, /not authorized for Read on topic 'app.order.publish'/],
    ['Read', 'group', GROUP, /not authorized for (Read|Describe) on group 'app-consumer-group'/],
    ['Write', 'topic', DLQ, /not authorized for Write on topic 'app.order.publish.dlq'/],
  ] as const)(
    'a right of the consumer that is revoked, %s on the %s %s, holds up orders until it is granted again',
    async (operation, on, name, says) => {
      const right: Right = { user: CONSUMER, operation, on, name };
      const poison = randomUUID();
      await kafka.revoke(right);
      await notReady(consumer, says);
      expect(await send(5)).toEqual(Array<number>(5).fill(202));
      expect((await api.send('fail', poison)).status).toBe(202);
      const lines = shown(consumer, says);

      await kafka.allow([right]);
      await allReady();
      await allProcessed();
      const listed = async () => (await operator.client.get('/api/DeadLetter')).text.includes(poison);
      await waitFor('the dead letter', listed, SOON);
      expect(lines.length).toBeLessThan(5);
    },
    120_000,
  );

  it('a service that may not check the dead-letter topic waits for the right', async () => {
    const right: Right = { user: API, operation: 'DescribeConfigs', on: 'topic', name: DLQ };
    await kafka.revoke(right);
    const late = await launch(environment(API, { ROLE: 'api' }));
    const line = /the broker is not ready, retrying/;
    await waitFor('a line about it', () => shown(late, line).length > 0, SOON);
    expect(shown(late, line)[0]?.fields).toEqual({
      reason: `not authorized for DescribeConfigs on topic '${DLQ}'`,
    });

    await kafka.allow([right]);
    await late.started;
    await ready(late);
  }, 60_000);

  it('a service with a wrong password waits, and says who is refused', async () => {
    const late = await launch(environment(API, { ROLE: 'api', KAFKA_SASL_PASSWORD: 'not-the-password' }));
    const says = /the broker refused user 'orders-api': wrong user or password for SCRAM-SHA-512/;
    await notReady(late, says);
    const line = () => late.logger.shown.find(({ message }) => message.endsWith('is not ready, retrying'));
    const { fields } = await waitFor('a line about it', line, SOON);
    expect(fields['reason']).toMatch(says);
    expect(inspect(late.logger.lines, { depth: 10 })).not.toContain('not-the-password');
  }, 60_000);

  it('a service that does not speak TLS to a port that does waits, too', async () => {
    const { KAFKA_BROKERS = '', DATABASE_URL = '' } = environment(API);
    const plain = { MESSAGING: 'kafka', STORE: 'postgres', ROLE: 'api', KAFKA_BROKERS, DATABASE_URL };
    const late = await launch(plain);
    await notReady(late, /^Closed connection$/);
  }, 60_000);

  it.each(['PLAIN', 'SCRAM-SHA-256'])(
    'a user is known by %s, too',
    async (mechanism) => {
      const late = await launch(environment(API, { ROLE: 'api', KAFKA_SASL_MECHANISM: mechanism }));
      await late.started;
      await ready(late);
    },
    60_000,
  );

  it('a token is read again for each authentication, and a wrong one is refused', async () => {
    const file = join(folder, 'token');
    await writeFile(file, 'no token');
    const late = await launch(
      environment(API, { ROLE: 'api', KAFKA_SASL_MECHANISM: 'OAUTHBEARER', KAFKA_SASL_TOKEN_FILE: file }),
    );
    await notReady(late, /the broker refused the token: /);

    await writeFile(file, tokenOf(API));
    await late.started;
    await ready(late);
  }, 60_000);

  it.each<[string, string, (user: string) => Promise<unknown>]>([
    [API, `Describe on group '${GROUP}-2'`, (user) => joinGroup(user, `${GROUP}-2`)],
    [API, `Read on group '${GROUP}'`, (user) => joinGroup(user, GROUP)],
    [API, `Write on topic '${DLQ}'`, (user) => using(user, (m) => m.deadLetters.add(aDeadLetter()))],
    [API, `Read on topic '${DLQ}'`, (user) => using(user, (m) => m.deadLetters.list({}))],
    [API, "Describe on topic 'another'", (user) => using(user, (m) => m.start(), 'another')],
    [CONSUMER, `Write on topic '${TOPIC}'`, (user) => using(user, publish)],
    [CONSUMER, `Read on topic '${DLQ}'`, (user) => using(user, (m) => m.deadLetters.list({}))],
    [CONSUMER, `Describe on group '${GROUP}-2'`, (user) => joinGroup(user, `${GROUP}-2`)],
    [OPERATOR, `Read on group '${GROUP}'`, (user) => joinGroup(user, GROUP)],
  ])('%s is refused what is not its own: %s', async (user, right, work) => {
    const failed = await work(user).then(() => 'it may', failureText);
    expect(failed).toContain(`not authorized for ${right}`);
  });

  it('a replica can’t command another', async () => {
    const logger = new RecordingLogger();
    const messaging = kafkaMessaging({ ...identity(CONSUMER), topic: TOPIC }, logger);
    expect(await appendTo(COMMANDS)(messaging)).toBe(false);
    expect(JSON.stringify(logger.lines)).toContain(`not authorized for Write on topic '${COMMANDS}'`);
    await messaging.stop();
  });

  /** But for those that are needed only while topics are made. */
  const DAILY = RIGHTS.filter(({ operation }) => operation !== 'Create' && operation !== 'Alter');

  it.each(DAILY)('$user needs $operation on the $on $name', async (right) => {
    await consumer.stop(); // then something is pending
    await send(1);
    const { user, operation, on, name } = right;
    const logger = new RecordingLogger();
    const messaging = kafkaMessaging({ ...identity(user), topic: TOPIC, partitions: 5 }, logger);
    const engine = engineOf(messaging, GROUP);
    const failures: string[] = [];
    const told = async () => {
      const lines = logger.lines.map(({ fields }) => failureText(fields['reason'] ?? ''));
      return [...failures, ...lines, (await engine.check()).detail].join('; ');
    };
    // Read and Write include Describe, which is needed first
    const says = [operation, 'Describe'].map((each) => `not authorized for ${each} on ${on} '${name}'`);
    await kafka.revoke(right);
    try {
      const work = [...(WORK[user] ?? []), ...(user === CONSUMER ? [() => engine.start()] : [])];
      for (const each of work)
        void each(messaging).catch((error: unknown) => failures.push(failureText(error)));
      const isTold = async () => {
        const text = await told();
        if (says.some((each) => text.includes(each))) return true;
        throw new Error(text);
      };
      await waitFor('the refusal', isTold, SOON);
    } finally {
      await kafka.allow([right]);
      await engine.stop(1_000);
      await messaging.stop();
    }
  });

  it('the dead letters get as many partitions as the topic has by who may alter it', async () => {
    await kafka.addPartitions(TOPIC, 6);
    const right: Right = { user: OPERATOR, operation: 'Alter', on: 'topic', name: DLQ };
    await kafka.revoke(right);
    await expect(using(OPERATOR, (messaging) => messaging.start())).rejects.toThrow(
      `not authorized for Alter on topic '${DLQ}'`,
    );

    await kafka.allow([right]);
    await using(OPERATOR, (messaging) => messaging.start());
  });

  it('a topic that is absent is created by who may, and waited for by others', async () => {
    const name = 'app.absent';
    await kafka.allow([{ user: API, operation: 'Describe', on: 'topic', name }]);
    await using(
      API,
      async (messaging) => {
        const error: unknown = await messaging.start().catch((failure: unknown) => failure);
        expect(failureText(error)).toBe(`not authorized for Create on topic '${name}'`);
        expect(messaging.isUnavailable(error)).toBe(true);
      },
      name,
    );
  });

  type Messaging = ReturnType<typeof kafkaMessaging>;
  const publish = ({ publisher }: Messaging) => {
    publisher.start();
    return publisher.publish({ key: 'k', value: Buffer.from('v'), headers: {} });
  };

  async function using(
    user: string,
    work: (messaging: Messaging) => Promise<unknown>,
    topic = TOPIC,
  ): Promise<unknown> {
    const messaging = kafkaMessaging({ ...identity(user), topic });
    try {
      return await work(messaging);
    } finally {
      await messaging.stop();
    }
  }

  const engineOf = (messaging: Messaging, groupId: string) => {
    const handler = { handle: () => Promise.resolve() } as unknown as RecordHandler;
    return new DeliveryEngine(
      'another',
      messaging.source({ groupId }),
      handler,
      {},
      { logger: silentLogger },
    );
  };

  /** Rejects with what the replica says of itself. */
  function joinGroup(user: string, groupId: string): Promise<unknown> {
    return using(user, async (messaging) => {
      const engine = engineOf(messaging, groupId);
      try {
        await engine.start();
        const isRefused = async () => {
          const { detail = '' } = await engine.check();
          return detail.includes('authorized') && detail;
        };
        throw new Error(await waitFor('it is refused', isRefused, SOON));
      } finally {
        await engine.stop(1_000);
      }
    });
  }

  /** What each role does all day, but for joining the group. */
  const start = (messaging: Messaging) => messaging.start();
  const appendTo = (topic: string) => (messaging: Messaging) =>
    messaging.feed({ topic }).append('another', Buffer.from('{}'));
  const follow = (topic: string) => (messaging: Messaging) =>
    Promise.resolve(messaging.feed({ topic }).follow(() => undefined));
  const ofPage = [follow(REPORTS), appendTo(COMMANDS)];
  const lag = (messaging: Messaging) => messaging.lag(GROUP);
  const deadLetter = ({ deadLetters }: Messaging) => deadLetters.add(aDeadLetter());
  const list = ({ deadLetters }: Messaging) => deadLetters.list({});
  const WORK: Readonly<Record<string, ((messaging: Messaging) => Promise<unknown>)[]>> = {
    [API]: [start, ...ofPage, publish, lag],
    [CONSUMER]: [start, appendTo(REPORTS), follow(COMMANDS), deadLetter],
    [OPERATOR]: [start, ...ofPage, publish, lag, deadLetter, list],
  };
});
