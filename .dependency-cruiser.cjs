/** The rules of the layers. Each has a probe in test/architecture that makes it fail. */
const layer = (name) => `^src/${name}/`;
const outside = (...layers) => ({ pathNot: layers.map(layer) });

module.exports = {
  forbidden: [
    {
      name: 'domain-imports-domain',
      comment: 'The domain imports nothing but itself: no package, no node.',
      severity: 'error',
      from: { path: layer('domain') },
      to: outside('domain'),
    },
    {
      name: 'application-imports-domain',
      comment: 'The application imports itself and the domain: no package, no node.',
      severity: 'error',
      from: { path: layer('application') },
      to: outside('application', 'domain'),
    },
    {
      name: 'infrastructure-knows-no-outer-layer',
      severity: 'error',
      from: { path: layer('infrastructure') },
      to: { path: [layer('interfaces'), layer('bootstrap')] },
    },
    {
      name: 'interfaces-know-no-infrastructure',
      severity: 'error',
      from: { path: layer('interfaces') },
      to: { path: [layer('infrastructure'), layer('bootstrap')] },
    },
    {
      name: 'container-only-in-bootstrap',
      severity: 'error',
      from: outside('bootstrap'),
      to: { path: 'node_modules/(inversify|@inversifyjs|reflect-metadata)/' },
    },
    {
      name: 'kafkajs-only-in-kafka-adapters',
      severity: 'error',
      from: { pathNot: ['^src/[^/]+/messaging/kafka/', '^src/bootstrap/modules/kafka[.]module[.]ts$'] },
      to: { path: 'node_modules/kafkajs/' },
    },
    {
      name: 'express-and-tsoa-only-in-http',
      severity: 'error',
      from: { pathNot: '^src/interfaces/http/' },
      to: {
        path: 'node_modules/(express|@types/express|helmet|tsoa|@tsoa|swagger-ui-express|@types/swagger-ui-express)/',
      },
    },
    {
      name: 'pg-only-in-postgres-adapters',
      severity: 'error',
      from: {
        pathNot: [
          '^src/infrastructure/persistence/postgres/',
          '^src/bootstrap/modules/postgres[.]module[.]ts$',
        ],
      },
      to: { path: 'node_modules/(pg|@types/pg|node-pg-migrate)/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nothing-unresolvable',
      comment: 'A broken import would satisfy every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/interfaces/http/generated/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
