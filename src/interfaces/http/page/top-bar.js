import { html } from './preact.js';
import { number } from './format.js';
import { Mark } from './mark.js';

const CONNECTIONS = {
  connecting: { mark: 'joining', text: 'Connecting …' },
  live: { mark: 'working', text: 'Live' },
  brokerless: { mark: 'gone', text: 'The broker does not respond' },
  lost: { mark: 'gone', text: 'Connection lost, trying again …' },
  locked: { mark: 'gone', text: 'Not logged in' },
  asleep: { mark: 'paused', text: 'Asleep while the tab is hidden' },
};
const MESSAGING = { kafka: 'Kafka', 'in-memory': 'messages in memory' };
const STORE = { postgres: 'PostgreSQL', 'in-memory': 'store in memory' };

export function TopBar({ view, connection, at, onLogOut }) {
  const deadLetters = view?.totals.deadLetters.reduce((sum, { count }) => sum + count, 0);
  const current = (isCurrent) => (isCurrent ? 'page' : undefined);
  const atDeadLetters = at === 'dead-letters';
  const isBrokerless = connection === 'live' && view.totals.brokerUnavailable;
  return html`
    <header class="top">
      <h1>Order service</h1>
      <nav aria-label="Views">
        <a href="#" aria-current=${current(!atDeadLetters)}>Live</a>
        <a href="#dead-letters" aria-current=${current(atDeadLetters)}>
          Dead letters ${deadLetters > 0 && html`<span class="count">${number(deadLetters)}</span>`}
        </a>
      </nav>
      ${view && html`<${About} service=${view.service} />`}
      <${Connection} connection=${isBrokerless ? 'brokerless' : connection} />
      <nav class="links" aria-label="More about this service">
        <a href="swagger/index.html">Swagger</a>
        <a href="asyncapi/index.html">AsyncAPI</a>
        <a href="metrics">Metrics</a>
        ${view?.service.links.akhq && html`<a href=${webAddress(view.service.links.akhq)}>AKHQ</a>`}
        ${onLogOut && html`<button type="button" class="quiet" onClick=${onLogOut}>Log out</button>`}
      </nav>
    </header>
  `;
}

function About({ service: { role, messaging, store, topic, group } }) {
  const parts = [`role ${role}`, MESSAGING[messaging], STORE[store]];
  return html`<p class="about" title=${`topic ${topic}, group ${group}`}>${parts.join(' · ')}</p>`;
}

function Connection({ connection }) {
  const { mark, text } = CONNECTIONS[connection];
  return html`<p class="connection is-${connection}" role="status"><${Mark} state=${mark} /> ${text}</p>`;
}

/** Nothing but http: a link must not be a script. */
function webAddress(url) {
  return /^https?:\/\//i.test(url) ? url : undefined;
}
