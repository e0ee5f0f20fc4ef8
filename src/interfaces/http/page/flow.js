import { html, useLayoutEffect, useMemo, useRef, useState } from './preact.js';
import { useDots, useTraffic } from './flow-hooks.js';
import { HEIGHT, down, isCrowded, layOut, toPath } from './flow-layout.js';
import { FlowNode } from './flow-node.js';
import { FlowTable } from './flow-table.js';
import { number, rate } from './format.js';
import { partitionsOf } from './live-view.js';

/** How orders pass from the API through partitions to replicas. */
export function Flow({ view }) {
  const [asTable, setAsTable] = useState(false);
  return html`
    <section class="panel flow" aria-labelledby="flow-title">
      <div class="title">
        <h2 id="flow-title">Flow</h2>
        <p class="hint">Each partition, and so each order, belongs to exactly one replica at a time.</p>
        <label class="switch">
          <input type="checkbox" checked=${asTable} onChange=${() => setAsTable(!asTable)} /> As a table
        </label>
      </div>
      ${asTable ? html`<${FlowTable} view=${view} />` : html`<${FlowPicture} view=${view} />`}
    </section>
  `;
}

function FlowPicture({ view }) {
  const frame = useRef();
  const width = useWidth(frame);
  const partitions = partitionsOf(view);
  const replicas = view.replicas;
  const crowded = width > 0 && isCrowded(width, partitions.length, replicas.length);
  return html`
    <div class="flow-frame" ref=${frame}>
      ${width > 0 && !crowded && html`<${Diagram} ...${{ view, width, partitions, replicas }} />`}
      ${crowded && html`<${FlowTable} view=${view} />`}
    </div>
  `;
}

function Diagram({ view, width, partitions, replicas }) {
  const shape = `${width} ${partitions.map(({ partition }) => partition)} ${replicas.map(({ id }) => id)}`;
  const nodes = useMemo(() => layOut(width, partitions, replicas), [shape]);
  const traffic = useTraffic(view);
  const canvas = useDots(nodes, width, traffic);
  const isBusy = (partition) => traffic.arrived.some((each) => each.partition === partition);
  const deadLetters = view.totals.deadLetters.reduce((sum, { count }) => sum + count, 0);
  const summary = partitions
    .map(
      ({ partition, owner, pending }) => `partition ${partition}: ${owner ?? 'nobody'}, ${pending} pending`,
    )
    .join('; ');
  return html`
    <svg width=${width} height=${HEIGHT} role="img" aria-label=${`From the API to replicas. ${summary}`}>
      ${partitions.map(({ partition, owner }) => {
        const node = nodes.partitions.get(partition);
        const target = nodes.replicas.get(owner);
        const kind = `edge ${isBusy(partition) ? 'busy' : ''}`;
        return html`
          <path class=${kind} d=${toPath(down(nodes.api, node))} />
          ${target && html`<path class="${kind} owned" d=${toPath(down(node, target))} />`}
        `;
      })}
      <${FlowNode}
        at=${nodes.api}
        title="API"
        text=${view.totals.acceptedPerSecond === null ? '' : `${rate(view.totals.acceptedPerSecond)}/s accepted`}
        inline=${true}
      />
      ${partitions.map(
        ({ partition, pending, lag = pending, owner }) => html`
          <${FlowNode}
            key=${partition}
            at=${nodes.partitions.get(partition)}
            title=${`P${partition}`}
            text=${`${number(lag)} pending`}
            kind=${owner === undefined ? 'orphan' : ''}
          />
        `,
      )}
      ${replicas.map(
        ({ id, state, inFlight }) => html`
          <${FlowNode}
            key=${id}
            at=${nodes.replicas.get(id)}
            title=${id}
            text=${state === 'working' ? `${number(inFlight)} in flight` : state}
            kind=${state}
            mark=${state}
          />
        `,
      )}
      <${FlowNode}
        at=${nodes.deadLetters}
        title=${nodes.deadLetters.width < 90 ? 'Dead' : 'Dead letters'}
        text=${number(deadLetters)}
        kind=${deadLetters > 0 ? 'dead' : 'orphan'}
      />
    </svg>
    <canvas ref=${canvas} aria-hidden="true"></canvas>
  `;
}

function useWidth(element) {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return width;
}
