const MEDIA_TYPE = 'text/event-stream';

/** tsoa says of every stream that it is a text. Of server-sent events a schema is that of each event, not of the text. */
export function describeEvents(openApi) {
  const operations = Object.values(openApi.paths).flatMap((path) => Object.values(path));
  for (const { content } of operations.flatMap(({ responses }) => Object.values(responses))) {
    const schema = content?.[MEDIA_TYPE]?.schema;
    delete schema?.type;
    delete schema?.format;
  }
}
