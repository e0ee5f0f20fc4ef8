import { isUtf8 } from 'node:buffer';
import { json, type RequestHandler } from 'express';
import { HttpProblem } from '../problems/problem-details.js';
import { BODY_TOO_LARGE } from '../problems/problem-mapping.js';

const JSON_MEDIA_TYPE = 'application/json';
const MAX_BODY_BYTES = 64 * 1024;
const MAX_HEADERS = 100;
const ABSOLUTE = /^https?:\/\//i;

/** The target as Express reads it. Express fails on one that is no URL before any handler runs: it becomes `*`, which is at no path. */
export function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  if (!ABSOLUTE.test(target) || !URL.canParse(target)) return '*';
  const { pathname, search } = new URL(target);
  return pathname + search;
}

/**
 * Rejects what Node's parser lets through. It silently drops the headers after the 2,000th, takes the first of two `Host`,
 * responds to a missing one without a body, and reads HTTP 0.9 and 2.0 as if they were 1.1.
 */
export const checkHeaders: RequestHandler = ({ headers, httpVersion, rawHeaders }, _, next) => {
  if (rawHeaders.length / 2 > MAX_HEADERS) {
    const detail = `The request has more than ${MAX_HEADERS} headers.`;
    throw new HttpProblem({ name: 'headers-too-large', detail });
  }
  const hosts = countHeader(rawHeaders, 'host');
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0')) {
    throw badlyFramed(hosts > 1 ? 'There is more than one header Host.' : 'The header Host is missing.');
  }
  if (httpVersion !== '1.1' && httpVersion !== '1.0') throw badlyFramed('The request is not HTTP 1.1.');
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && (httpVersion !== '1.1' || coding.toLowerCase() !== 'chunked')) {
    throw badlyFramed('The Transfer-Encoding can only be chunked, with HTTP 1.1.');
  }
  next();
};

/** `rawHeaders` has names and values in turn. */
function countHeader(rawHeaders: readonly string[], name: string): number {
  return rawHeaders.filter((each, index) => index % 2 === 0 && each.toLowerCase() === name).length;
}

/** Any JSON value. The parser would silently replace what isn't UTF-8. */
const parseJson = json({
  type: () => true,
  limit: MAX_BODY_BYTES,
  strict: false,
  verify: (_request, _response, body, charset) => {
    if (charset !== 'utf-8') throw notJson('Send the body in UTF-8.');
    if (!isUtf8(body)) throw new HttpProblem({ name: 'malformed-request', detail: 'The body is not UTF-8.' });
  },
});

/** Reads the body of a POST as JSON, unless it is a stream. */
export function readJson(isStreamed: (method: string, path: string) => boolean): RequestHandler {
  return (request, response, next) => {
    if (request.method !== 'POST' || isStreamed(request.method, request.path)) {
      next();
      return;
    }
    const { 'content-length': length, 'content-type': type } = request.headers;
    // before anything of it is read: the parser would read all of it first
    if (Number(length ?? 0) > MAX_BODY_BYTES) throw new HttpProblem(BODY_TOO_LARGE);
    const isJson = type === JSON_MEDIA_TYPE || request.is(JSON_MEDIA_TYPE);
    if (isJson === false && length !== '0') throw notJson(`Send the body as ${JSON_MEDIA_TYPE}.`);
    if (isJson === false) next();
    else parseJson(request, response, next);
  };
}

/** The connection ends: what follows on it may belong to this request, or not. */
function badlyFramed(detail: string): HttpProblem {
  return new HttpProblem({ name: 'malformed-request', detail, headers: { Connection: 'close' } });
}

function notJson(detail: string): HttpProblem {
  return new HttpProblem({ name: 'unsupported-media-type', detail });
}
