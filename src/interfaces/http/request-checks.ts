import { isUtf8 } from 'node:buffer';
import { json, type RequestHandler } from 'express';
import { HttpRefusal } from './problem-details.js';

const JSON_MEDIA_TYPE = 'application/json';
const MAX_BODY_BYTES = 64 * 1024;
const MAX_HEADERS = 100;

/** Node drops the headers after the 2,000th without a word, and answers a missing Host without a body. */
export const checkHeaders: RequestHandler = (request, _response, next) => {
  if (request.rawHeaders.length / 2 > MAX_HEADERS) {
    const detail = `The request has more than ${MAX_HEADERS} headers.`;
    throw new HttpRefusal({ name: 'headers-too-large', detail });
  }
  if (request.httpVersion === '1.1' && request.headers.host === undefined) {
    throw new HttpRefusal({ name: 'malformed-request', detail: 'The header Host is missing.' });
  }
  next();
};

const requireJson: RequestHandler = (request, _response, next) => {
  const empty = request.headers['content-length'] === '0';
  if (!empty && request.is(JSON_MEDIA_TYPE) === false) throw notJson(`Send the body as ${JSON_MEDIA_TYPE}.`);
  next();
};

/** Reads the body as JSON, whatever value it is. What isn't UTF-8 is refused: the parser would replace it silently. */
export const readJson: RequestHandler[] = [
  requireJson,
  json({
    type: JSON_MEDIA_TYPE,
    limit: MAX_BODY_BYTES,
    strict: false,
    verify: (_request, _response, body, charset) => {
      if (charset !== 'utf-8') throw notJson('Send the body in UTF-8.');
      if (!isUtf8(body))
        throw new HttpRefusal({ name: 'malformed-request', detail: 'The body is not UTF-8.' });
    },
  }),
];

function notJson(detail: string): HttpRefusal {
  return new HttpRefusal({ name: 'unsupported-media-type', detail });
}
