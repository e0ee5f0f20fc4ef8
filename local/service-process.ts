import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/bootstrap/main.js', import.meta.url));

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
  ): ServiceProcess {
    const child = spawn(process.execPath, [MAIN], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // Ctrl-C reaches only us; we stop it in order
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => onLine(line, name));
    }
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    return new ServiceProcess(name, child);
  }

  get runs(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Asks it to stop and answers its exit code; ends it when it takes longer than `deadlineMs`. */
  async stop(deadlineMs = 30_000): Promise<number | null> {
    const deadline = setTimeout(() => this.signal('SIGKILL'), deadlineMs);
    this.signal('SIGTERM');
    const code = await this.exited;
    clearTimeout(deadline);
    return code;
  }
}
