import { html, useState } from './preact.js';

/** Sends at a submit, one at a time. `send` returns what to tell the reader. */
export function useSending(send) {
  const [state, setState] = useState({ isBusy: false });
  const submit = async (event) => {
    event.preventDefault();
    if (state.isBusy) return;
    setState({ isBusy: true });
    try {
      setState({ isBusy: false, outcome: await send() });
    } catch (refusal) {
      setState({ isBusy: false, error: refusal.message });
    }
  };
  return { ...state, submit };
}

/** Keeps its line, so that what stands below does not jump. */
export function Outcome({ isBusy, outcome, error }) {
  const text = isBusy ? 'Sending …' : (error ?? outcome ?? '');
  return html`<p class="outcome ${error === undefined ? '' : 'bad'}" role="status">${text}</p>`;
}

/** Keeps the fields of a form as text: `field('name')` are the properties of its input. */
export function useFields(initial) {
  const [fields, setFields] = useState(initial);
  const field = (name) => ({
    name,
    value: fields[name],
    onInput: (event) => {
      const { value } = event.target;
      setFields((all) => ({ ...all, [name]: value }));
    },
  });
  return { fields, field };
}
