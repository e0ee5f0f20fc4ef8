import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PostgresDatabase } from '../../test/support/postgres-database.js';
import type { ServerName } from './launches.js';
import type { Play } from './play.js';
import type { Servers } from './servers.js';
import type { SpringServer } from './spring-jars.js';

type Environment = Readonly<Record<string, string>>;

const run = promisify(execFile);
const ON_NODE_24 = fileURLToPath(new URL('../../scripts/on-node-24.mjs', import.meta.url));

/** One of the systems that are compared. */
export interface System {
  readonly name: string;
  /** How it differs from this service; shown in the report. */
  readonly differs?: string;
  /** Arguments for Node. */
  readonly program: readonly string[];
  /** What runs it, instead of this Node. */
  readonly runtime?: (servers: Servers) => Promise<readonly [string, ...string[]]>;
  /** What it needs besides Kafka. */
  readonly needs?: ServerName | SpringServer;
  /** Of each request to it. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Its own settings, besides those that all get. */
  readonly env?: (servers: Servers, play: Play) => Environment | Promise<Environment>;
}

function serviceEnvironment(_servers: Servers, play: Play): Environment {
  return {
    ROLE: play.role,
    MESSAGING: 'kafka',
    STORE: 'in-memory',
    ALLOW_VOLATILE_STORE: 'true',
    KAFKA_TOPIC: play.topic,
    KAFKA_GROUP: play.topic,
    KAFKA_PARTITIONS: String(play.partitions),
    REPLICA_ID: play.replicaId,
    CONSUMER_CONCURRENCY: String(play.concurrency),
    FULFILMENT_DELAY_MS: play.workMs,
    LOG_LEVEL: 'warn', // the others log nothing either
  };
}

/** An API alone has no use for a store in memory; accepting an order doesn't touch the one that it has. */
function environmentOf(servers: Servers, play: Play): Environment | Promise<Environment> {
  return play.role === 'api' ? withPostgres(servers, play) : serviceEnvironment(servers, play);
}

async function withPostgres(servers: Servers, play: Play): Promise<Environment> {
  const url = play.databaseUrl ?? (await PostgresDatabase.create(servers.postgres.url)).url;
  const asInCompose = play.role === 'consumer' ? { NODE_OPTIONS: '--max-old-space-size=256' } : {};
  return { ...serviceEnvironment(servers, play), ...asInCompose, STORE: 'postgres', DATABASE_URL: url };
}

const OURS = ['--import', './systems/ours.mjs', '../../dist/bootstrap/main.js'];

export const SERVICE: System = { name: 'this service', program: OURS, env: environmentOf };
/** This service under other settings. */
export function serviceWith({ name }: Pick<System, 'name'>, settings: Environment): System {
  return {
    ...SERVICE,
    name,
    env: async (servers, play) => ({ ...(await SERVICE.env?.(servers, play)), ...settings }),
  };
}

/** As in the image. */
export const SERVICE_ON_NODE_24: System = {
  ...SERVICE,
  name: 'this service, Node 24',
  runtime: async () => {
    const { stdout } = await run(process.execPath, [ON_NODE_24, '--print', 'process.execPath']);
    return [stdout.trim().split('\n').at(-1) ?? '']; // npm says what it installs before it
  },
};
export const SERVICE_ON_POSTGRES: System = {
  name: 'this service, PostgreSQL',
  program: OURS,
  env: withPostgres,
};
export const BARE: System = {
  name: 'bare Express',
  differs: 'responds without sending the order anywhere. It is a ceiling, not a service.',
  program: ['./systems/bare-express.mjs'],
};
export const BARE_PUBLISHER: System = {
  name: 'bare Express, our publisher',
  differs:
    'sends each order through this service’s publisher, and makes its requests and responses as this service does. ' +
    'It checks and processes nothing. It is the other ceiling.',
  program: ['./systems/bare-publisher.mjs'],
};
export const NEST: System = {
  name: 'NestJS on Kafka',
  differs:
    'sends each order by itself with `ClientKafka.emit`, and its producer is not idempotent. Five microservices with ' +
    '`@EventPattern` process one order at a time in each partition; kafkajs commits by itself.',
  program: ['./systems/nest-kafka.mjs'],
};
export const EXPRESS: System = {
  name: 'Express + kafkajs',
  differs:
    'is a tutorial’s consumer: each order is a `producer.send`, not idempotent, and `eachMessage` processes one order at a ' +
    'time in each partition; kafkajs commits by itself.',
  program: ['./systems/express-kafkajs.mjs'],
};
export const BULLMQ: System = {
  name: 'Express + BullMQ',
  differs:
    'keeps orders as jobs in Redis (append-only file), with the id of the order as the id of the job, and makes five attempts.',
  needs: 'redis',
  program: ['./systems/bullmq.mjs'],
};
export const RABBITMQ: System = {
  name: 'Express + RabbitMQ',
  differs:
    'publishes persistent messages to one durable queue with publisher confirms, and acknowledges each when it is ' +
    'processed. Orders of one id may overtake each other.',
  needs: 'rabbitmq',
  program: ['./systems/rabbitmq.mjs'],
};
export const NATS: System = {
  name: 'Express + NATS',
  differs:
    'publishes to one JetStream stream (file storage), and acknowledges each message when it is processed, with at most ' +
    '1,000 unacknowledged. Orders of one id may overtake each other.',
  needs: 'nats',
  program: ['./systems/nats.mjs'],
};

const spring = (server: SpringServer, name: string): System => ({
  name: `Spring Boot, ${name}`,
  differs:
    `runs on the JVM, with spring-kafka: \`KafkaTemplate\` with \`acks=all\`, idempotent, behind ${name}. A \`@KafkaListener\` with ` +
    'five threads processes one order at a time in each partition, and commits after each poll.',
  program: [],
  runtime: (servers) => servers.springCommand(server),
  needs: server,
});
export const TOMCAT = spring('tomcat', 'Tomcat');
export const WEBFLUX = spring('webflux', 'WebFlux');

export const ALTERNATIVES: readonly System[] = [NEST, EXPRESS, TOMCAT, WEBFLUX, BULLMQ, RABBITMQ, NATS];
