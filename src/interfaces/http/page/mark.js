import { html } from './preact.js';

/** A shape for each state and outcome, so that none is told by its colour alone. */
const SHAPES = {
  working: html`<circle cx="6" cy="6" r="4" class="filled" />`,
  joining: html`<circle cx="6" cy="6" r="4" stroke-dasharray="2.2 2" />`,
  draining: html`<circle cx="6" cy="6" r="4" /><path d="M6 2a4 4 0 0 1 0 8Z" class="filled" />`,
  paused: html`<path d="M3.8 2v8M8.2 2v8" stroke-width="2.4" />`,
  stopped: html`<rect x="2.5" y="2.5" width="7" height="7" />`,
  gone: html`<path d="m2.5 2.5 7 7m0-7-7 7" stroke-width="1.8" />`,

  accepted: html`<circle cx="6" cy="6" r="4" />`,
  pending: html`<circle cx="6" cy="6" r="4" stroke-dasharray="2.2 2" />`,
  processed: html`<path d="m2 6.5 2.8 3L10 3" stroke-width="1.8" />`,
  'already-processed': html`<path d="M2 4.5h8M2 7.8h8" stroke-width="1.6" />`,
  rejected: html`<circle cx="6" cy="6" r="4.2" /><path d="m3.2 8.8 5.6-5.6" />`,
  retried: html`<path d="M6 1.8 10.6 10H1.4Z" />`,
  'dead-lettered': html`<rect x="2" y="2" width="8" height="8" class="filled" />`,
  parked: html`<rect x="2" y="2" width="8" height="8" class="filled" />`,
};

/** `name`: where no text beside it says the same. */
export function Mark({ state, name }) {
  const role = name === undefined ? { 'aria-hidden': 'true' } : { role: 'img', 'aria-label': name };
  return html`
    <svg class="mark ${state}" viewBox="0 0 12 12" width="12" height="12" ...${role}>
      ${SHAPES[state] ?? SHAPES.pending}
    </svg>
  `;
}
