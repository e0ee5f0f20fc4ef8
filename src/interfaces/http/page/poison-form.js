import { html } from './preact.js';
import { postJson, SEND_PATH, urlTo } from './api.js';
import { CopyCurl, curlPost } from './copy-curl.js';
import { Outcome, useFields, useSending } from './sending.js';

const ALWAYS_FAILS = 'fail';

/** An order that shows what else may happen, by a product that the simulated fulfilment knows. */
export function PoisonForm({ products, follow }) {
  const unusual = products.slice(1);
  const first = unusual.find(({ name }) => name === ALWAYS_FAILS) ?? unusual[0] ?? products[0];
  const { fields, field } = useFields({ product: first.name });
  const body = { product: fields.product };
  const sending = useSending(async () => {
    const accepted = await postJson(SEND_PATH, body);
    follow({ ...accepted, ...body });
    return `Accepted: partition ${accepted.partition}, offset ${accepted.offset}`;
  });
  return html`
    <form class="fields" onSubmit=${sending.submit}>
      <label class="wide">
        An order that …
        <select ...${field('product')}>
          ${unusual.map(({ name, what }) => html`<option key=${name} value=${name}>${what} (${name})</option>`)}
        </select>
      </label>
      <div class="actions">
        <button type="submit" class="primary">Send it</button>
        <${CopyCurl} command=${curlPost(urlTo(SEND_PATH), body)} />
      </div>
      <${Outcome} ...${sending} />
    </form>
  `;
}
