import type { Row, Table } from '../../tools/bench/results.js';

/** What a system did in each round of the benchmark. */
export const aRow = ({ name }: Pick<Row, 'name'>, ...perSecond: number[]): Row => ({
  name,
  rounds: perSecond.map((each) => ({ perSecond: each })),
});

export const aTable = (name: string, rows: readonly Row[]): Table => ({
  name,
  text: `How fast is ${name}?`,
  columns: [{ key: 'perSecond', title: 'orders/s' }],
  rows,
});
