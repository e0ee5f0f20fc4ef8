import type { Application } from 'express';

/** Of docs/reference/asyncapi.yaml: the text, and the page that scripts/async-api-page.mjs made of it. */
export interface AsyncApi {
  readonly document: string;
  readonly page: string;
}

/** What is in the topics, for programs and for readers. @see https://www.rfc-editor.org/rfc/rfc9512 */
export function serveAsyncApi(app: Application, { document, page }: AsyncApi): void {
  app.get('/asyncapi.yaml', (_request, response) => {
    response.type('application/yaml').send(document);
  });
  app.get('/asyncapi', (_request, response) => {
    response.redirect('/asyncapi/index.html');
  });
  app.get('/asyncapi/index.html', (_request, response) => {
    response.type('html').send(page);
  });
}
