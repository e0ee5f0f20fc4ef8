import { useEffect, useLayoutEffect, useMemo, useRef } from './preact.js';
import { FlowDots } from './flow-dots.js';
import { HEIGHT, along, down, up } from './flow-layout.js';
import { trafficBetween } from './flow-traffic.js';

const prefersStillness = matchMedia('(prefers-reduced-motion: reduce)');
/** A view that comes later than this, as after the tab was hidden, is no step of what happens. */
const MAX_STEP_MS = 3_000;
const NOTHING = { ended: [], arrived: [] };

/** What happened since the last view. */
export function useTraffic(view) {
  const before = useRef(view);
  return useMemo(() => {
    const step = view.at - before.current.at;
    const traffic = step > 0 && step < MAX_STEP_MS ? trafficBetween(before.current, view) : NOTHING;
    before.current = view;
    return traffic;
  }, [view]);
}

/** Sends it as dots over the nodes. Returns the canvas for them. */
export function useDots(nodes, width, { arrived, ended }) {
  const canvas = useRef();
  const dots = useRef();
  useLayoutEffect(() => {
    dots.current = new FlowDots(canvas.current);
    return () => dots.current.stop();
  }, []);
  useLayoutEffect(() => dots.current.resize(width, HEIGHT), [width]);
  useEffect(() => {
    if (prefersStillness.matches) return;
    for (const { partition, owner, count } of arrived) {
      const [node, target] = [nodes.partitions.get(partition), nodes.replicas.get(owner)];
      if (node === undefined) continue;
      const curves = [down(nodes.api, node), ...(target ? [down(node, target)] : [])];
      dots.current.send(curves, count, 'accepted');
    }
    for (const { partition, replica, outcome, count } of ended) {
      const [node, from] = [nodes.partitions.get(partition), nodes.replicas.get(replica)];
      if (outcome === 'dead-lettered' && from)
        dots.current.send([along(from, nodes.deadLetters)], count, outcome);
      if (outcome === 'retried' && node && from) dots.current.send([up(from, node)], count, outcome);
    }
  }, [arrived, ended]);
  return canvas;
}
