import { Readable } from 'node:stream';

export const EVENT_STREAM_MEDIA_TYPE = 'text/event-stream';

export interface ServerSentEvent {
  readonly id?: string;
  readonly event: string;
  /** JSON, or what is sent as such. */
  readonly data: string | object;
}

/** When a client whose connection is lost connects again. */
const RETRY_MS = 2_000;
const HEARTBEAT_MS = 15_000;
const HEARTBEAT = ':\n\n';

/**
 * Server-sent events as the body of a response, with a comment every 15 s, so that no proxy takes the connection for dead. It ends
 * with `events`; when these fail `onFailure` is told, and it ends too.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function eventStream(
  events: AsyncIterable<ServerSentEvent>,
  onFailure: (error: unknown) => void,
): Readable {
  const output = new Readable({ read: () => undefined });
  const heartbeats = setInterval(() => output.push(HEARTBEAT), HEARTBEAT_MS);
  const write = async () => {
    output.push(`retry: ${RETRY_MS}\n\n`);
    for await (const event of events) output.push(eventText(event));
  };
  void write()
    .catch(onFailure)
    .finally(() => {
      clearInterval(heartbeats);
      output.push(null);
    });
  return output;
}

export function eventText({ id, event, data }: ServerSentEvent): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${text}\n\n`;
}
