import { html, useEffect, useState } from './preact.js';
import { postJson } from './api.js';

const PATIENCE_MS = 5_000;
const TITLES = {
  pause: 'It takes no new orders until it is resumed',
  resume: 'It takes orders again',
  stop: 'It finishes what it has in flight, and leaves',
  kill: 'It ends as it is: what it has in flight comes again, to another',
};
const NAMES = { pause: 'Pause', resume: 'Resume', stop: 'Stop', kill: 'Kill' };
const POSSIBLE = {
  working: ['pause', 'stop', 'kill'],
  joining: ['stop', 'kill'],
  paused: ['resume', 'stop', 'kill'],
};

/** Only what can be done: nothing is shown of a replica that has ended, or where actions are off. */
export function ReplicaActions({ id, state, actions }) {
  const { ask, isAsking, error } = useRequest(state);
  const possible = (POSSIBLE[state] ?? []).filter((action) => actions.includes(action));
  if (possible.length === 0) return null;
  return html`
    <div class="asks" role="group" aria-label="Actions of ${id}">
      ${possible.map(
        (action) => html`
          <button
            key=${action}
            type="button"
            class="quiet"
            aria-label="${NAMES[action]} ${id}"
            title=${TITLES[action]}
            disabled=${isAsking}
            onClick=${() => ask(`${encodeURIComponent(id)}/${NAMES[action]}`)}
          >
            ${NAMES[action]}
          </button>
        `,
      )}
    </div>
    ${error !== undefined && html`<p class="why" role="alert">${error}</p>`}
  `;
}

export function StartReplica() {
  const { ask, isAsking, error } = useRequest();
  return html`
    <button type="button" class="quiet" disabled=${isAsking} onClick=${() => ask('Start')}>
      Start another
    </button>
    ${error !== undefined && html`<p class="why" role="alert">${error}</p>`}
  `;
}

/** Asks once at a time. What was asked for shows in a new `state`; if none comes soon, one can ask again. */
function useRequest(state) {
  const [isAsking, setAsking] = useState(false);
  const [error, setError] = useState();
  useEffect(() => setAsking(false), [state]);
  const ask = async (path) => {
    setAsking(true);
    setError(undefined);
    try {
      await postJson(`api/Replica/${path}`, {});
      setTimeout(() => setAsking(false), state === undefined ? 0 : PATIENCE_MS);
    } catch (refusal) {
      setAsking(false);
      setError(refusal.message);
    }
  };
  return { ask, isAsking, error };
}
