import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';

const PARENT_DEATH_WRAPPER = '/usr/bin/setpriv';
const alive = new Set<ChildProcess>();
let exitListenerIsSet = false;

function killAtExit(child: ChildProcess): void {
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  if (exitListenerIsSet) return;
  exitListenerIsSet = true;
  process.once('exit', () => {
    for (const orphan of alive) orphan.kill('SIGKILL');
  });
}

export interface BoundProcessOptions {
  /** Standard output and error are appended to this file. */
  readonly logFile: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * A server process that does not outlive this one: it gets SIGKILL when this process exits. With Linux' `setpriv` the
 * kernel does so even after a kill -9; elsewhere a kill -9 of this process leaves the server running.
 * There it is also out of the terminal's process group: Ctrl-C reaches this process alone, which stops it in order.
 */
export class BoundProcess {
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #logStart: number;

  private constructor(child: ChildProcess, logFile: string, logStart: number) {
    this.#child = child;
    this.#logFile = logFile;
    this.#logStart = logStart;
    this.exited = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  /** Resolves once the process runs (not: once it is ready); rejects when the command can't be started. */
  static async start(
    command: string,
    args: readonly string[],
    options: BoundProcessOptions,
  ): Promise<BoundProcess> {
    const log = await open(options.logFile, 'a');
    try {
      const logStart = (await log.stat()).size;
      const wrapped = process.platform === 'linux' && existsSync(PARENT_DEATH_WRAPPER);
      const commandLine = wrapped ? [PARENT_DEATH_WRAPPER, '--pdeathsig', 'KILL', '--', command] : [command];
      const child = spawn(commandLine[0] ?? command, [...commandLine.slice(1), ...args], {
        stdio: ['ignore', log.fd, log.fd],
        detached: wrapped,
        env: options.env ?? process.env,
        ...(options.uid === undefined ? {} : { uid: options.uid }),
        ...(options.gid === undefined ? {} : { gid: options.gid }),
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      killAtExit(child);
      child.unref();
      return new BoundProcess(child, options.logFile, logStart);
    } finally {
      await log.close();
    }
  }

  get pid(): number | undefined {
    return this.running ? this.#child.pid : undefined;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.#child.kill(signal);
  }

  /**
   * Sends the signal and waits for the exit; after `deadlineMs` it sends SIGKILL and waits for that.
   * Returns whether the process went by itself.
   */
  async end(signal: NodeJS.Signals, deadlineMs: number): Promise<boolean> {
    this.signal(signal);
    this.signal('SIGCONT');
    if (await this.exitsWithin(deadlineMs)) return true;
    this.signal('SIGKILL');
    if (!(await this.exitsWithin(10_000))) throw new Error(`Process ${this.#child.pid} survives SIGKILL`);
    return false;
  }

  /** The last lines that this run (not an earlier one) wrote to the log file. */
  async logTail(lines = 30): Promise<string> {
    if ((await stat(this.#logFile)).size <= this.#logStart) return '(the log is empty)';
    const written = (await readFile(this.#logFile)).subarray(this.#logStart).toString('utf8');
    return written.trimEnd().split('\n').slice(-lines).join('\n');
  }

  async exitsWithin(deadlineMs: number): Promise<boolean> {
    if (!this.running) return true;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), deadlineMs);
    });
    try {
      return await Promise.race([this.exited.then(() => true), deadline]);
    } finally {
      clearTimeout(timer);
    }
  }
}
