import { html } from './preact.js';
import { duration } from './format.js';
import { Mark } from './mark.js';

/** The last attempts of a replica, newest first. The list keeps its height, so that nothing jumps. */
export function RecentOrders({ id, recent }) {
  return html`
    <div class="recent" tabindex="0" role="region" aria-label="Last orders of ${id}">
      ${recent.length === 0 && html`<p class="empty">No order yet</p>`}
      <ol>
        ${recent.map(
          (handled) =>
            html`<${Handled}
              key=${`${handled.partition}-${handled.offset}-${handled.attempt}`}
              handled=${handled}
            />`,
        )}
      </ol>
    </div>
  `;
}

function Handled({ handled: { orderId, partition, offset, attempt, outcome, tookMs, error } }) {
  const what = error === undefined ? outcome : `${outcome}: ${error}`;
  return html`
    <li title=${what}>
      <${Mark} state=${outcome} name=${outcome} />
      ${
        orderId === ''
          ? html`<i>no key</i>`
          : html`<a href="#order/${encodeURIComponent(orderId)}" class="tail"><bdi>${orderId}</bdi></a>`
      }
      <span>${duration(tookMs)}</span>
      <small>
        P${partition}·${offset}, attempt ${attempt}${outcome === 'processed' ? '' : ` ${outcome}`}
      </small>
    </li>
  `;
}
