import { html, useEffect, useState } from './preact.js';
import { Plot } from './plot.js';
import { duration, number, rate } from './format.js';

const UPLOT = 'page/uplot.js';

/** The plots come last: the page is of use without them. */
function useUPlot() {
  const [isLoaded, setLoaded] = useState('uPlot' in globalThis);
  useEffect(() => {
    if (isLoaded) return;
    const style = Object.assign(document.createElement('link'), {
      rel: 'stylesheet',
      href: 'page/uplot.css',
    });
    const script = Object.assign(document.createElement('script'), { src: UPLOT });
    script.addEventListener('load', () => setLoaded(true));
    document.head.append(style, script);
  }, []);
  return isLoaded;
}

export function Plots({ history: { points } }) {
  const isLoaded = useUPlot();
  const times = points.map(({ at }) => at / 1_000);
  const column = (name) => points.map((point) => point[name]);
  const partitions = Math.max(0, ...points.map(({ lag }) => lag.length));
  const lags = Array.from({ length: partitions }, (_, partition) => ({
    label: `P${partition}`,
    values: points.map(({ lag }) => lag[partition] ?? null),
  }));
  const plots = [
    {
      title: 'Throughput, orders/s',
      format: rate,
      series: [
        { label: 'accepted', values: column('accepted'), dashed: true },
        { label: 'completed', values: column('completed') },
      ],
    },
    {
      title: 'Time to complete',
      format: duration,
      series: [
        { label: 'p50', values: column('p50Ms') },
        { label: 'p99', values: column('p99Ms'), dashed: true },
      ],
    },
    { title: 'Lag by partition', format: number, series: lags, shaded: true },
    {
      title: 'Retries and dead letters',
      format: number,
      series: [
        { label: 'retries', values: column('retries'), colour: '--warning' },
        { label: 'dead letters', values: column('deadLettered'), colour: '--bad', dashed: true },
      ],
    },
  ];
  return html`
    <section class="plots" aria-labelledby="plots-title">
      <h2 id="plots-title">Last 15 minutes</h2>
      <div>
        ${plots.map((plot) => html`<${Plot} key=${plot.title} ...${plot} times=${times} isLoaded=${isLoaded} />`)}
      </div>
    </section>
  `;
}
