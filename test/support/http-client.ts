import { connect, type Socket } from 'node:net';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import openApi from '../../src/interfaces/http/generated/swagger.json' with { type: 'json' };

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, that of NDJSON, of events and of plain text as its text; `undefined` when there is none. */
  readonly json: unknown;
}

export interface Exchange {
  readonly method: string;
  /** As in the OpenAPI document; the path itself when the document has no such operation. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
}

interface Header {
  readonly required?: boolean;
  readonly schema: { readonly type: string; readonly pattern?: string };
}
interface DocumentedResponse {
  readonly content?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, Header | { readonly $ref: string }>>;
  readonly 'x-refusal'?: boolean;
}
type Operations = Readonly<
  Record<string, { readonly responses: Readonly<Record<string, DocumentedResponse>> }>
>;

const PATHS: Readonly<Record<string, Operations>> = openApi.paths;
const HEADERS: Readonly<Record<string, Header>> = openApi.components.headers;
const PROBLEM = 'application/problem+json';
/** The statuses of responses that no operation gave: unknown path or method, or not even a request. */
const OUTSIDE_OF_OPERATIONS = [400, 404, 405, 408, 413, 429, 431];

// ajv-formats is CommonJS: its types put the function below `default`, in jest too.
const ajv = formats.default(new Ajv({ strict: false, allErrors: true })).addSchema(openApi, 'openapi');

/** Speaks HTTP, and fails on every response that the OpenAPI document does not describe. */
export class HttpClient {
  constructor(
    readonly url: string,
    private readonly exchanges: Exchange[] = [],
  ) {}

  get(path: string, headers: Record<string, string> = {}): Promise<HttpResponse> {
    return this.request('GET', path, { headers });
  }

  /** POSTs `body` as JSON; a string or bytes as they stand. */
  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<HttpResponse> {
    return this.request('POST', path, {
      headers: { 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
  }

  async request(method: string, path: string, init: RequestInit = {}): Promise<HttpResponse> {
    const fetched = await fetch(this.url + path, { redirect: 'manual', ...init, method });
    return this.checked(method, path, toResponse(fetched.status, fetched.headers, await fetched.text()));
  }

  /** Writes `bytes` on a connection of its own and reads until the service ends it. */
  async raw(bytes: string, [method, path]: [string, string] = ['(unparsable)', '']): Promise<HttpResponse> {
    const [head = '', ...body] = (await exchangeBytes(this.url, bytes)).split('\r\n\r\n');
    const [statusLine = '', ...lines] = head.split('\r\n');
    const headers = new Headers(lines.map((line) => line.split(': ', 2) as [string, string]));
    return this.checked(
      method,
      path,
      toResponse(Number(statusLine.split(' ')[1]), headers, body.join('\r\n\r\n')),
    );
  }

  private checked(method: string, path: string, response: HttpResponse): HttpResponse {
    const contentType = response.headers.get('content-type')?.split(';')[0] ?? '';
    const operationName = method === 'HEAD' ? 'get' : method.toLowerCase();
    const template = findTemplate(path, operationName);
    const operation = PATHS[template]?.[operationName];
    this.exchanges.push({ method, path: template, status: response.status, contentType });
    const what = `${method} ${path} returned ${response.status} ${contentType} ${response.text.slice(0, 500)}`;

    if (response.headers.get('x-correlation-id') === null) throw new Error(`no correlation id: ${what}`);
    if (method === 'OPTIONS') return response;
    const described = operation?.responses[response.status];
    if (operation !== undefined && described === undefined) throw new Error(`undocumented: ${what}`);
    for (const [name, header] of Object.entries(described?.headers ?? {}))
      checkHeader(name, '$ref' in header ? HEADERS[name] : header, response.headers.get(name), what);
    if (method === 'HEAD') return response;
    if (response.text === '' && described !== undefined && !('content' in described)) return response;
    const validate =
      operation === undefined
        ? undocumented(response, what)
        : documented(template, method, response, contentType);
    if (!validate(response.json)) throw new Error(`${ajv.errorsText(validate.errors)}: ${what}`);
    return response;
  }
}

/** All that the service writes to a connection that got `bytes`, until it ends it. */
export function exchangeBytes(url: string, bytes: string): Promise<string> {
  const { port, hostname } = new URL(url);
  return exchangeOn(connect(Number(port), hostname), bytes);
}

/** The same on a connection that is open already. */
export async function exchangeOn(socket: Socket, bytes: string): Promise<string> {
  socket.setEncoding('utf8').write(bytes);
  let received = '';
  for await (const text of socket) received += String(text);
  return received;
}

/** The documented (operation, status) pairs that did not occur, of the paths asked for, where nobody is asked who they are. */
export function responsesWithout(
  exchanges: readonly Exchange[],
  isAskedFor: (path: string) => boolean,
): string[] {
  const occurred = new Set(exchanges.map(({ method, path, status }) => `${method} ${path} ${status}`));
  return Object.entries(PATHS)
    .filter(([path]) => isAskedFor(path))
    .flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses }]) =>
        Object.entries(responses)
          .filter(([, response]) => response['x-refusal'] !== true)
          .map(([status]) => `${method.toUpperCase()} ${path} ${status}`),
      ),
    )
    .filter((response) => !occurred.has(response));
}

function checkHeader(name: string, header: Header | undefined, value: string | null, what: string): void {
  if (value === null) {
    if (header?.required === true) throw new Error(`no header ${name}: ${what}`);
    return;
  }
  const sent = header?.schema.type === 'integer' ? Number(value) : value;
  if (header === undefined || !ajv.validate(header.schema, sent))
    throw new Error(`${name}: ${value} is not as documented: ${what}`);
}

function undocumented({ status, headers }: HttpResponse, what: string): ValidateFunction {
  if (!OUTSIDE_OF_OPERATIONS.includes(status)) throw new Error(`undocumented: ${what}`);
  if (!headers.get('content-type')?.startsWith(PROBLEM)) throw new Error(`not a problem document: ${what}`);
  if (status === 405 && !headers.has('allow')) throw new Error(`no header Allow: ${what}`);
  return schemaAt('openapi#/components/schemas/ProblemDetails');
}

function documented(
  path: string,
  method: string,
  { status }: HttpResponse,
  contentType: string,
): ValidateFunction {
  const pointer = [
    'paths',
    path,
    method.toLowerCase(),
    'responses',
    String(status),
    'content',
    contentType,
    'schema',
  ];
  return schemaAt(
    `openapi#/${pointer.map((part) => encodeURIComponent(part.replaceAll('/', '~1'))).join('/')}`,
  );
}

/** Throws when there is nothing at `reference`: a content type that isn't documented. */
function schemaAt(reference: string): ValidateFunction {
  return ajv.getSchema(reference) ?? ajv.compile({ $ref: reference });
}

function findTemplate(path: string, operationName: string): string {
  const pathname = path.split('?')[0] ?? '';
  const matches = (template: string) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname);
  const templates = Object.keys(PATHS).filter((path) => Object.hasOwn(PATHS[path] ?? {}, operationName));
  return templates.includes(pathname) ? pathname : (templates.find(matches) ?? pathname);
}

function toResponse(status: number, headers: Headers, text: string): HttpResponse {
  const type = headers.get('content-type') ?? '';
  const isJson = /[/+]json/.test(type) && text !== '';
  const json: unknown = isJson
    ? JSON.parse(text)
    : /ndjson|^text\/(plain|event-stream)/.test(type)
      ? text
      : undefined;
  return { status, headers, text, json };
}
