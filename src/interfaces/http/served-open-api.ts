import type { Operation } from './server/known-paths.js';
import type { OpenApi } from './server/swagger-page.js';

interface Described extends Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly responses: Record<string, DescribedResponse>;
  security?: readonly Readonly<Record<string, unknown>>[];
}
interface DescribedResponse {
  readonly links?: Record<string, Link>;
  /** Of one who may not: only where somebody is asked, or limited. */
  readonly 'x-refusal'?: boolean;
}
interface Link {
  readonly operationId: string;
}
interface Document extends OpenApi {
  readonly paths: Record<string, Record<string, Described>>;
  readonly components: { readonly securitySchemes: Record<string, unknown> };
  tags: { readonly name: string }[];
}

/** How clients can prove who they are, by the names of the document, where nobody has to, and whether each has a limit. */
export interface Asked {
  readonly apiKey: boolean;
  readonly token: boolean;
  readonly isOpen: (path: string) => boolean;
  readonly isLimited: boolean;
}

const TOO_MANY = '429';

/** What of the document is served: no other path, no link to one, no tag of which nothing is left, and who is asked for what. */
export function servedOpenApi(document: OpenApi, isServed: (path: string) => boolean, asked: Asked): OpenApi {
  const served = structuredClone(document) as Document;
  for (const path of Object.keys(served.paths).filter((each) => !isServed(each)))
    Reflect.deleteProperty(served.paths, path);
  const operations = Object.values(served.paths).flatMap((methods) => Object.values(methods));
  const ids = operations.map(({ operationId }) => operationId);
  for (const { links = {} } of operations.flatMap(({ responses }) => Object.values(responses))) {
    for (const [name, { operationId }] of Object.entries(links))
      if (!ids.includes(operationId)) Reflect.deleteProperty(links, name);
  }
  served.tags = served.tags.filter(({ name }) => operations.some(({ tags }) => tags.includes(name)));
  askFor(served, asked);
  if (!asked.isLimited) for (const { responses } of operations) Reflect.deleteProperty(responses, TOO_MANY);
  return served;
}

function askFor({ paths, components }: Document, asked: Asked): void {
  const isAsked = (scheme: string) => asked[scheme as 'apiKey' | 'token'];
  for (const scheme of Object.keys(components.securitySchemes).filter((each) => !isAsked(each)))
    Reflect.deleteProperty(components.securitySchemes, scheme);
  for (const [path, operations] of Object.entries(paths)) {
    for (const operation of Object.values(operations)) {
      const { security = [], responses } = operation;
      const left = asked.isOpen(path) ? [] : security.filter((each) => Object.keys(each).every(isAsked));
      operation.security = left;
      if (left.length > 0 || security.length === 0) continue;
      Reflect.deleteProperty(operation, 'x-roles');
      for (const [status, response] of Object.entries(responses))
        if (response['x-refusal'] === true && status !== TOO_MANY) Reflect.deleteProperty(responses, status);
    }
  }
}
