import { html } from './preact.js';
import { postJson, SEND_PATH, urlTo } from './api.js';
import { CopyCurl, curlPost } from './copy-curl.js';
import { Outcome, useFields, useSending } from './sending.js';

/** One order, as a client of the API sends it. */
export function OrderForm({ products, follow }) {
  const { fields, field } = useFields({ orderId: '', product: products[0]?.name ?? '', quantity: '1' });
  const body = {
    ...(fields.orderId.trim() !== '' && { orderId: fields.orderId.trim() }),
    product: fields.product,
    quantity: Number(fields.quantity),
  };
  const sending = useSending(async () => {
    const accepted = await postJson(SEND_PATH, body);
    follow({ ...accepted, product: fields.product });
    return `Accepted: partition ${accepted.partition}, offset ${accepted.offset}`;
  });
  return html`
    <form class="fields" onSubmit=${sending.submit}>
      <label class="wide"
        >Product <input ...${field('product')} required maxlength="200" list="products"
      /></label>
      <datalist id="products">
        ${products.map(({ name, what }) => html`<option key=${name} value=${name}>${what}</option>`)}
      </datalist>
      <label>Quantity <input ...${field('quantity')} type="number" min="1" max="1000000" required /></label>
      <label>Order id <input ...${field('orderId')} maxlength="64" placeholder="made for you" /></label>
      <div class="actions">
        <button type="submit" class="primary">Send the order</button>
        <${CopyCurl} command=${curlPost(urlTo(SEND_PATH), body)} />
      </div>
      <${Outcome} ...${sending} />
    </form>
  `;
}
