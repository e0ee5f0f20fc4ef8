import { session } from './session.js';

/**
 * Reads server-sent events until the stream ends. `EventSource` can't say who asks. Throws what `fetch` does; `status` tells that
 * of a response that is no stream. `onOpen` gets the roles of the client, where these matter. @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function readEvents(url, { signal, onOpen, onEvent }) {
  const response = await fetch(url, {
    headers: { Accept: 'text/event-stream', ...session.headers() },
    signal,
  });
  if (!response.ok) throw Object.assign(new Error(await explain(response)), { status: response.status });
  onOpen(response.headers.get('X-Client-Roles')?.split(','));
  let rest = '';
  for await (const text of chunksOf(response.body.pipeThrough(new TextDecoderStream()))) {
    const events = (rest + text).split('\n\n');
    rest = events.pop();
    for (const event of events) onEvent(parse(event));
  }
}

async function explain(response) {
  const { title = '', detail = '' } = await response.json().catch(() => ({}));
  return `${title}: ${detail}`;
}

/** Not all browsers iterate a stream. */
async function* chunksOf(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** This service writes each field on one line, with a blank behind its colon. */
function parse(text) {
  const fields = text.split('\n').map((line) => /^(\w*): ?(.*)$/.exec(line) ?? []);
  return Object.fromEntries(fields.map(([, name, value]) => [name, value]));
}
