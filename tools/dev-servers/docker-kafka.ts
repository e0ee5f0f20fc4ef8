import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findFreePorts } from './free-ports.js';
import { askLiveBrokers } from './live-brokers.js';
import { kafkaVersion } from './kafka-version.js';

const run = promisify(execFile);
const START_TIMEOUT_MS = 90_000;

/** A Kafka in a container, for machines without Java. Rejects with `otherwise` when there is no Docker either. */
export async function startDockerKafka(
  otherwise: Error,
): Promise<{ brokers: string[]; stop: () => Promise<void> }> {
  try {
    await run('docker', ['info']);
  } catch {
    throw otherwise;
  }
  const [port = 0] = await findFreePorts(1);
  const settings = {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
    KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '5',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  };
  const { stdout } = await run('docker', [
    ...['run', '--rm', '--detach', '--publish', `127.0.0.1:${port}:9092`],
    ...Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    `apache/kafka:${kafkaVersion()}`,
  ]);
  const container = stdout.trim();
  const stop = async (): Promise<void> => {
    await run('docker', ['stop', '--time', '10', container]);
  };
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await responds(port))) {
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`Kafka in Docker did not respond within ${START_TIMEOUT_MS / 1_000} s`);
    }
  }
  return { brokers: [`127.0.0.1:${port}`], stop };
}

async function responds(port: number): Promise<boolean> {
  try {
    await askLiveBrokers(port, 1_000);
    return true;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return false;
  }
}
