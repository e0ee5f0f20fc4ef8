export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const WIDTH = 30;

/** On a terminal a bar that is drawn again and again, elsewhere a line at each tenth. */
export class Progress {
  #tenths = 0;

  /** Without a `total` there is no bar, and no tenth. */
  constructor(
    private readonly stream: ProgressStream,
    private readonly total: number | undefined,
  ) {}

  show(done: number, text: string): void {
    const share = this.total === undefined ? 0 : done / this.total;
    if (this.stream.isTTY === true) {
      const filled = Math.round(share * WIDTH);
      const bar = this.total === undefined ? '' : `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] `;
      this.stream.write(`\r${bar}${text}\x1b[K`);
    } else if (Math.floor(share * 10) > this.#tenths) {
      this.#tenths = Math.floor(share * 10);
      this.stream.write(`${text}\n`);
    }
  }

  end(): void {
    if (this.stream.isTTY === true) this.stream.write('\n');
  }
}
