/** An event of a stream, with its data as JSON. */
export interface ReadEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Reads server-sent events; what has neither name nor data is left out. */
export async function* readEvents(body: ReadableStream<Uint8Array> | null): AsyncGenerator<ReadEvent> {
  let text = '';
  for await (const chunk of body ?? []) {
    text += Buffer.from(chunk).toString();
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]));
      const [event, data] = [fields.get('event'), fields.get('data')];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) as unknown };
    }
  }
}
