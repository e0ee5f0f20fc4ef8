import { html } from './preact.js';
import { duration, number, rate } from './format.js';

export function Totals({ view: { at, totals } }) {
  const { acceptedPerSecond, completedPerSecond, pending, oldestPendingAt, p50Ms, p99Ms, retries } = totals;
  const oldestMs = oldestPendingAt === null ? null : Math.max(0, at - oldestPendingAt);
  const deadLetters = totals.deadLetters.reduce((sum, { count }) => sum + count, 0);
  const reasons = totals.deadLetters.filter(({ count }) => count > 0);
  return html`
    <dl class="totals panel" aria-label="Totals">
      <${Total} name="Accepted" value=${rate(acceptedPerSecond)} unit=${acceptedPerSecond !== null && '/s'} />
      <${Total} name="Completed" value=${rate(completedPerSecond)} unit="/s" />
      <${Total} name="Pending" value=${number(pending)} />
      <${Total} name="Oldest pending" value=${duration(oldestMs)} />
      <${Total} name="p50 to complete" value=${duration(p50Ms)} />
      <${Total} name="p99 to complete" value=${duration(p99Ms)} />
      <${Total} name="Retries" value=${number(retries)} />
      <${Total}
        name="Dead letters"
        value=${number(deadLetters)}
        note=${reasons.length === 1 ? reasons[0].reason : counted(reasons)}
        alarming=${deadLetters > 0}
      />
    </dl>
  `;
}

function counted(reasons) {
  return reasons.map(({ reason, count }) => `${number(count)} ${reason}`).join(', ');
}

function Total({ name, value, unit, note, alarming }) {
  return html`
    <div class=${alarming ? 'alarming' : ''}>
      <dt>${name}</dt>
      <dd>
        ${value}${unit && html`<small>${unit}</small>`} ${note && html`<small class="note">${note}</small>`}
      </dd>
    </div>
  `;
}
