import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.js';
import { kafkaVersion } from './kafka-version.js';

const run = promisify(execFile);

const LOG4J_VERSION = '2.25.1';
/** What Kafka 3.9 logs by; beside the other it would be chance which one is used. */
const LEFT_OUT = [
  ['org.slf4j', 'slf4j-reload4j'],
  ['ch.qos.reload4j', 'reload4j'],
];
const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const MINIMUM_JAVA = 17;
const MAVEN_TIMEOUT_MS = 10 * 60_000;
const WAY_OUT = 'or set KAFKA_BROKERS to a running Kafka';

/** Kafka can't be run here; the message is one line that says what is missing and what to do about it. */
export class KafkaUnavailable extends Error {
  override readonly name = 'KafkaUnavailable';
}

export interface KafkaInstallation {
  /** The java command, 17 or newer. */
  readonly java: string;
  /** The class path of Kafka's server and tools, as java's -cp takes it. */
  readonly classPath: string;
}

export interface KafkaInstallationOptions {
  /** Gets a line when something starts that takes seconds. */
  readonly onProgress?: (line: string) => void;
}

/**
 * Finds Java, and Kafka's jars in the cache folder (outside the repository); what is missing there is resolved with Maven
 * once. Safe to call from several processes at a time. Throws `KafkaUnavailable`.
 */
export async function ensureKafkaInstalled(
  options: KafkaInstallationOptions = {},
): Promise<KafkaInstallation> {
  const version = kafkaVersion();
  const java = await findJava();
  const home = join(cacheFolder(), `kafka-${version}`);
  if (!existsSync(home)) await install(version, home, options.onProgress ?? (() => undefined));
  return { java, classPath: join(home, 'libs', '*') };
}

async function findJava(): Promise<string> {
  const home = process.env['JAVA_HOME'];
  const candidates = [...(home ? [join(home, 'bin', 'java')] : []), 'java'];
  const found: number[] = [];
  for (const java of candidates) {
    const version = await javaVersion(java);
    if (version !== undefined && version >= MINIMUM_JAVA) return java;
    if (version !== undefined) found.push(version);
  }
  const missing = found.length > 0 ? `found only Java ${found.join(' and ')}` : 'no working java command';
  throw new KafkaUnavailable(
    `Java ${MINIMUM_JAVA} or newer was not found (${missing}): ` +
      `install it (e.g. 'apt-get install openjdk-17-jre-headless') ${WAY_OUT}`,
  );
}

/** The major version, or undefined when the command is absent or does not work. */
async function javaVersion(java: string): Promise<number | undefined> {
  try {
    const { stderr, stdout } = await run(java, ['-version'], { timeout: 30_000 });
    const [, major, minor] = /version "(\d+)(?:\.(\d+))?/.exec(stderr + stdout) ?? [];
    return major === '1' ? Number(minor) : Number(major);
  } catch {
    return undefined;
  }
}

/** Resolves into a folder of its own beside `home` and renames it, so that `home` is complete as soon as it exists. */
async function install(version: string, home: string, onProgress: (line: string) => void): Promise<void> {
  await mkdir(join(home, '..'), { recursive: true });
  const folder = await mkdtemp(`${home}.partial-`);
  try {
    await writeFile(join(folder, 'pom.xml'), pom(version));
    onProgress(`Resolving Kafka ${version} with Maven into ${home} (once, some 10 s to a minute)`);
    const seconds = await resolveJars(folder);
    if (seconds === undefined) return;
    await publish(folder, home);
    onProgress(`Kafka ${version} is resolved (${seconds.toFixed(0)} s)`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }

  async function resolveJars(target: string): Promise<number | undefined> {
    const startedAt = Date.now();
    try {
      await maven(target);
    } catch (firstFailure) {
      if (existsSync(home)) return undefined;
      if (firstFailure instanceof KafkaUnavailable) throw firstFailure;
      // Two Mavens that fill one ~/.m2 concurrently can disturb each other: once more.
      await maven(target).catch((error: unknown) => {
        throw new KafkaUnavailable(
          `Maven could not resolve Kafka ${version} (${reason(error)}): see to that ${WAY_OUT}`,
          {
            cause: error,
          },
        );
      });
    }
    return (Date.now() - startedAt) / 1000;
  }
}

async function maven(folder: string): Promise<void> {
  const args = ['-q', '-B', '-f', join(folder, 'pom.xml'), COPY_DEPENDENCIES];
  try {
    await run('mvn', [...args, `-DoutputDirectory=${join(folder, 'libs')}`], { timeout: MAVEN_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new KafkaUnavailable(
      `Maven (mvn) was not found: install it (e.g. 'apt-get install maven') to fetch Kafka once, ${WAY_OUT}`,
    );
  }
}

/** Another process may have been quicker; its result is as good. */
async function publish(folder: string, home: string): Promise<void> {
  try {
    await rename(folder, home);
  } catch (error) {
    if (!existsSync(home)) throw error;
  }
}

/** The first error that Maven printed, on one line. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const output = 'stdout' in error ? String(error.stdout) : '';
  const [, firstError] = /\[ERROR\] (\S.*)/.exec(output) ?? [];
  return (firstError ?? error.message.split('\n')[0] ?? '').replace(' -> [Help 1]', '').trim();
}

function pom(kafka: string): string {
  const exclusions = LEFT_OUT.map(
    ([group, artifact]) =>
      `<exclusion><groupId>${group}</groupId><artifactId>${artifact}</artifactId></exclusion>`,
  ).join('');
  const dependencies = [
    ['org.apache.kafka', 'kafka_2.13', kafka],
    ['org.apache.kafka', 'kafka-tools', kafka],
    ...['log4j-slf4j-impl', 'log4j-core', 'log4j-1.2-api'].map((log4j) => [
      'org.apache.logging.log4j',
      log4j,
      LOG4J_VERSION,
    ]),
  ].map(
    ([group, artifact, version]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version><exclusions>${exclusions}</exclusions></dependency>`,
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>kafka</artifactId>
  <version>${kafka}</version>
  <packaging>pom</packaging>
  <dependencies>
    ${dependencies.join('\n    ')}
  </dependencies>
</project>
`;
}
