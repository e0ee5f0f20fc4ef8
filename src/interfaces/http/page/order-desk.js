import { html, useState } from './preact.js';
import { BurstForm } from './burst-form.js';
import { OrderForm } from './order-form.js';
import { OrderTimeline } from './order-timeline.js';
import { PoisonForm } from './poison-form.js';

/** Where orders are sent and searched, and what becomes of them. */
export function OrderDesk({ service, replicas, followed }) {
  const [form, setForm] = useState('one');
  const forms = [
    { name: 'one', label: 'One', body: OrderForm },
    { name: 'burst', label: 'A burst', body: BurstForm },
    // only the simulated fulfilment can be told what to do
    ...(service.products.length > 0 ? [{ name: 'poisoned', label: 'Poisoned', body: PoisonForm }] : []),
  ];
  const { body: Form } = forms.find(({ name }) => name === form) ?? forms[0];
  const sending = html`
    <section class="panel desk" aria-labelledby="desk-title">
      <h2 id="desk-title">Send</h2>
      <fieldset class="choice">
        <legend class="hidden">What to send</legend>
        ${forms.map(
          ({ name, label }) => html`
            <label key=${name}>
              <input type="radio" name="form" checked=${form === name} onChange=${() => setForm(name)} />
              <span>${label}</span>
            </label>
          `,
        )}
      </fieldset>
      <${Form} products=${service.products} follow=${followed.follow} />
    </section>
  `;
  return html`
    ${service.takesOrders && sending}
    <section class="panel followed" aria-labelledby="followed-title">
      <h2 id="followed-title">Orders</h2>
      <${Search} search=${followed.search} />
      ${
        followed.orders.length === 0 &&
        html`<p class="empty">
          ${service.takesOrders ? 'Send an order above, or find' : 'Find'} one by its id, to see what happens
          to it.
        </p>`
      }
      <ol class="timelines" aria-live="polite">
        ${followed.orders.map(
          (order, index) =>
            html`<${OrderTimeline}
              key=${order.orderId}
              order=${order}
              isNewest=${index === 0}
              owner=${replicas.find(({ partitions }) =>
                partitions.some(({ partition }) => partition === (order.partition ?? order.found?.partition)),
              )}
              onForget=${() => followed.forget(order.orderId)}
            />`,
        )}
      </ol>
    </section>
  `;
}

function Search({ search }) {
  const [orderId, setOrderId] = useState('');
  const submit = (event) => {
    event.preventDefault();
    if (orderId.trim() !== '') void search(orderId.trim());
  };
  return html`
    <form class="search" role="search" onSubmit=${submit}>
      <label>
        <span class="hidden">Order id</span>
        <input
          type="search"
          name="search"
          placeholder="Order id"
          value=${orderId}
          onInput=${(event) => setOrderId(event.target.value)}
        />
      </label>
      <button type="submit">Find</button>
    </form>
  `;
}
