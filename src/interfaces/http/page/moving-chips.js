import { useLayoutEffect, useRef } from './preact.js';

const MOVE_MS = 200;
const HIGHLIGHT_MS = 3_000;
const prefersStillness = matchMedia('(prefers-reduced-motion: reduce)');

/** The chip of a partition whose owner changed moves from where it was, and stays marked for some seconds. */
export function useMovingChips(replicas) {
  const list = useRef();
  const before = useRef(new Map());
  useLayoutEffect(() => {
    const now = new Map();
    for (const chip of list.current.querySelectorAll('[data-partition]')) {
      const { left, top } = chip.getBoundingClientRect();
      const owner = chip.closest('[data-replica]').dataset.replica;
      const place = { owner, left: left + scrollX, top: top + scrollY };
      const last = before.current.get(chip.dataset.partition);
      if (last !== undefined && last.owner !== owner) move(chip, last, place);
      now.set(chip.dataset.partition, place);
    }
    // one that nobody owns at the moment still comes from its last place
    before.current = new Map([...before.current, ...now]);
  }, [replicas]);
  return list;
}

function move(chip, from, to) {
  chip.classList.add('moved');
  setTimeout(() => chip.classList.remove('moved'), HIGHLIGHT_MS);
  if (prefersStillness.matches) return;
  const transform = `translate(${from.left - to.left}px, ${from.top - to.top}px)`;
  chip.animate([{ transform }, { transform: 'none' }], { duration: MOVE_MS, easing: 'ease-out' });
}
