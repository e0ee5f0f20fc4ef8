import { html, useEffect, useMemo, useRef, useState } from './preact.js';
import { DeadLetters } from './dead-letters.js';
import { Flow } from './flow.js';
import { followService } from './live-connection.js';
import { LogIn } from './log-in.js';
import { Moves } from './moves.js';
import { OrderDesk } from './order-desk.js';
import { Plots } from './plots.js';
import { Replicas } from './replicas.js';
import { session } from './session.js';
import { Totals } from './totals.js';
import { TopBar } from './top-bar.js';
import { useFollowedOrders } from './followed-orders.js';

/** What stands behind `#`: `dead-letters`, `dead-letters/<order id>`, `order/<order id>`, or nothing. */
function useRoute() {
  const read = () => location.hash.slice(1).split('/').map(decodeURIComponent);
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const onChange = () => setRoute(read());
    addEventListener('hashchange', onChange);
    return () => removeEventListener('hashchange', onChange);
  }, []);
  return route;
}

/** What the client may do there. Where nobody is asked who they are, there are no roles, and everybody may. */
function allowed(service, roles) {
  const may = (role) => roles === undefined || roles.includes(role);
  return { ...service, actions: may('operate') ? service.actions : [], takesOrders: may('send') };
}

export function App() {
  const [{ connection, view: seen, roles, refusal }, setState] = useState({
    connection: 'connecting',
    view: undefined,
  });
  const view = useMemo(() => seen && { ...seen, service: allowed(seen.service, roles) }, [seen, roles]);
  const stream = useRef();
  const [place = '', orderId] = useRoute();
  const followed = useFollowedOrders(view);
  useEffect(() => {
    stream.current = followService(setState);
    return stream.current.end;
  }, []);
  useEffect(() => {
    if (place === 'order' && orderId) void followed.search(orderId);
  }, [place, orderId]);
  const atDeadLetters = place === 'dead-letters';
  const logOut = () => {
    session.logOut();
    location.reload();
  };

  return html`
    <${TopBar}
      view=${view}
      connection=${connection}
      at=${place}
      onLogOut=${connection !== 'locked' && session.key && logOut}
    />
    <main class=${connection === 'lost' ? 'stale' : ''}>
      ${
        connection === 'locked'
          ? html`<${LogIn} refusal=${refusal} onDone=${() => stream.current.reopen()} />`
          : view === undefined
            ? html`<${Waiting} connection=${connection} />`
            : html`
                <${Totals} view=${view} />
                ${
                  atDeadLetters
                    ? html`<${DeadLetters} key=${orderId ?? ''} view=${view} orderId=${orderId} />`
                    : html`<${Live} view=${view} followed=${followed} />`
                }
              `
      }
    </main>
  `;
}

function Live({ view, followed }) {
  return html`
    <div class="live">
      <div class="picture">
        <${Flow} view=${view} />
        <${Replicas} view=${view} />
        <${Plots} history=${view.history} />
      </div>
      <div class="side">
        <${OrderDesk} service=${view.service} replicas=${view.replicas} followed=${followed} />
        <${Moves} moves=${view.moves} />
      </div>
    </div>
  `;
}

function Waiting({ connection }) {
  const text =
    connection === 'lost'
      ? 'The service sends no data. Is it running, with PAGE=on? The page tries again every few seconds.'
      : 'Waiting for the first data …';
  return html`<p class="panel waiting">${text}</p>`;
}
