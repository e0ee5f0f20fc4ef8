import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findFreePorts } from './free-ports.js';
import { ensureKafkaInstalled, type KafkaInstallation } from './kafka-installation.js';
import { KafkaNode, KafkaStartFailed } from './kafka-node.js';
import { nodeProperties, QUIET_LOG4J, type Address, type NodePorts } from './kafka-properties.js';

export { ensureKafkaInstalled, KafkaUnavailable, type KafkaInstallation } from './kafka-installation.js';
export { KafkaNode, KafkaStartFailed } from './kafka-node.js';

const run = promisify(execFile);
const ATTEMPTS = 3;
const FORMAT_TIMEOUT_MS = 60_000;

export interface KafkaClusterOptions {
  readonly brokers: 1 | 3;
  /** Each broker's heap; 512 for one broker, 384 for each of three. */
  readonly heapMb?: number;
  /** Kept over runs, with the topics in it. Without it a temporary folder is used and removed at the stop. */
  readonly dataDir?: string;
  /** A fixed port for the client listener of a node; free ones are taken where it is absent or returns undefined. */
  readonly portOf?: (nodeId: number) => number | undefined;
  /** Adds a second listener that advertises this address (a proxy's); its real port is the node's `proxiedPort`. */
  readonly advertised?: (nodeId: number) => Address;
  /** Further lines for every server.properties; they win over the ones set here. */
  readonly properties?: Readonly<Record<string, string>>;
  /** For the tool that formats a node's storage, as users: `--add-scram SCRAM-SHA-512=[name=me,password=secret]`. */
  readonly formatArguments?: readonly string[];
  readonly onProgress?: (line: string) => void;
}

export interface KafkaCluster {
  /** Bootstrap list: host:port of every node's client listener. */
  readonly brokers: string[];
  /** Node ids are 1, 2 and 3. */
  readonly nodes: KafkaNode[];
  /** Has a folder for each node, with its data and its server.log. */
  readonly dataDir: string;
  /** Ends all nodes, and removes the data when it was temporary. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts an Apache Kafka of one or three nodes on 127.0.0.1 and resolves when every node sees all of them.
 * Throws `KafkaUnavailable` (no Java, no Maven) or `KafkaStartFailed`, after stopping what had been started.
 */
export async function startKafkaCluster(options: KafkaClusterOptions): Promise<KafkaCluster> {
  const installation = await ensureKafkaInstalled(options);
  const dataDir =
    options.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'kafka-')) : resolve(options.dataDir);
  try {
    for (let attempt = 1; ; attempt++) {
      const nodes = await prepare(options, installation, dataDir);
      const failure = await startAll(nodes);
      if (failure === undefined) return cluster(nodes, dataDir, options.dataDir === undefined);
      const canTryOthers = failure instanceof KafkaStartFailed && failure.portIsTaken;
      if (!canTryOthers || attempt === ATTEMPTS) throw failure;
    }
  } catch (error) {
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}

/** Chooses ports, writes the configuration and formats the storage where that has not been done. */
async function prepare(
  options: KafkaClusterOptions,
  installation: KafkaInstallation,
  dataDir: string,
): Promise<KafkaNode[]> {
  const ports = await choosePorts(options);
  await mkdir(dataDir, { recursive: true });
  const log4jFile = join(dataDir, 'log4j2.xml');
  await writeFile(log4jFile, QUIET_LOG4J);
  return Promise.all(
    [...ports].map(async ([id, { client, proxied }]) => {
      const folder = join(dataDir, `node-${id}`);
      const logDir = join(folder, 'data');
      await mkdir(logDir, { recursive: true });
      const propertiesFile = join(folder, 'server.properties');
      const advertised = options.advertised?.(id);
      const overrides = options.properties ?? {};
      await writeFile(
        propertiesFile,
        nodeProperties({ id, logDir, ports, overrides, ...(advertised && { advertised }) }),
      );
      const identity = join(logDir, 'meta.properties');
      if (!existsSync(identity)) {
        const further = options.formatArguments ?? [];
        await format(installation, log4jFile, clusterIdOf(dataDir), [propertiesFile, ...further]);
      }
      return new KafkaNode({
        id,
        clusterId: /^cluster\.id=(.*)$/m.exec(await readFile(identity, 'utf8'))?.[1] ?? '',
        installation,
        port: client,
        ...(proxied !== undefined && { proxiedPort: proxied }),
        heapMb: options.heapMb ?? (options.brokers === 1 ? 512 : 384),
        propertiesFile,
        log4jFile,
        logFile: join(folder, 'server.log'),
      });
    }),
  );
}

async function choosePorts(options: KafkaClusterOptions): Promise<Map<number, NodePorts>> {
  const free = await findFreePorts(options.brokers * 3);
  const next = (): number => {
    const port = free.pop();
    if (port === undefined) throw new Error('More ports were taken than asked for');
    return port;
  };
  const ids = Array.from({ length: options.brokers }, (_, index) => index + 1);
  return new Map(
    ids.map((id) => [
      id,
      {
        client: options.portOf?.(id) ?? next(),
        controller: next(),
        ...(options.advertised && { proxied: next() }),
      },
    ]),
  );
}

/**
 * A Kafka Uuid is 16 bytes in base64url. Made from the folder, so that all of its nodes agree, whenever they were
 * formatted; the cleared bit keeps a dash from its start, which would read like an option.
 */
function clusterIdOf(dataDir: string): string {
  const id = createHash('sha256').update(dataDir).digest().subarray(0, 16);
  id.writeUInt8(id.readUInt8(0) & 0x7f, 0);
  return id.toString('base64url');
}

async function format(
  { java, classPath }: KafkaInstallation,
  log4jFile: string,
  clusterId: string,
  [propertiesFile = '', ...further]: readonly string[],
): Promise<void> {
  await run(
    java,
    [
      ...['-Xmx128m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData'],
      `-Dlog4j2.configurationFile=${log4jFile}`,
      ...['-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', propertiesFile],
      ...further,
    ],
    { timeout: FORMAT_TIMEOUT_MS, killSignal: 'SIGKILL' },
  );
}

/** Returns the first failure, after killing what had started. */
async function startAll(nodes: readonly KafkaNode[]): Promise<Error | undefined> {
  const ids = nodes.map((node) => node.id);
  const starts = await Promise.allSettled(nodes.map((node) => node.start()));
  const views = starts.every((start) => start.status === 'fulfilled')
    ? await Promise.allSettled(nodes.map((node) => node.sees(ids)))
    : [];
  const failures = [...starts, ...views].filter((result) => result.status === 'rejected');
  if (failures.length === 0) return undefined;
  await Promise.all(nodes.map((node) => node.kill()));
  const reasons = failures.map(({ reason }) =>
    reason instanceof Error ? reason : new Error(String(reason)),
  );
  return reasons.find((reason) => reason instanceof KafkaStartFailed && reason.portIsTaken) ?? reasons[0];
}

function cluster(nodes: KafkaNode[], dataDir: string, temporary: boolean): KafkaCluster {
  return {
    brokers: nodes.map((node) => `127.0.0.1:${node.port}`),
    nodes,
    dataDir,
    stop: async () => {
      // Whoever is last of three has no quorum to sign off from; its data survives the SIGKILL that it may need.
      await Promise.allSettled(nodes.map((node) => (temporary ? node.kill() : node.stop(15_000))));
      if (temporary) await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
