import { hostname } from 'node:os';
import { z } from 'zod';

/** What the process is told by its environment; `.env.example` explains each variable. */
export type Config = z.infer<typeof schema>;

/** The environment can't be used. `problems` has a line for each variable at fault. */
export class InvalidConfig extends Error {
  override readonly name = 'InvalidConfig';

  constructor(readonly problems: readonly string[]) {
    super(["the configuration can't be used:", ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
}

const integer = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be a whole number from ${min} to ${max}`,
    })
    .transform(Number);

const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

const matching = (pattern: RegExp, says: string) => z.string().regex(pattern, { error: says });
const port = integer(0, 65_535);

const brokers = z
  .string()
  .transform((text) => text.split(',').map((broker) => broker.trim()))
  .refine((list) => list.every((broker) => /^[^\s:]+:\d{1,5}$/.test(broker)), {
    error: 'must be host:port, or several of them with commas between',
  });

const delayRange = z.string().transform((text, context) => {
  const [, min, max = min] = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(text) ?? [];
  if (min !== undefined && Number(min) <= Number(max)) return { min: Number(min), max: Number(max) };
  context.addIssue({
    code: 'custom',
    message: 'must be milliseconds, as one number or as a range such as 1000-3000',
  });
  return z.NEVER;
});

/** Checked here, as later errors would show the URL, and with it the password. */
function isWhole(text: string): boolean {
  try {
    const { username, password } = new URL(text);
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

const schema = z.object({
  ROLE: oneOf('all', 'api', 'consumer').default('all'),
  MESSAGING: oneOf('in-memory', 'kafka').default('in-memory'),
  STORE: oneOf('in-memory', 'postgres').default('in-memory'),
  KAFKA_BROKERS: brokers.optional(),
  KAFKA_TOPIC: matching(/^[A-Za-z0-9._-]{1,200}$/, 'must be 1 to 200 of A-Z a-z 0-9 . _ -').default(
    'app.order.publish',
  ),
  KAFKA_GROUP: z
    .string()
    .max(200, { error: 'must have at most 200 characters' })
    .default('app-consumer-group'),
  KAFKA_PARTITIONS: integer(1, 10_000).default(5),
  KAFKA_REPLICATION_FACTOR: integer(1, 100).default(1),
  DATABASE_URL: matching(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://').optional(),
  ALLOW_VOLATILE_STORE: oneOf('true', 'false').default('false'),
  IN_MEMORY_ORDERS: integer(1, 100_000_000).default(100_000),
  REPLICAS: integer(1, 100).optional(),
  REPLICA_ID: matching(/^[A-Za-z0-9._-]{1,100}$/, 'must be 1 to 100 of A-Z a-z 0-9 . _ -').default(
    hostname(),
  ),
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(5000),
  HEALTH_PORT: port.optional(),
  OPERATIONS_API: oneOf('on', 'off').optional(),
  FULFILMENT_URL: matching(/^https?:\/\/[^\s/]+/, 'must begin with http:// or https://')
    .refine(isWhole, { error: 'must be a URL, its user and password percent-encoded' })
    .optional(),
  FULFILMENT_DELAY_MS: delayRange.default({ min: 1000, max: 3000 }),
  SHUTDOWN_MS: integer(15_000, 600_000).default(25_000),
  CONSUMER_CONCURRENCY: integer(1, 10_000).default(200),
  CONSUMER_MAX_OPEN_RECORDS: integer(1, 1_000_000).default(10_000),
  CONSUMER_MAX_OPEN_BYTES: integer(1, 1_073_741_824).default(16_777_216),
  COMMIT_INTERVAL_MS: integer(10, 60_000).default(200),
  RETRY_MAX_ATTEMPTS: integer(1, 1_000).default(10),
  RETRY_INITIAL_MS: integer(1, 3_600_000).default(1_000),
  RETRY_MAX_MS: integer(1, 3_600_000).default(60_000),
  HANDLER_TIMEOUT_MS: integer(100, 3_600_000).default(30_000),
  SESSION_TIMEOUT_MS: integer(6_000, 1_800_000).default(10_000),
  HEARTBEAT_INTERVAL_MS: integer(100, 600_000).default(1_000),
  REBALANCE_DRAIN_MS: integer(0, 900_000).default(4_000),
  LOG_LEVEL: oneOf('error', 'warn', 'info', 'debug').default('info'),
  LOG_FORMAT: oneOf('json', 'pretty').optional(),
});

type Environment = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as absent. @throws InvalidConfig with every problem at once */
export function loadConfig(environment: Environment, needed: readonly (keyof Config)[] = []): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  const problems = [
    ...(result.error?.issues ?? []).map((issue) => faultOf(issue, given)),
    ...contradictions(given),
    ...absent(needed, given),
  ];
  if (result.success) problems.push(...wrongRatios(result.data));
  if (!result.success || problems.length > 0) throw new InvalidConfig(problems);
  return result.data;
}

function absent(needed: readonly (keyof Config)[], given: Environment): string[] {
  return needed
    .filter((variable) => given[variable] === undefined)
    .map((variable) => `${variable} is needed`);
}

const MAY_HOLD_A_PASSWORD = new Set(['DATABASE_URL', 'FULFILMENT_URL']);

function faultOf({ path, message }: { path: PropertyKey[]; message: string }, given: Environment): string {
  const variable = String(path[0]);
  const value = MAY_HOLD_A_PASSWORD.has(variable) ? undefined : given[variable];
  return value === undefined ? `${variable} ${message}` : `${variable}=${value} ${message}`;
}

/** What each variable may say on its own, but not together. */
function contradictions(given: Environment): string[] {
  const { ROLE = 'all', MESSAGING = 'in-memory', STORE = 'in-memory' } = given;
  const problems: string[] = [];
  if (MESSAGING === 'in-memory' && (ROLE === 'api' || ROLE === 'consumer')) {
    problems.push(`ROLE=${ROLE} needs MESSAGING=kafka: messages in memory can't leave their process`);
  }
  if (MESSAGING === 'kafka' && given['KAFKA_BROKERS'] === undefined) {
    problems.push('KAFKA_BROKERS is needed with MESSAGING=kafka, for example localhost:9092');
  }
  if (STORE === 'postgres' && given['DATABASE_URL'] === undefined) {
    problems.push(
      'DATABASE_URL is needed with STORE=postgres, for example postgres://user@localhost:5432/orders',
    );
  }
  if (MESSAGING !== 'kafka' || STORE !== 'in-memory') return problems;
  if (ROLE === 'api') {
    problems.push(
      'ROLE=api needs STORE=postgres: orders in memory stay with the process that processed them, and an API could ' +
        'never show one',
    );
  } else if (given['ALLOW_VOLATILE_STORE'] !== 'true') {
    problems.push(
      'STORE=in-memory forgets at a restart what Kafka remembers as done: with MESSAGING=kafka set STORE=postgres, ' +
        'or accept that with ALLOW_VOLATILE_STORE=true',
    );
  }
  return problems;
}

/** Times that only work in proportion to each other. */
function wrongRatios(config: Config): string[] {
  const { SESSION_TIMEOUT_MS, HEARTBEAT_INTERVAL_MS, REBALANCE_DRAIN_MS, RETRY_INITIAL_MS, RETRY_MAX_MS } =
    config;
  const problems: string[] = [];
  if (HEARTBEAT_INTERVAL_MS * 3 > SESSION_TIMEOUT_MS) {
    problems.push(
      `HEARTBEAT_INTERVAL_MS=${HEARTBEAT_INTERVAL_MS} must be at most a third of SESSION_TIMEOUT_MS=${SESSION_TIMEOUT_MS}`,
    );
  }
  if (REBALANCE_DRAIN_MS * 2 >= SESSION_TIMEOUT_MS) {
    problems.push(
      `REBALANCE_DRAIN_MS=${REBALANCE_DRAIN_MS} must be less than half of SESSION_TIMEOUT_MS=${SESSION_TIMEOUT_MS}`,
    );
  }
  if (RETRY_INITIAL_MS > RETRY_MAX_MS) {
    problems.push(`RETRY_INITIAL_MS=${RETRY_INITIAL_MS} must be at most RETRY_MAX_MS=${RETRY_MAX_MS}`);
  }
  return problems;
}

/** How many consumers this process runs: none as an API, five where all is in one process, else one. */
export function consumersOf({ ROLE, REPLICAS }: Config): number {
  if (ROLE === 'api') return 0;
  return REPLICAS ?? (ROLE === 'all' ? 5 : 1);
}

/** Whether the API has what operators use; where nothing says so, only when all is in one process. */
export function servesOperations({ OPERATIONS_API, MESSAGING }: Config): boolean {
  return (OPERATIONS_API ?? (MESSAGING === 'in-memory' ? 'on' : 'off')) === 'on';
}
