import { Router, type Application, type RequestHandler } from 'express';
import swaggerUi, { type SwaggerUiOptions } from 'swagger-ui-express';
import type { Paths } from './known-paths.js';

export type OpenApi = {
  readonly info: { readonly title: string };
  readonly paths: Paths;
};

const PAGE = '/swagger/index.html';
/** What the page loads. The viewer's package has more: its version, and a page of the Petstore. */
const ASSETS = new Set([
  '/swagger-ui.css',
  '/swagger-ui-bundle.js',
  '/swagger-ui-standalone-preset.js',
  '/swagger-ui-init.js',
  '/favicon-16x16.png',
  '/favicon-32x32.png',
]);
const OPTIONS: SwaggerUiOptions = {
  customCss: '.swagger-ui .topbar { display: none }',
  swaggerOptions: { tryItOutEnabled: true, validatorUrl: null },
};

/** Under `/swagger`, to which `/` redirects unless it is the live page. */
export function serveSwaggerPage(app: Application, openApi: OpenApi): void {
  const viewer = Router();
  const toPage: RequestHandler = (_request, response) => {
    response.redirect(PAGE);
  };
  app.get('/', toPage);
  app.use('/swagger', viewer);
  viewer.get('/', toPage);
  viewer.get('/swagger.json', (_request, response) => {
    response.json(openApi);
  });
  viewer.get('/index.html', swaggerUi.setup(openApi, { ...OPTIONS, customSiteTitle: openApi.info.title }));
  viewer.use(onlyAssets, swaggerUi.serveFiles(openApi, OPTIONS));
}

const onlyAssets: RequestHandler = ({ path }, _response, next) => {
  next(ASSETS.has(path) ? undefined : 'router');
};
