import type { System } from './systems.js';

/** What one measurement found, by the key of its column. */
export type Measured = Readonly<Record<string, number>>;

export interface Column {
  readonly key: string;
  readonly title: string;
  readonly digits?: number;
  /** Columns with another one are shown in a table of their own. */
  readonly part?: string;
}

export interface Row {
  readonly name: string;
  readonly rounds: readonly Measured[];
}

export interface Table {
  readonly name: string;
  readonly text: string;
  /** The first is what systems are compared by. */
  readonly columns: readonly Column[];
  /** Whether less is better in the first column. */
  readonly lessIsBetter?: boolean;
  readonly rows: readonly Row[];
}

/** Of all rounds; `undefined` where it was not measured. */
export function median(row: Row | undefined, key: string): number | undefined {
  const values = valuesOf(row, key);
  const [low, high] = [values[Math.floor((values.length - 1) / 2)], values[Math.floor(values.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

/** Ascending. */
export function valuesOf(row: Row | undefined, key: string): number[] {
  return (row?.rounds ?? []).flatMap((round) => round[key] ?? []).sort((a, b) => a - b);
}

export function rowOf(table: Table | undefined, { name }: Pick<System, 'name'>): Row | undefined {
  return table?.rows.find((row) => row.name === name);
}
