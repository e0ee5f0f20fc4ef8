import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/bootstrap/main.js', import.meta.url));

/** How a process is started, besides its environment. */
export interface Launch {
  /** For Node, before the program. */
  readonly nodeArguments?: readonly string[];
  readonly maxOpenFiles?: number;
  /** Whether it can be told something by `tell`. */
  readonly canBeTold?: boolean;
}

/** The built service in a process of its own. */
export class ServiceProcess {
  readonly exited: Promise<number | null>;

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    this.exited = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null);
  }

  /** Starts it with `environment` besides this process' own; each line that it writes goes to `onLine`. */
  static start(
    name: string,
    environment: Readonly<Record<string, string>>,
    onLine: (line: string, name: string) => void,
    { nodeArguments = [], maxOpenFiles, canBeTold = false }: Launch = {},
  ): ServiceProcess {
    const node = [process.execPath, ...nodeArguments, MAIN];
    const limited = ['sh', '-c', 'ulimit -n "$0" && exec "$@"', String(maxOpenFiles), ...node];
    const [command = '', ...args] = maxOpenFiles === undefined ? node : limited;
    const child = spawn(command, args, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', ...(canBeTold ? ['ipc' as const] : [])],
      detached: true, // Ctrl-C reaches only us; we stop it in order
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => onLine(line, name));
    }
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    return new ServiceProcess(name, child);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get runs(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Of no effect when it has ended, or can't be told anything. */
  tell(message: object): void {
    // an error means that it has ended just now
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  /** What it says when it was told something. */
  onMessage(callback: (message: unknown) => void): void {
    this.child.on('message', callback);
  }

  /** Asks it to stop and returns its exit code; ends it when it takes longer than `deadlineMs`. */
  async stop(deadlineMs = 30_000): Promise<number | null> {
    const deadline = setTimeout(() => this.signal('SIGKILL'), deadlineMs);
    this.signal('SIGTERM');
    const code = await this.exited;
    clearTimeout(deadline);
    return code;
  }
}
