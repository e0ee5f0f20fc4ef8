import { html } from './preact.js';
import { REASONS } from './dead-letter-filter.js';
import { number } from './format.js';

/** How many there are by reason, and by error of those that are listed. */
export function DeadLetterGroups({ totals, list: { loaded, more }, filter, onChange }) {
  const groups = grouped(loaded);
  return html`
    <section class="panel groups" aria-labelledby="groups-title">
      <h2 id="groups-title">By reason and error</h2>
      ${totals.map(
        ({ reason, count }) => html`
          <div key=${reason} class="group">
            <h3>
              <button
                type="button"
                class="quiet"
                aria-pressed=${filter.reason === reason}
                onClick=${() => onChange({ reason: filter.reason === reason ? '' : reason, error: '' })}
              >
                ${reason} <b>${number(count)}</b>
              </button>
              <small>${REASONS[reason]}</small>
            </h3>
            <ul>
              ${groups
                .filter((group) => group.reason === reason)
                .map(
                  ({ error, code, count }) => html`
                    <li key=${`${code} ${error}`}>
                      <button
                        type="button"
                        class="quiet"
                        aria-pressed=${filter.error === error}
                        onClick=${() => onChange({ error: filter.error === error ? '' : error })}
                      >
                        <span>${error}</span> <b>${number(count)}${more && '+'}</b>
                      </button>
                      <small>${code}</small>
                    </li>
                  `,
                )}
            </ul>
          </div>
        `,
      )}
      ${more && html`<p class="hint">Errors are counted among the first ${number(loaded.length)} that match; there are more.</p>`}
    </section>
  `;
}

function grouped(deadLetters) {
  const groups = new Map();
  for (const { reason, errorMessage: error, errorCode: code } of deadLetters) {
    const key = JSON.stringify([reason, code, error]);
    const group = groups.get(key) ?? { reason, error, code, count: 0 };
    groups.set(key, { ...group, count: group.count + 1 });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}
