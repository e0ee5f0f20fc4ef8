import { html } from './preact.js';
import { number, rate } from './format.js';
import { Mark } from './mark.js';
import { useMovingChips } from './moving-chips.js';
import { RecentOrders } from './recent-orders.js';
import { ReplicaActions, StartReplica } from './replica-actions.js';

const WITHOUT_PARTITIONS = {
  joining: 'waits for its partitions',
  draining: 'hands over its partitions',
  stopped: 'has left the group',
  gone: 'is not heard of: others take its partitions',
};

const NOTHING_LEFT = 'has no partition: the others have them all';

export function Replicas({ view: { replicas, service, totals } }) {
  const list = useMovingChips(replicas);
  return html`
    <section class="replicas" aria-labelledby="replicas-title">
      <div class="title">
        <h2 id="replicas-title">Replicas</h2>
        ${service.actions.includes('start') && html`<${StartReplica} />`}
      </div>
      ${
        totals.brokerUnavailable &&
        html`<p class="panel why" role="alert">
          The broker does not respond to this API, which hears of replicas through it. Those that are shown as
          gone may be working.
        </p>`
      }
      ${
        replicas.length === 0 &&
        html`<p class="panel empty">No replica reports. Start one: ROLE=consumer, with the same group.</p>`
      }
      <ul ref=${list}>
        ${replicas.map(
          (replica) => html`<${Replica} key=${replica.id} replica=${replica} actions=${service.actions} />`,
        )}
      </ul>
    </section>
  `;
}

function Replica({ replica, actions }) {
  const { id, state, partitions, inFlight, completedPerSecond, circuitBreaker, recent } = replica;
  const lags = partitions.map(({ lag }) => lag).filter((lag) => lag !== undefined);
  const lag = lags.length === 0 ? undefined : lags.reduce((sum, each) => sum + each, 0);
  return html`
    <li class="panel replica ${state}" data-replica=${id}>
      <div class="title">
        <h3 title=${id} class="tail"><bdi>${id}</bdi></h3>
        <span class="state"><${Mark} state=${state} /> ${state}</span>
      </div>
      <div class="holds">
        <div class="chips" aria-label="Partitions" role="group">
          ${partitions.map(
            ({ partition, paused }) => html`
              <span key=${partition} class="chip" data-partition=${partition}>
                P${partition}${paused !== undefined && state !== 'paused' && html` <small>${paused}</small>`}
              </span>
            `,
          )}
          ${partitions.length === 0 && html`<small>${WITHOUT_PARTITIONS[state] ?? NOTHING_LEFT}</small>`}
        </div>
        <${ReplicaActions} id=${id} state=${state} actions=${actions} />
      </div>
      <dl class="numbers">
        <div>
          <dt>In flight</dt>
          <dd>${number(inFlight)}</dd>
        </div>
        <div>
          <dt>Orders/s</dt>
          <dd>${rate(completedPerSecond)}</dd>
        </div>
        <div>
          <dt>Lag</dt>
          <dd>${number(lag)}</dd>
        </div>
      </dl>
      ${
        circuitBreaker === undefined
          ? html`<small>Circuit breaker closed</small>`
          : html`<p class="why" role="alert">Circuit breaker open: ${circuitBreaker}</p>`
      }
      <${RecentOrders} id=${id} recent=${recent} />
    </li>
  `;
}
