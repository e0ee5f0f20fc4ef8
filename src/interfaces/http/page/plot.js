import { html, useEffect, useRef, useState } from './preact.js';

const HEIGHT = 132;
const LEAST_SPAN_S = 2 * 60;
/** Below it the marks of an axis would be fractions. */
const LEAST_TOP = 4;
const dark = matchMedia('(prefers-color-scheme: dark)');

/** A plot with its legend: the values at the cursor, else the last ones. */
export function Plot({ title, series, times, format, shaded = false, isLoaded }) {
  const frame = useRef();
  const plot = useRef();
  const [cursor, setCursor] = useState(null);
  const [theme, setTheme] = useState(dark.matches);
  const labels = series.map(({ label }) => label).join();

  useEffect(() => {
    const onChange = () => setTheme(dark.matches);
    dark.addEventListener('change', onChange);
    return () => dark.removeEventListener('change', onChange);
  }, []);
  useEffect(() => {
    if (!isLoaded) return;
    const style = getComputedStyle(frame.current);
    const options = optionsOf({ series, format, shaded, style, setCursor, width: frame.current.clientWidth });
    plot.current = new globalThis.uPlot(
      options,
      [times, ...series.map(({ values }) => values)],
      frame.current,
    );
    const resized = () => plot.current.setSize({ width: frame.current.clientWidth, height: HEIGHT });
    const observer = new ResizeObserver(resized);
    observer.observe(frame.current);
    return () => {
      observer.disconnect();
      plot.current.destroy();
      plot.current = undefined;
    };
  }, [isLoaded, labels, theme]);
  useEffect(() => {
    plot.current?.setData([times, ...series.map(({ values }) => values)]);
  }, [times.at(-1), times.length]);

  const index = cursor ?? times.length - 1;
  return html`
    <figure class="panel plot">
      <figcaption>
        <b>${title}</b>
        <span class="legend">
          ${series.map(
            ({ label, values, dashed }, number) => html`
              <span key=${label} class="key-${shaded ? 'shade' : number}">
                <i class=${dashed ? 'line dashed' : 'line'} style=${lineStyle(series, number, shaded)}></i>
                ${label} <b>${format(values[index])}</b>
              </span>
            `,
          )}
        </span>
      </figcaption>
      <div class="canvas" ref=${frame} aria-hidden="true"></div>
    </figure>
  `;
}

function colourName({ colour }) {
  return colour ?? '--accent';
}

/** Of one colour, the lines of many series differ by how strong they are, and by their dashes. */
function strength(series, index, shaded) {
  return shaded && series.length > 1 ? 1 - (0.65 * index) / (series.length - 1) : 1;
}

function lineStyle(series, index, shaded) {
  return { borderColor: `var(${colourName(series[index])})`, opacity: strength(series, index, shaded) };
}

function optionsOf({ series, format, shaded, style, setCursor, width }) {
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--muted'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { sync: { key: 'live' }, y: false, points: { size: 5 }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: (_, min, max) => [Math.min(min, max - LEAST_SPAN_S), max] },
      y: { range: (_, _min, max) => [0, Math.max(LEAST_TOP, max * 1.1)] },
    },
    axes: [
      { ...axis, size: 22, space: 70, values: (_, ticks) => ticks.map(clock) },
      { ...axis, size: 52, space: 34, values: (_, ticks) => ticks.map(format) },
    ],
    series: [
      {},
      ...series.map((each, index) => ({
        label: each.label,
        stroke: colour(colourName(each)),
        alpha: strength(series, index, shaded),
        width: 1.5,
        ...(each.dashed && { dash: [4, 3] }),
      })),
    ],
    hooks: { setCursor: [({ cursor: { idx } }) => setCursor(idx ?? null)] },
  };
}

const hourAndMinute = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
function clock(seconds) {
  return hourAndMinute.format(seconds * 1_000);
}
