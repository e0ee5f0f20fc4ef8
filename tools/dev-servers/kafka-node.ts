import { setTimeout as sleep } from 'node:timers/promises';
import { BoundProcess } from './bound-process.js';
import { isFreePort } from './free-ports.js';
import type { KafkaInstallation } from './kafka-installation.js';
import { askLiveBrokers } from './live-brokers.js';

const REQUEST_TIMEOUT_MS = 2_000;
const RETRY_INTERVAL_MS = 100;

/** A broker did not become ready; the message ends with the tail of its log, if it came so far. */
export class KafkaStartFailed extends Error {
  override readonly name = 'KafkaStartFailed';

  constructor(
    message: string,
    /** Somebody else listens on one of the node's ports. */
    readonly portIsTaken: boolean,
  ) {
    super(message);
  }
}

export interface KafkaNodeOptions {
  readonly id: number;
  readonly clusterId: string;
  readonly installation: KafkaInstallation;
  /** The client listener's port on 127.0.0.1. */
  readonly port: number;
  /** The second listener's own port, when there is one. */
  readonly proxiedPort?: number;
  readonly heapMb: number;
  readonly propertiesFile: string;
  readonly log4jFile: string;
  readonly logFile: string;
}

/** One Kafka process, broker and controller in one. Data and ports stay the same over stops and starts. */
export class KafkaNode {
  readonly id: number;
  readonly port: number;
  readonly proxiedPort: number | undefined;
  readonly logFile: string;
  readonly #options: KafkaNodeOptions;
  #process: BoundProcess | undefined;

  constructor(options: KafkaNodeOptions) {
    this.#options = options;
    this.id = options.id;
    this.port = options.port;
    this.proxiedPort = options.proxiedPort;
    this.logFile = options.logFile;
  }

  /** The process id while it runs (frozen counts as running). */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * Resolves when the broker responds and counts itself as alive: of three nodes at least two must be up for that.
   * Throws `KafkaStartFailed` when it exits, or is not ready within `deadlineMs` (then it is killed).
   */
  async start(deadlineMs = 60_000): Promise<void> {
    if (this.pid !== undefined) throw new Error(`Kafka node ${this.id} runs already`);
    const { installation, heapMb, propertiesFile, log4jFile } = this.#options;
    if (!(await isFreePort(this.port))) {
      throw new KafkaStartFailed(`Kafka node ${this.id}: port ${this.port} is taken`, true);
    }
    this.#process = await BoundProcess.start(
      installation.java,
      [
        `-Xmx${heapMb}m`,
        '-XX:-UsePerfData',
        `-Dlog4j2.configurationFile=${log4jFile}`,
        ...['-cp', installation.classPath, 'kafka.Kafka', propertiesFile],
      ],
      { logFile: this.logFile },
    );
    try {
      await this.sees([this.id], deadlineMs);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Waits until this broker holds all these nodes for alive; throws `KafkaStartFailed` like `start`. */
  async sees(nodeIds: readonly number[], deadlineMs = 60_000): Promise<void> {
    const deadline = Date.now() + deadlineMs;
    let last = 'it was not asked';
    while (Date.now() < deadline) {
      if (this.pid === undefined) throw await this.#failure('exited');
      try {
        const { clusterId, nodeIds: alive } = await askLiveBrokers(this.port, REQUEST_TIMEOUT_MS);
        const isOurs = clusterId === this.#options.clusterId;
        if (isOurs && nodeIds.every((id) => alive.includes(id))) return;
        last = isOurs
          ? `it sees the nodes [${alive.join(', ')}]`
          : `another cluster, ${clusterId}, responds there`;
      } catch (error) {
        last = String(error);
      }
      await sleep(RETRY_INTERVAL_MS);
    }
    throw await this.#failure(`is not ready after ${deadlineMs} ms (${last})`);
  }

  /** A clean stop (SIGTERM). Throws, after a SIGKILL, when it takes longer than `deadlineMs`. */
  async stop(deadlineMs = 30_000): Promise<void> {
    const wentByItself = await this.#process?.end('SIGTERM', deadlineMs);
    if (wentByItself === false) {
      throw new Error(`Kafka node ${this.id} did not stop within ${deadlineMs} ms and was killed`);
    }
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#process?.end('SIGKILL', 10_000);
  }

  /** SIGSTOP: connections stay open and nothing is answered. `stop` and `kill` work on a frozen node too. */
  freeze(): void {
    this.#process?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#process?.signal('SIGCONT');
  }

  async #failure(what: string): Promise<KafkaStartFailed> {
    const tail = (await this.#process?.logTail()) ?? '';
    const portIsTaken = /BindException|Address already in use/.test(tail);
    return new KafkaStartFailed(
      `Kafka node ${this.id} on port ${this.port} ${what}${portIsTaken ? ' (the port is taken)' : ''}. ` +
        `The end of its log:\n${tail}`,
      portIsTaken,
    );
  }
}
