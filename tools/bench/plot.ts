import { median, type Table } from './results.js';
import { line, polyline, svg, text } from './svg.js';

const [WIDTH, HEIGHT] = [900, 460];
const [LEFT, RIGHT, TOP, BOTTOM] = [70, 220, 40, 50];
const COLOURS = ['#c0392b', '#e67e22', '#2980b9', '#27ae60', '#8e44ad', '#2c3e50', '#b8860b'];
const KEY = /^p50@(\d+)$/;

/** p50 (drawn through) and p99 (dashed) of each system over the load, as SVG; both axes logarithmic. */
export function drawPlot({ columns, rows }: Table): string {
  const rates = columns
    .flatMap(({ key }) => KEY.exec(key)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const shown = rows.filter(
    (row) => rates.filter((rate) => median(row, `p50@${rate}`) !== undefined).length > 1,
  );
  const values = shown.flatMap((row) =>
    rates.flatMap((rate) => [median(row, `p50@${rate}`) ?? [], median(row, `p99@${rate}`) ?? []].flat()),
  );
  const lowest = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const highest = 10 ** Math.ceil(Math.log10(Math.max(...values)));
  const [first = 1, last = 1] = [rates[0], rates.at(-1)];
  const x = (rate: number) => LEFT + share(rate, first, last) * (WIDTH - LEFT - RIGHT);
  const y = (ms: number) => HEIGHT - BOTTOM - share(ms, lowest, highest) * (HEIGHT - TOP - BOTTOM);
  const parts = [text(LEFT, 20, 'From POST to processed, in ms: p50, and p99 (dashed)', 'start')];
  for (let ms = lowest; ms <= highest; ms *= 10) {
    parts.push(line(LEFT, y(ms), WIDTH - RIGHT, y(ms), '#ddd'));
    parts.push(text(LEFT - 8, y(ms) + 4, String(ms), 'end'));
  }
  for (const rate of rates) parts.push(text(x(rate), HEIGHT - BOTTOM + 20, `${rate}/s`, 'middle'));
  for (const [index, row] of shown.entries()) {
    const colour = COLOURS[index % COLOURS.length] ?? '';
    for (const [name, dashes] of Object.entries({ p50: '', p99: '5 4' })) {
      const points = rates.flatMap((rate) => {
        const ms = median(row, `${name}@${rate}`);
        return ms === undefined ? [] : [[x(rate), y(ms)] as const];
      });
      parts.push(polyline(points, colour, dashes));
    }
    const at = TOP + 20 + index * 20;
    parts.push(line(WIDTH - RIGHT + 20, at - 4, WIDTH - RIGHT + 44, at - 4, colour, 2));
    parts.push(text(WIDTH - RIGHT + 50, at, row.name, 'start'));
  }
  return svg(WIDTH, HEIGHT, parts);
}

function share(value: number, from: number, to: number): number {
  return Math.log(value / from) / Math.log(to / from);
}
