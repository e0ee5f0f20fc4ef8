import { describe, expect, it } from '@jest/globals';
import { sized } from '../growth.js';
import { drawGrowth } from '../growth-plot.js';

const row = (what: Parameters<typeof sized>[0], size: number, cpuUs: number) => ({
  ...sized(what, size),
  rounds: [{ cpuUs }],
});

describe('the plot of what an order costs as there is more', () => {
  const rows = [row('API processes', 1, 80), row('API processes', 4, 160), row('stored orders', 0, 100)];
  const svg = drawGrowth({ name: 'growth', text: '', columns: [], rows });
  const dots = [...svg.matchAll(/<circle cx="([^"]+)" cy="([^"]+)"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);

  it('has a panel for each, and a dot with its figure for what was measured', () => {
    expect(svg.match(/<g /g)).toHaveLength(4);
    expect(dots).toHaveLength(3);
    for (const figure of ['>80<', '>160<', '>100<', '>1,000,000<']) expect(svg).toContain(figure);
  });

  it('begins at 0, so that twice the cost is twice as high', () => {
    const [, , bottom = NaN] =
      /<line x1="60" y1="([^"]+)" x2="420" y2="([^"]+)"/.exec(svg)?.map(Number) ?? [];
    const [, [, one = NaN] = [], [, four = NaN] = []] = dots;

    expect((bottom - four) / (bottom - one)).toBeCloseTo(2, 1);
  });
});
