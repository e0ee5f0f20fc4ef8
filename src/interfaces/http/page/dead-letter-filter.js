import { html, useEffect, useState } from './preact.js';

const TYPING_MS = 300;
const AGES = [
  ['', 'of any age'],
  ['60', 'older than 1 minute'],
  ['600', 'older than 10 minutes'],
  ['3600', 'older than 1 hour'],
  ['86400', 'older than 1 day'],
];
export const REASONS = {
  exhausted: 'the last attempt failed',
  invalid: 'it can’t be read, or breaks a rule',
  conflicting: 'its id was used for another order',
};

export function DeadLetterFilter({ filter, onChange }) {
  const [orderId, setOrderId] = useState(filter.orderId);
  const apply = () => onChange({ orderId });
  useEffect(() => {
    if (orderId === filter.orderId) return undefined;
    const typed = setTimeout(apply, TYPING_MS);
    return () => clearTimeout(typed);
  }, [orderId, filter.orderId]);
  const field = (name) => ({
    name,
    value: filter[name],
    onChange: ({ target }) => onChange({ [name]: target.value }),
  });
  return html`
    <form
      class="filter"
      role="search"
      aria-label="Dead letters"
      onSubmit=${(event) => event.preventDefault()}
    >
      <label>
        <span class="hidden">Reason</span>
        <select ...${field('reason')}>
          <option value="">every reason</option>
          ${Object.keys(REASONS).map((reason) => html`<option key=${reason} value=${reason}>${reason}</option>`)}
        </select>
      </label>
      <label>
        <span class="hidden">Age</span>
        <select ...${field('olderThanSeconds')}>
          ${AGES.map(([seconds, text]) => html`<option key=${seconds} value=${seconds}>${text}</option>`)}
        </select>
      </label>
      <label>
        <span class="hidden">Order id</span>
        <input
          type="search"
          name="orderId"
          placeholder="Order id"
          value=${orderId}
          onInput=${({ target }) => setOrderId(target.value.trim())}
          onChange=${apply}
        />
      </label>
    </form>
  `;
}
