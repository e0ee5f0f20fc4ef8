import { html, useState } from './preact.js';
import { DeadLetterDetail } from './dead-letter-detail.js';
import { MAX_LIMIT } from './dead-letter-list.js';
import { duration, number, plural } from './format.js';

const PAGE_SIZE = 50;
const NONE = 'There are no dead letters. An order that fails for the last time comes here.';
const NONE_MATCHES = 'No dead letter matches. An order id is compared as a whole.';

export function DeadLetterTable({ shown, list, isFiltered, selected, onSelect, ask }) {
  const [page, setPage] = useState(0);
  const [open, setOpen] = useState();
  const pages = Math.max(1, Math.ceil(shown.length / PAGE_SIZE));
  const current = Math.min(page, pages - 1);
  const rows = shown.slice(current * PAGE_SIZE, (current + 1) * PAGE_SIZE);
  const isAll = rows.length > 0 && rows.every(({ id }) => selected.has(id));
  const select = (ids, isOn) => {
    const next = new Set(selected);
    for (const id of ids) {
      if (isOn) next.add(id);
      else next.delete(id);
    }
    onSelect(next);
  };
  if (shown.length === 0)
    return html` <p class="empty">${list.isLoading ? 'Loading …' : isFiltered ? NONE_MATCHES : NONE}</p> `;
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Table of dead letters">
      <table class="letters">
        <thead>
          <tr>
            <th scope="col">
              <input
                type="checkbox"
                aria-label="Select all of this page"
                checked=${isAll}
                onChange=${() =>
                  select(
                    rows.map(({ id }) => id),
                    !isAll,
                  )}
              />
            </th>
            <th scope="col">Id</th>
            <th scope="col">Order</th>
            <th scope="col">Reason</th>
            <th scope="col">Error</th>
            <th scope="col" class="n">Attempts</th>
            <th scope="col" class="n">Redrives</th>
            <th scope="col" class="n">Age</th>
          </tr>
        </thead>
        <tbody>
          ${rows.flatMap((letter) => [
            html`<${Row}
              key=${letter.id}
              letter=${letter}
              isSelected=${selected.has(letter.id)}
              onSelect=${(isOn) => select([letter.id], isOn)}
              isOpen=${open === letter.id}
              onOpen=${() => setOpen(open === letter.id ? undefined : letter.id)}
            />`,
            open === letter.id &&
              html`<tr key=${`${letter.id} detail`}>
                <td colspan="8"><${DeadLetterDetail} id=${letter.id} ask=${ask} /></td>
              </tr>`,
          ])}
        </tbody>
      </table>
    </div>
    <div class="actions pages">
      <span>${plural(shown.length, 'dead letter')}${list.more ? ' listed; more match' : ''}</span>
      ${
        pages > 1 &&
        html`
          <button type="button" disabled=${current === 0} onClick=${() => setPage(current - 1)}>
            Previous
          </button>
          <span>page ${number(current + 1)} of ${number(pages)}</span>
          <button type="button" disabled=${current === pages - 1} onClick=${() => setPage(current + 1)}>
            Next
          </button>
        `
      }
      ${list.loadMore && html`<button type="button" onClick=${list.loadMore}>List more</button>`}
      ${list.more && !list.loadMore && html`<span>No more than ${number(MAX_LIMIT)} are listed: narrow the filter.</span>`}
    </div>
  `;
}

function Row({ letter, isSelected, onSelect, isOpen, onOpen }) {
  const { id, key, reason, errorMessage, attempts, redriveCount, lastFailureAt } = letter;
  const ageMs = Math.max(0, Date.now() - Date.parse(lastFailureAt));
  return html`
    <tr class=${isSelected ? 'selected' : ''} data-dead-letter=${id}>
      <td>
        <input
          type="checkbox"
          aria-label="Select ${id}"
          checked=${isSelected}
          onChange=${() => onSelect(!isSelected)}
        />
      </td>
      <td>
        <button
          type="button"
          class="quiet"
          aria-expanded=${isOpen}
          aria-label="Details of ${id}"
          onClick=${onOpen}
        >
          <span aria-hidden="true">${isOpen ? '▾' : '▸'}</span> ${id}
        </button>
      </td>
      <td class="key">${key?.text ?? (key ? 'not text' : 'no key')}</td>
      <td>${reason}</td>
      <td class="error" title=${errorMessage}>${errorMessage}</td>
      <td class="n">${number(attempts)}</td>
      <td class="n">${number(redriveCount)}</td>
      <td class="n">${duration(ageMs)}</td>
    </tr>
  `;
}
