import { describe, expect, it } from '@jest/globals';
import { drawPlot } from '../plot.js';

const columns = [500, 250, 1_000].map((rate) => ({ key: `p50@${rate}`, title: `p50 at ${rate}/s` }));

/** The line of a system with these times in ms, by rate. */
const pointsIn = (svg: string) =>
  [...svg.matchAll(/<polyline points="([^"]*)"/g)].map(([, points = '']) =>
    points.split(' ').map((point) => point.split(',').map(Number)),
  );

describe('the plot of latencies over loads', () => {
  const rows = [
    {
      name: 'this service',
      rounds: [{ 'p50@250': 1, 'p50@500': 1, 'p50@1000': 10, 'p99@250': 10, 'p99@500': 10, 'p99@1000': 100 }],
    },
    { name: 'measured at one load only', rounds: [{ 'p50@500': 1, 'p99@500': 1 }] },
  ];
  const svg = drawPlot({ name: 'latency', text: '', columns, rows });

  it('has a line of p50 and one of p99 for what was measured at several loads', () => {
    expect(pointsIn(svg)).toHaveLength(2);
    expect(svg).toContain('>this service<');
    expect(svg).not.toContain('one load');
  });

  it('is logarithmic both ways: twice the load, and ten times the latency, are as far wherever they begin', () => {
    const [p50 = [], p99 = []] = pointsIn(svg);
    const [[x1 = 0, y1 = 0] = [], [x2 = 0] = [], [x3 = 0, y3 = 0] = []] = p50;

    expect(x2 - x1).toBeCloseTo(x3 - x2, 0);
    expect(p99.map(([x]) => x)).toEqual([x1, x2, x3]);
    expect(p99[0]?.[1]).toBeCloseTo(y3, 0);
    expect(y1 - y3).toBeCloseTo(y3 - (p99[2]?.[1] ?? 0), 0);
  });
});
