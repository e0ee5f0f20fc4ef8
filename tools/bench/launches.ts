import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePorts } from '../dev-servers/free-ports.js';

const run = promisify(execFile);

export type ServerName = 'redis' | 'rabbitmq' | 'nats';

/** How a server is started. */
export interface Launch {
  readonly url: string;
  readonly version: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What is left to be done when it has ended. */
  readonly end?: () => Promise<unknown>;
}

/** Each keeps what it was given in files, and leaves it to the operating system when they reach the disk, as Kafka does. */
const SERVERS = {
  redis: {
    package: 'redis-server',
    image: 'redis:7.4.1',
    protocol: 'redis',
    port: 6379,
    keep: ['--save', '', '--appendonly', 'yes'],
  },
  rabbitmq: { package: 'rabbitmq-server', image: 'rabbitmq:3.13.7', protocol: 'amqp', port: 5672, keep: [] },
  nats: { package: 'nats-server', image: 'nats:2.10.22', protocol: 'nats', port: 4222, keep: ['-js'] },
};
const FETCHED_WITHIN_MS = 300_000;

/**
 * As Debian packages it, else in a container. The server itself keeps its files in `folder`.
 * @throws Error with what to do when there is neither
 */
export async function launchOf(
  name: ServerName,
  folder: string,
  say: (line: string) => void,
): Promise<Launch> {
  const command = find(name);
  if (command !== undefined) return installed(name, command, folder);
  if (!(await succeeds('docker', ['info'])))
    throw new Error(
      `neither ${SERVERS[name].package} (apt-get install ${SERVERS[name].package}) nor Docker is there`,
    );
  return contained(name, say);
}

async function installed(name: ServerName, command: string, folder: string): Promise<Launch> {
  const [port = 0, other = 0, mapperPort = 0] = await findFreePorts(3);
  const { protocol, keep } = SERVERS[name];
  const url = `${protocol}://127.0.0.1:${port}`;
  switch (name) {
    case 'redis':
      return {
        ...{ url, command },
        version: await versionIn(command, '--version'),
        args: ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, ...keep],
      };
    case 'nats':
      return {
        ...{ url, command },
        version: await versionIn(command, '--version'),
        args: ['-p', `${port}`, '-a', '127.0.0.1', '-sd', folder, ...keep],
      };
    case 'rabbitmq':
      return {
        ...{ url, command },
        version: await versionIn('ls', '/usr/lib/rabbitmq/lib'), // its own command for that starts the port mapper
        args: [],
        env: {
          HOME: folder,
          RABBITMQ_NODENAME: `bench${port}@localhost`,
          RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
          RABBITMQ_NODE_PORT: `${port}`,
          RABBITMQ_DIST_PORT: `${other}`,
          RABBITMQ_MNESIA_BASE: folder,
          RABBITMQ_LOG_BASE: folder,
          RABBITMQ_PID_FILE: join(folder, 'pid'),
          RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
          RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
          ...portMapper(mapperPort),
        },
        end: () => run('epmd', ['-kill'], { env: { ...process.env, ...portMapper(mapperPort) } }),
      };
  }
}

/** Debian keeps the real command of RabbitMQ, which is not bound to a user, out of the path. */
function find(name: ServerName): string | undefined {
  const path = (process.env['PATH'] ?? '').split(delimiter);
  const folders = name === 'rabbitmq' ? ['/usr/lib/rabbitmq/bin', ...path] : path;
  return folders.map((folder) => join(folder, SERVERS[name].package)).find((command) => existsSync(command));
}

/** Erlang's own, which outlives who started it. */
function portMapper(port: number): Record<string, string> {
  return { ERL_EPMD_ADDRESS: '127.0.0.1', ERL_EPMD_PORT: String(port) };
}

async function contained(name: ServerName, say: (line: string) => void): Promise<Launch> {
  const [port = 0] = await findFreePorts(1);
  const { image, protocol, port: inside, keep } = SERVERS[name];
  if (!(await succeeds('docker', ['image', 'inspect', image]))) say(`fetching the image ${image} ...`);
  const container = `bench-${name}-${port}`;
  const settings = ['--name', container, '--publish', `127.0.0.1:${port}:${inside}`];
  await run('docker', ['create', ...settings, image, ...keep], { timeout: FETCHED_WITHIN_MS });
  return {
    url: `${protocol}://127.0.0.1:${port}`,
    version: `${image.slice(image.indexOf(':') + 1)} (in Docker)`,
    command: 'docker',
    args: ['start', '--attach', container],
    end: () => run('docker', ['rm', '--force', '--volumes', container]),
  };
}

async function versionIn(command: string, argument: string): Promise<string> {
  const { stdout, stderr } = await run(command, [argument]);
  return /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? '';
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  try {
    await run(command, args);
    return true;
  } catch {
    return false;
  }
}
