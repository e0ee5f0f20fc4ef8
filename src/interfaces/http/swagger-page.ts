import { Router, type RequestHandler } from 'express';
import swaggerUi from 'swagger-ui-express';
import type { OpenApi } from './served-api.js';

const PAGE = '/swagger/index.html';

/** The page before the assets: these have a page of their own under that name, of the Petstore. */
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
  router.get(
    PAGE,
    swaggerUi.setup(openApi, {
      customSiteTitle: openApi.info.title,
      customCss: '.swagger-ui .topbar, .swagger-ui .auth-wrapper { display: none }',
      swaggerOptions: { tryItOutEnabled: true, validatorUrl: null },
    }),
  );
  router.use('/swagger', swaggerUi.serve);
  return router;
}
