import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { FilePosition } from './line-chunks.js';

/** How far an import of a file came, and what came of it until there. */
export interface ImportState extends FilePosition {
  /** Of the file's content. */
  readonly key: string;
  readonly accepted: number;
  readonly invalid: number;
}

const FIELDS = ['line', 'byte', 'accepted', 'invalid'] as const;

/** Beside the file, from its first second until it is through. What is in it may be lost: an import that begins anew doubles nothing. */
export class ImportStateFile {
  private readonly path: string;

  constructor(importedFile: string) {
    this.path = `${importedFile}.import.json`;
  }

  /** What was saved for the same content. */
  async load(key: string): Promise<ImportState | undefined> {
    try {
      const state = JSON.parse(await readFile(this.path, 'utf8')) as ImportState;
      const isWhole = FIELDS.every((field) => Number.isSafeInteger(state[field]) && state[field] >= 0);
      return state.key === key && isWhole ? state : undefined;
    } catch {
      return undefined; // none, or none that can be read: it begins anew
    }
  }

  /** @throws Error when nothing can be written there */
  async save(state: ImportState): Promise<void> {
    await writeFile(`${this.path}.new`, JSON.stringify(state));
    await rename(`${this.path}.new`, this.path);
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}
