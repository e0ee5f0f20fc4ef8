import { urlTo } from './api.js';
import { updated } from './live-view.js';

const RETRY_MS = 2_000;

/**
 * Follows the stream of the service. `onChange` gets `{ connection, view }`: `connection` is `connecting`, `live`, `lost`
 * or `asleep` (the tab is hidden, and the stream closed). Returns what ends it.
 */
export function followService(onChange) {
  let source;
  let retry;
  let lastEventId = '';
  let state = { connection: 'connecting', view: undefined };

  const change = (part) => {
    state = { ...state, ...part };
    onChange(state);
  };
  const receive = (next) => (event) => {
    lastEventId = event.lastEventId;
    change({ connection: 'live', view: next(JSON.parse(event.data)) });
  };
  const close = () => {
    clearTimeout(retry);
    source?.close();
    source = undefined;
  };
  const open = () => {
    close();
    const query = lastEventId === '' ? '' : `?lastEventId=${encodeURIComponent(lastEventId)}`;
    source = new EventSource(urlTo(`api/Live${query}`));
    source.addEventListener('open', () => change({ connection: state.view ? 'live' : 'connecting' }));
    source.addEventListener(
      'snapshot',
      receive((view) => view),
    );
    source.addEventListener(
      'update',
      receive((update) => updated(state.view, update)),
    );
    source.addEventListener('error', () => {
      change({ connection: 'lost' });
      // it tries again by itself, unless the response was an error
      if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS);
    });
  };
  const onVisibility = () => {
    if (document.hidden) {
      close();
      change({ connection: 'asleep' });
    } else open();
  };

  document.addEventListener('visibilitychange', onVisibility);
  onVisibility();
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    close();
  };
}
