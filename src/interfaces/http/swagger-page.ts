import { Router, type RequestHandler } from 'express';
import swaggerUi, { type SwaggerUiOptions } from 'swagger-ui-express';
import type { OpenApi } from './served-api.js';

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
  customCss: '.swagger-ui .topbar, .swagger-ui .auth-wrapper { display: none }',
  swaggerOptions: { tryItOutEnabled: true, validatorUrl: null },
};

export function swaggerPage(openApi: OpenApi): Router {
  const router = Router();
  const toPage: RequestHandler = (_request, response) => {
    response.redirect(PAGE);
  };
  router.get('/', toPage);
  router.get('/swagger', toPage);
  router.get('/swagger/swagger.json', (_request, response) => {
    response.json(openApi);
  });
  router.get(PAGE, swaggerUi.setup(openApi, { ...OPTIONS, customSiteTitle: openApi.info.title }));
  router.use('/swagger', onlyAssets, swaggerUi.serveFiles(openApi, OPTIONS));
  return router;
}

const onlyAssets: RequestHandler = ({ path }, _response, next) => {
  next(ASSETS.has(path) ? undefined : 'router');
};
