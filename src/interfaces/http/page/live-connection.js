import { urlTo } from './api.js';
import { readEvents } from './event-stream.js';
import { updated } from './live-view.js';

const RETRY_MS = 1_000;
const REFUSALS = [401, 403];

/**
 * Follows the stream of the service. `onChange` gets `{ connection, view, roles, refusal }`: `connection` is `connecting`, `live`, `lost`,
 * `locked` (the service asks for another key, as `refusal` says) or `asleep` (the tab is hidden, and the stream closed). Returns
 * what opens it again, with another key for example, and what ends it.
 */
export function followService(onChange) {
  let stream = new AbortController();
  let retry;
  let lastEventId = '';
  let state = { connection: 'connecting', view: undefined };

  const change = (part) => {
    state = { ...state, ...part };
    onChange(state);
  };
  const receive = ({ id, event, data }) => {
    if (data === undefined) return; // a comment, or when to try again
    lastEventId = id ?? lastEventId;
    const content = JSON.parse(data);
    if (event === 'snapshot') change({ connection: 'live', view: content });
    if (event === 'update') change({ connection: 'live', view: updated(state.view, content) });
  };
  const close = () => {
    clearTimeout(retry);
    stream.abort();
  };
  const open = async () => {
    close();
    stream = new AbortController();
    const { signal } = stream;
    const query = lastEventId === '' ? '' : `?lastEventId=${encodeURIComponent(lastEventId)}`;
    const onOpen = (roles) => change({ connection: state.view ? 'live' : 'connecting', roles });
    let failure;
    try {
      await readEvents(urlTo(`api/Live${query}`), { signal, onOpen, onEvent: receive });
    } catch (error) {
      failure = error;
    }
    if (signal.aborted) return;
    if (REFUSALS.includes(failure?.status)) {
      lastEventId = '';
      change({ connection: 'locked', view: undefined, refusal: failure.message });
      return;
    }
    change({ connection: 'lost' });
    retry = setTimeout(open, RETRY_MS);
  };
  const onVisibility = () => {
    if (document.hidden) {
      close();
      change({ connection: 'asleep' });
    } else void open();
  };

  document.addEventListener('visibilitychange', onVisibility);
  onVisibility();
  return {
    reopen: () => void open(),
    end: () => {
      document.removeEventListener('visibilitychange', onVisibility);
      close();
    },
  };
}
