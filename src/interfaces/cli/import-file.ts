import { createHash } from 'node:crypto';
import { createReadStream, renameSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';

/** How far an import came, and what came of it until there. */
export interface ImportState {
  /** Idempotency key of the import. */
  readonly key: string;
  /** The next line, from 1, and where it begins. */
  readonly line: number;
  readonly byte: number;
  readonly accepted: number;
  readonly invalid: number;
}

const FIELDS = ['line', 'byte', 'accepted', 'invalid'] as const;
const BLOCK_BYTES = 256 * 1024;

/** A file that is imported; beside it stands how far its import came, until it is complete. */
export class ImportFile {
  private readonly statePath: string;
  private canSave = true;

  private constructor(
    private readonly path: string,
    readonly bytes: number,
    readonly hash: string,
  ) {
    this.statePath = `${path}.import.json`;
  }

  /** Reads it once. @throws Error when it can't be read */
  static async open(path: string): Promise<ImportFile> {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const block of createReadStream(path) as AsyncIterable<Buffer>) {
      hash.update(block);
      bytes += block.length;
    }
    return new ImportFile(path, bytes, `sha256:${hash.digest('hex')}`);
  }

  read(fromByte: number): AsyncIterable<Buffer> {
    return createReadStream(this.path, { start: fromByte, highWaterMark: BLOCK_BYTES });
  }

  /** What was saved under the same key. When it is lost, the import begins anew, and doubles no order. */
  async loadState(key: string): Promise<ImportState | undefined> {
    try {
      const state = JSON.parse(await readFile(this.statePath, 'utf8')) as ImportState;
      const isWhole = FIELDS.every((field) => Number.isSafeInteger(state[field]) && state[field] >= 0);
      return state.key === key && isWhole ? state : undefined;
    } catch {
      return undefined; // there is none, or it can't be read
    }
  }

  /** Synchronous: of chunks that end together each is saved whole. Calls `onFailure` once, when it can't be written. */
  saveState(state: ImportState, onFailure: (why: string) => void): void {
    if (!this.canSave) return;
    try {
      writeFileSync(`${this.statePath}.new`, JSON.stringify(state));
      renameSync(`${this.statePath}.new`, this.statePath);
    } catch (error) {
      this.canSave = false;
      onFailure((error as Error).message);
    }
  }

  async removeState(): Promise<void> {
    await rm(this.statePath, { force: true });
  }
}
