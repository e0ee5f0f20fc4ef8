import { html, useState } from './preact.js';
import { urlTo } from './api.js';
import { CopyCurl, curlGet } from './copy-curl.js';
import { isFinal } from './followed-orders.js';
import { duration, number, time } from './format.js';
import { Mark } from './mark.js';
import { orderUrl } from './order-id.js';

const ENDS = {
  processed: 'processed',
  rejected: 'rejected for good',
  'already-processed': 'was processed before: nothing is done twice',
  'dead-lettered': 'dead-lettered',
};

/** What happened to an order, from the API to its end. Only the newest is open, until one is chosen. */
export function OrderTimeline({ order, isNewest, owner, onForget }) {
  const [chosen, setChosen] = useState();
  const isOpen = chosen ?? isNewest;
  const { orderId, found, attempts, error } = order;
  const last = attempts.at(-1)?.outcome;
  const status = found?.status === 'pending' || !found ? (ENDS[last] ? last : 'pending') : found.status;
  const isParked = status === 'parked' || status === 'dead-lettered';
  return html`
    <li class="timeline" data-order=${orderId}>
      <button type="button" class="quiet" aria-label="Forget ${orderId}" onClick=${onForget}>×</button>
      <details open=${isOpen}>
        <summary
          onClick=${(event) => {
            event.preventDefault();
            setChosen(!isOpen);
          }}
        >
          <h3>${orderId}</h3>
          <span class="state"
            ><${Mark} state=${status} /> ${order.searchedAt && error && !found ? 'not found' : status}</span
          >
        </summary>
        <ol>
          ${stepsOf(order, owner).map(
            ({ mark, at, text, note }, index) => html`
              <li key=${index}>
                <${Mark} state=${mark} />
                <span>${text}${note && html` <small>${note}</small>`}</span>
                ${at !== undefined && html`<time>${time(at)}</time>`}
              </li>
            `,
          )}
        </ol>
        ${error && !isNotYet(order) && html`<p class="why" role="alert">${error.message}</p>`}
        <div class="actions">
          <${CopyCurl} command=${curlGet(urlTo(orderUrl(orderId)))} />
          ${isParked && html`<a href="#dead-letters/${encodeURIComponent(orderId)}">Its dead letter</a>`}
        </div>
      </details>
    </li>
  `;
}

/** It was accepted, so that nothing is found of it means: it still waits. */
function isNotYet({ acceptedAt, attempts, error }) {
  return error.type === 'order-not-processed' && (acceptedAt !== undefined || attempts.length > 0);
}

function stepsOf(order, owner) {
  const { found, attempts, acceptedAt } = order;
  const place = order.partition === undefined ? found : order;
  const accepted =
    acceptedAt ?? ((found?.placedAt ?? found?.since) ? Date.parse(found.placedAt ?? found.since) : undefined);
  const steps = [];
  const product = found?.product ?? order.product;
  if (accepted !== undefined)
    steps.push({ mark: 'accepted', at: accepted, text: 'accepted by the API', note: product });
  if (place?.partition !== undefined)
    steps.push({ mark: 'accepted', text: `in partition ${place.partition} at offset ${place.offset}` });
  for (const attempt of attempts) steps.push(attemptStep(attempt, found));
  const isSeen = attempts.some(({ outcome }) => outcome in ENDS);
  if (found === undefined ? accepted !== undefined && !isSeen : found.status === 'pending' && !isSeen)
    steps.push({ mark: 'pending', text: waitsFor(order, owner) });
  if (isFinal(order) && !attempts.some(({ outcome }) => outcome === found.status))
    steps.push(storedStep(found));
  if (found?.status === 'parked' && !isSeen) steps.push(storedStep(found));
  return steps;
}

function attemptStep({ replica, attempt, outcome, tookMs, at, error }, found) {
  if (outcome === found?.status)
    return { ...storedStep({ ...found, replica, attempt }), note: `took ${duration(tookMs)}` };
  const why = error === undefined ? '' : ` because ${error}`;
  const what = outcome === 'retried' ? `failed${why}; it is retried` : ENDS[outcome] + why;
  return {
    mark: outcome,
    at,
    text: `attempt ${attempt} on ${replica}: ${what}`,
    note: `took ${duration(tookMs)}`,
  };
}

/** @param owner the replica that has the partition of the order */
function waitsFor({ found, attempts }, owner) {
  if (owner?.state === 'paused') return `waits: ${owner.id}, which has its partition, is paused`;
  if (attempts.length > 0) return 'waits for its next attempt';
  const ahead = found?.ahead;
  if (ahead === undefined) return 'waiting, or being processed';
  return ahead === 0 ? 'is next, or being processed' : `waiting: ${number(ahead)} ahead in its partition`;
}

function storedStep({ status, replica, attempt, completedAt, rejectionReason }) {
  const why = rejectionReason === undefined ? '' : ` because ${rejectionReason}`;
  const at = completedAt === undefined ? undefined : Date.parse(completedAt);
  const what = status === 'parked' ? 'dead-lettered, so it is parked' : status + why;
  return { mark: status, at, text: `attempt ${attempt} on ${replica}: ${what}` };
}
