import { html, useEffect, useRef, useState } from './preact.js';
import { number, plural } from './format.js';
import { countOf, resolve } from './resolve-dead-letters.js';

const WORDS = {
  Redrive: { done: 'redriven', what: 'What is redriven goes back to the topic, and is processed again.' },
  Discard: { done: 'discarded', what: 'What is discarded leaves the list for good, and is not processed.' },
};

/** Says how many first, asks, and shows progress and outcome. `onClose` gets whether anything has changed. */
export function ResolveDialog({ action, target, onClose }) {
  const dialog = useRef();
  const isStopped = useRef(false);
  const [state, setState] = useState({ step: 'counting', resolved: 0 });
  const { step, matched, before, resolved, failure, error } = state;
  const { done, what } = WORDS[action];
  const change = (part) => setState((all) => ({ ...all, ...part }));
  const fail = (refusal) => change({ step: 'ended', error: refusal.message });

  useEffect(() => {
    dialog.current.showModal();
    countOf(action, target).then((counted) => change({ step: 'asking', ...counted }), fail);
    return () => (isStopped.current = true);
  }, []);
  const confirm = () => {
    change({ step: 'working' });
    const progress = { onProgress: (sum) => change({ resolved: sum }), isStopped: () => isStopped.current };
    resolve(action, target, before, progress).then((outcome) => change({ step: 'ended', ...outcome }), fail);
  };
  const cancel = (event) => {
    event.preventDefault();
    if (step === 'working') isStopped.current = true;
    else onClose(step === 'ended');
  };

  return html`
    <dialog ref=${dialog} aria-labelledby="resolve-title" onCancel=${cancel}>
      <h2 id="resolve-title">
        ${matched === undefined ? action : `${action} ${plural(matched, 'dead letter')}${step === 'asking' ? '?' : ''}`}
      </h2>
      ${step === 'counting' && html`<p>Counting …</p>`}
      ${step === 'asking' && html`<p>${matched === 0 ? 'None matches any more.' : what}</p>`}
      ${
        (step === 'working' || (step === 'ended' && matched !== undefined)) &&
        html`
          <progress max=${matched} value=${resolved} aria-label="Progress"></progress>
          <p role="status">
            ${number(resolved)} of ${number(matched)} ${done}${isStopped.current ? '; stopped' : ''}
          </p>
        `
      }
      ${failure && html`<p class="why" role="alert">${failure.id}: ${failure.detail} It stays listed.</p>`}
      ${error && html`<p class="why" role="alert">${error}</p>`}
      <div class="actions">
        ${
          step === 'asking' &&
          matched > 0 &&
          html`<button type="button" class="primary" onClick=${confirm}>${action} ${number(matched)}</button>`
        }
        <button type="button" onClick=${cancel}>
          ${{ working: 'Stop', ended: 'Close' }[step] ?? 'Cancel'}
        </button>
      </div>
    </dialog>
  `;
}
