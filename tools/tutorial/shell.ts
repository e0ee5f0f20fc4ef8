import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

const running = new Set<Shell>();

/** A shell that runs a script of the page, in a process group of its own. */
export class Shell {
  output = '';
  exitCode: number | null = null;
  private readonly ended: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    running.add(this);
    this.ended = once(child, 'close').then(([code]: (number | null)[]) => {
      this.exitCode = code ?? null;
      running.delete(this);
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
  }

  static start(script: string, folder: string, environment: Readonly<Record<string, string>>): Shell {
    const child = spawn('sh', ['-e', '-c', script], {
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    return new Shell(child);
  }

  /** Ends all that still run. */
  static async stopAll(): Promise<void> {
    await Promise.all([...running].map((shell) => shell.stop()));
  }

  get runs(): boolean {
    return running.has(this);
  }

  /** Whether it ends by itself; else it is ended. */
  async endsWithin(deadlineMs: number): Promise<boolean> {
    const ended = waitFor('the end of the script', () => !this.runs, { deadlineMs });
    return ended.catch(async () => {
      await this.stop();
      return false;
    });
  }

  private async stop(): Promise<void> {
    this.signal('SIGTERM');
    const kill = setTimeout(() => this.signal('SIGKILL'), 10_000);
    await this.ended;
    clearTimeout(kill);
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.runs && this.child.pid !== undefined) process.kill(-this.child.pid, signal);
  }
}
