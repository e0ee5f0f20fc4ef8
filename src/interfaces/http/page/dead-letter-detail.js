import { html, useEffect, useState } from './preact.js';
import { getJson, urlTo } from './api.js';
import { CopyCurl, curlGet } from './copy-curl.js';
import { dateTime, number } from './format.js';

/** One dead letter with all of its bytes. */
export function DeadLetterDetail({ id, ask }) {
  const [letter, setLetter] = useState();
  const [error, setError] = useState();
  useEffect(() => {
    getJson(`api/DeadLetter/${id}`).then(setLetter, setError);
  }, [id]);
  if (error) return html`<p class="why" role="alert">${error.message}</p>`;
  if (letter === undefined) return html`<p class="empty">Loading …</p>`;
  const facts = [
    ['Error', `${letter.errorMessage} (${letter.errorCode}, ${letter.stage})`],
    ['Attempts', `${number(letter.attempts)}, on ${letter.replica} in ${letter.consumerGroup}`],
    ['First failure', dateTime(letter.firstFailureAt)],
    ['Last failure', dateTime(letter.lastFailureAt)],
    ['Origin', `${letter.topic}, partition ${letter.partition}, offset ${letter.offset}`],
    ['Published', dateTime(letter.sentAt)],
    ['Redriven before', number(letter.redriveCount)],
    ['Key', letter.key ? textOf(letter.key) : 'none'],
  ];
  return html`
    <div class="detail">
      <dl>
        ${facts.map(
          ([name, value]) =>
            html`<div key=${name}>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
      <div>
        <h3>Payload ${letter.value && html`<small>${number(letter.value.bytes)} bytes</small>`}</h3>
        <pre tabindex="0">${letter.value ? readable(letter.value) : 'none'}</pre>
      </div>
      <div class="all-headers">
        <h3>Headers</h3>
        <dl class="headers">
          ${Object.entries(letter.headers).map(
            ([name, value]) =>
              html`<div key=${name}>
                <dt>${name}</dt>
                <dd>${textOf(value)}</dd>
              </div>`,
          )}
        </dl>
      </div>
      <div class="actions">
        <button type="button" onClick=${ask('Redrive', { ids: [id] })}>Redrive it …</button>
        <button type="button" onClick=${ask('Discard', { ids: [id] })}>Discard it …</button>
        <${CopyCurl} command=${curlGet(urlTo(`api/DeadLetter/${id}`))} />
      </div>
    </div>
  `;
}

function textOf({ text, base64 }) {
  return text ?? `base64: ${base64}`;
}

/** JSON in lines; anything else as it is. */
function readable(content) {
  try {
    return JSON.stringify(JSON.parse(content.text), undefined, 2);
  } catch {
    return textOf(content);
  }
}
