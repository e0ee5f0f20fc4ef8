import { html, useState } from './preact.js';
import { session } from './session.js';

const SAID_FOR_MS = 2_000;

/** A button that copies a command. Without a secure context there is no clipboard: then it shows the command to be copied. */
export function CopyCurl({ command }) {
  const [said, setSaid] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(command);
      setSaid('Copied');
      setTimeout(() => setSaid(''), SAID_FOR_MS);
    } catch {
      setSaid('shown');
    }
  };
  return html`
    <button type="button" class="quiet" onClick=${copy} title=${command}>
      <span aria-live="polite">${said === 'Copied' ? 'Copied' : 'Copy as curl'}</span>
    </button>
    ${said === 'shown' && html`<code class="command" tabindex="0">${command}</code>`}
  `;
}

export function curlGet(url) {
  return `curl ${url}${credential()}`;
}

/** As a shell takes it: within single quotes nothing but these has a meaning. */
export function curlPost(url, body) {
  const json = JSON.stringify(body).replaceAll("'", String.raw`'\''`);
  return `curl -i ${url}${credential()} -H 'Content-Type: application/json' -d '${json}'`;
}

/** The key itself is not for the clipboard. */
function credential() {
  const [name] = Object.keys(session.headers());
  if (name === undefined) return '';
  return name === 'Authorization' ? ' -H "Authorization: Bearer $TOKEN"' : ` -H "${name}: $API_KEY"`;
}
