import type { Operation } from './server/known-paths.js';
import type { OpenApi } from './server/swagger-page.js';

interface Described extends Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly responses: Readonly<Record<string, { readonly links?: Record<string, Link> }>>;
}
interface Link {
  readonly operationId: string;
}
interface Document extends OpenApi {
  readonly paths: Record<string, Record<string, Described>>;
  tags: { readonly name: string }[];
}

/** What of the document is served: no other path, no link to one, and no tag of which nothing is left. */
export function servedOpenApi(document: OpenApi, isServed: (path: string) => boolean): OpenApi {
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
  return served;
}
