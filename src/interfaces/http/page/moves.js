import { html } from './preact.js';
import { time } from './format.js';

const REASONS = {
  joined: () => 'a replica joined',
  stopped: ({ from }) => `${from ?? 'a replica'} stopped`,
  gone: ({ from }) => `${from ?? 'a replica'} was not heard of any more`,
  rebalanced: () => 'the group was rebalanced',
};

/** What moved where, and why. */
export function Moves({ moves }) {
  return html`
    <section class="panel moves" aria-labelledby="moves-title">
      <h2 id="moves-title">Partitions moved</h2>
      ${
        moves.length === 0
          ? html`<p class="empty">None yet. Partitions move when a replica joins or stops.</p>`
          : html`
              <ol tabindex="0" aria-label="Moves, newest first">
                ${moves.map(
                  (move) => html`
                    <li key=${`${move.at}-${move.partition}`}>
                      <time>${time(move.at)}</time>
                      <span class="chip">P${move.partition}</span>
                      <span>
                        ${move.from ?? 'nobody'} → <b>${move.to ?? 'nobody'}</b>
                        <small>${REASONS[move.why]?.(move) ?? move.why}</small>
                      </span>
                    </li>
                  `,
                )}
              </ol>
            `
      }
    </section>
  `;
}
