import { html, useState } from './preact.js';
import { DeadLetterFilter } from './dead-letter-filter.js';
import { DeadLetterGroups } from './dead-letter-groups.js';
import { DeadLetterTable } from './dead-letter-table.js';
import { toSelection, useDeadLetters } from './dead-letter-list.js';
import { number, plural } from './format.js';
import { ResolveDialog } from './resolve-dialog.js';

const NO_FILTER = { reason: '', orderId: '', olderThanSeconds: '', error: '' };

/** What could not be processed: why, what it was, and what to do about it. */
export function DeadLetters({ view, orderId = '' }) {
  const [filter, setFilter] = useState({ ...NO_FILTER, orderId });
  const [selected, setSelected] = useState(new Set());
  const [asked, setAsked] = useState();
  const { deadLetters } = view.totals;
  const latestAt = view.history.points.findLast(({ deadLettered }) => deadLettered > 0)?.at;
  const total = deadLetters.reduce((sum, { count }) => sum + count, 0);
  const list = useDeadLetters(filter, `${total} ${latestAt}`, selected.size === 0 && asked === undefined);

  if (list.refusal?.type === 'unknown-path') return html`<${NotServed} total=${total} />`;
  const shown = list.loaded.filter(
    ({ errorMessage }) => filter.error === '' || errorMessage === filter.error,
  );
  const chosen = shown.filter(({ id }) => selected.has(id)).map(({ id }) => id);
  const change = (part) => {
    setFilter((before) => ({ ...before, ...part }));
    setSelected(new Set());
  };
  const finish = (hasChanged) => {
    setAsked(undefined);
    if (!hasChanged) return;
    setSelected(new Set());
    list.reload();
  };
  // the API knows no filter by error: then what is shown is what is meant
  const matching =
    filter.error === ''
      ? { selection: toSelection(filter), name: 'all that match' }
      : { ids: shown.map(({ id }) => id), name: `the ${number(shown.length)} shown` };
  const ask = (action, target) => () => setAsked({ action, target });

  return html`
    <div class="dead-letters">
      <${DeadLetterGroups} totals=${deadLetters} list=${list} filter=${filter} onChange=${change} />
      <section class="panel" aria-labelledby="dead-title">
        <div class="title">
          <h2 id="dead-title">Dead letters</h2>
          <${DeadLetterFilter} filter=${filter} onChange=${change} />
        </div>
        <div class="actions resolve">
          <${Choice}
            name=${`${number(chosen.length)} selected`}
            target=${{ ids: chosen }}
            ask=${ask}
            isOff=${chosen.length === 0}
          />
          <${Choice} name=${matching.name} target=${matching} ask=${ask} isOff=${shown.length === 0} />
          ${
            list.isStale &&
            html`<button type="button" onClick=${list.reload}>
              The list has changed: show it as it is now
            </button>`
          }
        </div>
        ${list.refusal && html`<p class="why" role="alert">${list.refusal.message}</p>`}
        <${DeadLetterTable}
          shown=${shown}
          list=${list}
          isFiltered=${Object.values(filter).some((value) => value !== '')}
          selected=${selected}
          onSelect=${setSelected}
          ask=${ask}
        />
      </section>
      ${asked && html`<${ResolveDialog} ...${asked} onClose=${finish} />`}
    </div>
  `;
}

function Choice({ name, target, ask, isOff }) {
  return html`
    <span class="pair">
      <span>${name}:</span>
      <button type="button" disabled=${isOff} onClick=${ask('Redrive', target)}>
        Redrive<span class="hidden"> ${name}</span> …
      </button>
      <button type="button" disabled=${isOff} onClick=${ask('Discard', target)}>
        Discard<span class="hidden"> ${name}</span> …
      </button>
    </span>
  `;
}

function NotServed({ total }) {
  return html`
    <section class="panel empty">
      <h2>Dead letters</h2>
      <p>
        There ${total === 1 ? 'is' : 'are'} ${plural(total, 'dead letter')}, but this process does not serve
        operators.
      </p>
      <p>Start it with OPERATIONS_API=on where only operators reach it.</p>
    </section>
  `;
}
