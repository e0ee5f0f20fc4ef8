import { sized, SIZES, type Growing } from './growth.js';
import { inWords } from './orders-file.js';
import { median, rowOf, type Table } from './results.js';
import { line, polyline, svg, text } from './svg.js';

const [PANEL_WIDTH, PANEL_HEIGHT] = [450, 230];
const [LEFT, RIGHT, TOP, BOTTOM] = [60, 30, 40, 30];
const COLOUR = '#2980b9';
const DOT = 3;

/** What an order costs as there is more of something: a panel for each, from 0 on. */
export function drawGrowth(table: Table): string {
  const panels = (Object.keys(SIZES) as Growing[]).map((what, index) => {
    const [x, y] = [(index % 2) * PANEL_WIDTH, Math.floor(index / 2) * PANEL_HEIGHT];
    return `<g transform="translate(${x} ${y})">${panel(table, what).join('')}</g>`;
  });
  return svg(2 * PANEL_WIDTH, Math.ceil(panels.length / 2) * PANEL_HEIGHT, panels);
}

function panel(table: Table, what: Growing): string[] {
  const sizes = SIZES[what];
  const costs = sizes.map((size) => median(rowOf(table, sized(what, size)), 'cpuUs'));
  const highest = Math.max(1, ...costs.map((cost) => cost ?? 0)) * 1.1;
  const x = (index: number) => LEFT + (index / (sizes.length - 1)) * (PANEL_WIDTH - LEFT - RIGHT);
  const y = (cost: number) => PANEL_HEIGHT - BOTTOM - (cost / highest) * (PANEL_HEIGHT - TOP - BOTTOM);
  const points = costs.flatMap((cost, index) =>
    cost === undefined ? [] : [[x(index), y(cost), cost] as const],
  );
  return [
    text(LEFT, 20, `CPU µs an order, by ${what}`, 'start'),
    line(LEFT, y(0), PANEL_WIDTH - RIGHT, y(0), '#888'),
    ...sizes.map((size, index) => text(x(index), PANEL_HEIGHT - 10, inWords(size), 'middle')),
    polyline(
      points.map(([left, top]) => [left, top]),
      COLOUR,
    ),
    ...points.map(
      ([left, top, cost]) =>
        `<circle cx="${left.toFixed(1)}" cy="${top.toFixed(1)}" r="${DOT}" fill="${COLOUR}"/>` +
        text(left, top - 8, cost.toFixed(0), 'middle'),
    ),
  ];
}
