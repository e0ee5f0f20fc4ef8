import { html, useState } from './preact.js';
import { session } from './session.js';

/** Asks for a key or a token, which stays in this tab. `onDone` is called when there is another one. */
export function LogIn({ refusal, onDone }) {
  const [key, setKey] = useState('');
  const submit = (event) => {
    event.preventDefault();
    if (key.trim() === '') return;
    session.logIn(key.trim());
    onDone();
  };
  return html`
    <section class="panel log-in" aria-labelledby="log-in-title">
      <h2 id="log-in-title">Who are you?</h2>
      <p>
        This service asks for an API key or a token with the role <b>read</b>. Dead letters and replicas
        take${' '} <b>operate</b>, sending takes <b>send</b>.
      </p>
      <form onSubmit=${submit}>
        <label>
          API key or token
          <input
            type="password"
            name="key"
            autocomplete="off"
            required
            value=${key}
            onInput=${(event) => setKey(event.target.value)}
          />
        </label>
        <button type="submit" class="primary">Log in</button>
      </form>
      <p class="empty">It is kept in this tab until you close it, and nowhere else.</p>
      ${session.key !== undefined && html`<p class="why" role="alert">${refusal}</p>`}
    </section>
  `;
}
