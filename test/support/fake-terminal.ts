import { Writable } from 'node:stream';
import type { OutputStream, Terminal } from '../../src/interfaces/cli/terminal.js';
import { NOW } from './a-dead-letter.js';

export interface TerminalSettings {
  readonly isTTY?: boolean;
  /** What standard input holds. */
  readonly input?: string;
  /** Called with everything that was written to standard error so far. */
  readonly onWritten?: (stderr: string, interrupt: () => void) => void;
  readonly onWait?: () => unknown;
}

/** Keeps what is written to it; a wait takes its time on its own clock alone. */
export class FakeTerminal implements Terminal {
  readonly written = { stdout: '', stderr: '' };
  readonly waits: number[] = [];
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdin: AsyncIterable<Buffer>;
  exitCode = 0;
  private readonly interrupted = new AbortController();
  private time = NOW.getTime();

  constructor(
    private readonly settings: TerminalSettings = {},
    readonly ask?: Terminal['ask'],
  ) {
    this.stdout = this.stream((text) => (this.written.stdout += text));
    this.stderr = this.stream((text) => {
      this.written.stderr += text;
      settings.onWritten?.(this.written.stderr, () => this.interrupted.abort());
    });
    this.stdin = readOnce(settings.input ?? '');
  }

  readonly untilInterrupted = (): AbortSignal => this.interrupted.signal;
  readonly now = (): number => this.time;
  readonly wait = async (ms: number): Promise<void> => {
    this.waits.push(ms);
    this.time += ms;
    await this.settings.onWait?.();
  };

  get result() {
    return { code: this.exitCode, ...this.written };
  }

  private stream(write: (text: string) => void): OutputStream {
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        write(chunk.toString());
        done();
      },
    });
    return Object.assign(stream, { isTTY: this.settings.isTTY ?? false, columns: 100 });
  }
}

async function* readOnce(input: string) {
  yield await Promise.resolve(Buffer.from(input));
}
