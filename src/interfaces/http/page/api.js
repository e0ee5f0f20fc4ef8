import { session } from './session.js';

/** The service did not do what was asked; the message is for the reader. */
export class Refusal extends Error {
  constructor(message, { type, status } = {}) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

export const SEND_PATH = 'api/Order/Send';
export const IMPORT_PATH = 'api/Order/Import';

/** The whole URL: the service may stand behind a proxy, below a path of its own. */
export function urlTo(path) {
  return new URL(path, document.baseURI).href;
}

export function getJson(path) {
  return ask(path, {});
}

export function postJson(path, body) {
  return ask(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** Accepts an order on each line. Returns the summary. */
export async function importOrders(orders) {
  const body = orders.map((order) => JSON.stringify(order)).join('\n');
  const headers = { 'Content-Type': 'application/x-ndjson' };
  const text = await ask(IMPORT_PATH, { method: 'POST', headers, body });
  return JSON.parse(text.trimEnd().split('\n').at(-1)).summary;
}

async function ask(path, init) {
  let response;
  try {
    response = await fetch(urlTo(path), { ...init, headers: { ...init.headers, ...session.headers() } });
  } catch (cause) {
    throw new Refusal('The service can’t be reached. Is it running? Try again.', { cause });
  }
  const type = response.headers.get('Content-Type') ?? '';
  const isJson = /[/+]json\b/.test(type);
  const body = isJson ? await response.json() : await response.text();
  if (response.ok) return body;
  throw new Refusal(explain(response.status, isJson ? body : {}), {
    type: body.type?.split(':').at(-1),
    status: response.status,
  });
}

function explain(status, { title, detail, correlationId }) {
  const text = [title, detail].filter(Boolean).join(': ') || `The service responded ${status}`;
  return status >= 500 && correlationId ? `${text} (correlation id ${correlationId})` : text;
}
