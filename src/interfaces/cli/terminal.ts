import { MultiBar, type GenericBar } from 'cli-progress';

export type OutputStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/** Of each command. */
export interface CommonOptions {
  readonly url: string;
  readonly key?: string;
  readonly json?: true;
}

/** What the commands need of the process they run in. */
export interface Terminal {
  readonly stdin: AsyncIterable<Buffer>;
  /** For results. */
  readonly stdout: OutputStream;
  /** For errors and progress. */
  readonly stderr: OutputStream;
  /** How the process ends. */
  exitCode: number;
  /** Returns what is typed; absent where nobody can be asked. */
  readonly ask?: ((question: string) => Promise<string | undefined>) | undefined;
  /** From now on Ctrl-C ends nothing, but aborts this. */
  readonly untilInterrupted: () => AbortSignal;
  readonly now: () => number;
  /** Resolves early at Ctrl-C. */
  readonly wait: (ms: number) => Promise<void>;
}

export function print(
  { stdout }: Terminal,
  { json }: CommonOptions,
  result: object,
  text: readonly string[],
): void {
  stdout.write(`${json === true ? JSON.stringify(result) : text.join('\n')}\n`);
}

/** On a terminal a bar, elsewhere a line at each tenth. */
export class Progress {
  private tenths = 0;
  private readonly bars: MultiBar | undefined;
  private readonly bar: GenericBar | undefined;

  /** Without a `total` there is no bar, and no tenth. */
  constructor(
    private readonly stream: OutputStream,
    private readonly total: number | undefined,
  ) {
    if (stream.isTTY !== true) return;
    // of its bars only a MultiBar lets lines be written above
    this.bars = new MultiBar({
      stream,
      format: total === undefined ? '{text}' : '[{bar}] {text}',
      barsize: 30,
      barCompleteChar: '#',
      barIncompleteChar: '.',
      linewrap: true,
      forceRedraw: true,
    });
    this.bar = this.bars.create(total ?? 0, 0, { text: '' });
  }

  show(done: number, text: string): void {
    this.bar?.update(done, { text });
    const tenths = this.total === undefined ? 0 : Math.floor((done / this.total) * 10);
    if (this.bar === undefined && tenths > this.tenths) this.stream.write(`${text}\n`);
    this.tenths = tenths;
  }

  /** A line that stays, above the bar. */
  log(line: string): void {
    if (this.bars === undefined) this.stream.write(`${line}\n`);
    else this.bars.log(`${line}\n`);
  }

  end(): void {
    this.bars?.update(); // stop() alone would lose the last lines
    this.bars?.stop();
  }
}
