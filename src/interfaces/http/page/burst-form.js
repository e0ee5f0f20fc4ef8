import { html } from './preact.js';
import { importOrders } from './api.js';
import { duration, plural } from './format.js';
import { Outcome, useFields, useSending } from './sending.js';

const MAX_ORDERS = 20_000;
const AS_CONFIGURED = '';

/** Many orders at once. Fewer keys than orders: then some are sent more than once, and are processed once. */
export function BurstForm({ products }) {
  const { fields, field } = useFields({ count: '1000', keys: '1000', delayMs: AS_CONFIGURED });
  const canDelay = products.some(({ name }) => name.startsWith('slow-'));
  const sending = useSending(async () => {
    const begun = performance.now();
    const { accepted, invalid, complete, problem } = await importOrders(burst(fields, products));
    const took = duration(Math.round(performance.now() - begun));
    if (!complete)
      throw new Error(`Accepted ${plural(accepted, 'order')}, then: ${problem.title}. Send the rest again.`);
    return `Accepted ${plural(accepted, 'order')} in ${took}${invalid > 0 ? `; ${invalid} were not valid` : ''}`;
  });
  return html`
    <form class="fields" onSubmit=${sending.submit}>
      <label>How many <input ...${field('count')} type="number" min="1" max=${MAX_ORDERS} required /></label>
      <label>
        Different keys <input ...${field('keys')} type="number" min="1" max=${MAX_ORDERS} required />
      </label>
      ${
        canDelay &&
        html`
          <label class="wide">
            Each takes
            <select ...${field('delayMs')}>
              <option value=${AS_CONFIGURED}>as long as the simulation takes</option>
              ${[0, 10, 100, 1_000, 10_000].map((ms) => html`<option key=${ms} value=${ms}>${duration(ms)}</option>`)}
            </select>
          </label>
        `
      }
      <div class="actions"><button type="submit" class="primary">Send the burst</button></div>
      <${Outcome} ...${sending} />
    </form>
  `;
}

function burst({ count, keys, delayMs }, products) {
  const name = `burst-${Date.now().toString(36).slice(-5)}`;
  const product = delayMs === AS_CONFIGURED ? (products[0]?.name ?? 'burst') : `slow-${delayMs}`;
  return Array.from({ length: Number(count) }, (_, index) => ({
    orderId: `${name}-${(index % Number(keys)) + 1}`,
    product,
  }));
}
