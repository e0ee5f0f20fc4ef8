import type { ChaosHistory } from './chaos-history.js';

const [WIDTH, LEFT, RIGHT] = [1_200, 70, 20];
const [BAR, PLOT, GAP] = [14, 150, 34];
/** The width of one in the bars. */
const CHARACTER = 5.5;
const COLOURS = ['#c0392b', '#8e44ad', '#d35400'];

interface Series {
  readonly name: string;
  readonly colour: string;
  /** One a second. */
  readonly values: readonly number[];
}

/** A plot over time, as SVG: the faults, what was accepted and processed each second, and how much was waiting. */
export function drawTimeline(history: ChaosHistory): string {
  const { startedAt, faults, answers, effects, drainedAt, faultsEndedAt } = history;
  const endAt = drainedAt ?? Math.max(faultsEndedAt, ...effects.map(({ at }) => at));
  const count = Math.ceil((endAt - startedAt) / 1_000) + 1;
  const x = (at: number): number => LEFT + ((at - startedAt) / (count * 1_000)) * (WIDTH - LEFT - RIGHT);
  const perSecond = (times: readonly number[]): number[] => {
    const values = Array<number>(count).fill(0);
    for (const at of times) {
      const second = Math.floor((at - startedAt) / 1_000);
      if (second >= 0 && second < count) values[second] = (values[second] ?? 0) + 1;
    }
    return values;
  };
  const accepted = perSecond(
    answers.filter(({ answer }) => answer === 'success').map(({ sentAt }) => sentAt),
  );
  const done = perSecond(effects.map(({ at }) => at));

  const parts: string[] = [];
  let y = 30;
  for (const [index, track] of [...new Set(faults.map((fault) => fault.track))].entries()) {
    parts.push(text(LEFT, y, track, 'start'));
    for (const { kind, from, to } of faults.filter((fault) => fault.track === track)) {
      const width = Math.max(2, x(to) - x(from));
      parts.push(
        `<rect x="${x(from).toFixed(1)}" y="${y + 5}" width="${width.toFixed(1)}" height="${BAR}" fill="${COLOURS[index % COLOURS.length]}"><title>${kind}</title></rect>`,
      );
      if (width > kind.length * CHARACTER) {
        parts.push(
          `<text x="${(x(from) + 3).toFixed(1)}" y="${y + BAR + 2}" font-size="9" fill="white">${kind}</text>`,
        );
      }
    }
    y += BAR + 28;
  }
  parts.push(
    ...plot(y, 'orders a second', [
      { name: 'accepted', colour: '#2980b9', values: accepted },
      { name: 'processed', colour: '#27ae60', values: done },
    ]),
  );
  y += PLOT + GAP;
  parts.push(
    ...plot(y, 'lag: records that are not committed', [
      { name: '', colour: '#7f8c8d', values: lags(history, count) },
    ]),
  );
  y += PLOT + GAP;
  for (let second = 0; second < count; second += tickOf(count)) {
    parts.push(text(x(startedAt + second * 1_000), y, `${second} s`, 'middle'));
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 16}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    text(LEFT, 14, `Chaos run, seed ${history.options.seed}`, 'start'),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

/** How many records lie in the topic beyond what was committed, by the second. */
function lags({ requests, answers, commits, startedAt }: ChaosHistory, count: number): number[] {
  const ends = answers.map(({ sentAt }, index) => ({ at: sentAt, place: requests[index]?.place }));
  const events = [
    ...ends.flatMap(({ at, place }) =>
      place === undefined ? [] : [{ at, partition: place.partition, end: place.offset + 1 }],
    ),
    ...commits.map(({ at, partition, position = 0 }) => ({ at, partition, position })),
  ].sort((a, b) => a.at - b.at);
  const [end, committed] = [new Map<number, number>(), new Map<number, number>()];
  const values: number[] = [];
  let next = 0;
  for (let second = 0; second < count; second++) {
    for (
      let event = events[next];
      event !== undefined && event.at < startedAt + (second + 1) * 1_000;
      event = events[++next]
    ) {
      if ('end' in event) end.set(event.partition, Math.max(event.end, end.get(event.partition) ?? 0));
      else committed.set(event.partition, event.position);
    }
    values.push(
      [...end].reduce((sum, [partition, to]) => sum + Math.max(0, to - (committed.get(partition) ?? 0)), 0),
    );
  }
  return values;
}

function plot(top: number, title: string, series: readonly Series[]): string[] {
  const max = Math.max(1, ...series.flatMap(({ values }) => values));
  const bottom = top + 10 + PLOT;
  const lines = series.map(({ colour, values }) => {
    const points = values.map((value, index) => {
      const x = LEFT + (index / values.length) * (WIDTH - LEFT - RIGHT);
      return `${x.toFixed(1)},${(bottom - (value / max) * PLOT).toFixed(1)}`;
    });
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
  });
  const legend = series.map(
    ({ name, colour }, index) =>
      `<text x="${LEFT + 260 + index * 110}" y="${top}" fill="${colour}">${name}</text>`,
  );
  return [
    text(LEFT, top, title, 'start'),
    ...legend,
    `<line x1="${LEFT}" y1="${bottom}" x2="${WIDTH - RIGHT}" y2="${bottom}" stroke="#ccc"/>`,
    text(LEFT - 6, top + 16, String(Math.round(max)), 'end'),
    text(LEFT - 6, bottom, '0', 'end'),
    ...lines,
  ];
}

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}">${words}</text>`;
}

function tickOf(seconds: number): number {
  return [5, 10, 30, 60, 120, 300, 600].find((tick) => seconds / tick <= 14) ?? 1_800;
}
