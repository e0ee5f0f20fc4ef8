export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const WIDTH = 30;

/** On a terminal a bar that is drawn again and again, elsewhere a line at each tenth. */
export class Progress {
  #tenths = 0;

  constructor(
    private readonly stream: ProgressStream,
    private readonly total: number,
    private readonly what: string,
  ) {}

  show(done: number): void {
    const share = done / this.total;
    const text = `${done} of ${this.total} ${this.what}`;
    if (this.stream.isTTY === true) {
      const filled = Math.round(share * WIDTH);
      this.stream.write(`\r[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${text}`);
    } else if (Math.floor(share * 10) > this.#tenths) {
      this.#tenths = Math.floor(share * 10);
      this.stream.write(`${text}\n`);
    }
  }

  end(): void {
    if (this.stream.isTTY === true) this.stream.write('\n');
  }
}
