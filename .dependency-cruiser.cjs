/** The rules of the layers and of the packages. Each has a probe in test/architecture that makes it fail. */
const layer = (name) => `^src/${name}/`;
const outside = (...layers) => ({ pathNot: layers.map(layer) });
const LIBRARY = '^packages/delivery/src/';
/** What loads OpenTelemetry. */
const TELEMETRY_SDK = [
  '^src/infrastructure/telemetry/(metrics|metric-data|diagnostics)[.]ts$',
  '^src/infrastructure/telemetry/otlp/otlp-worker[.]js$',
  '^src/infrastructure/telemetry/tracing/',
  '^src/bootstrap/modules/tracing[.]module[.]ts$',
];
const ENTRIES = `${LIBRARY}(engine|kafka|in-memory|contract)/index[.]ts$`;
const inLibrary = (folder) => `${LIBRARY}${folder}/`;
const EXAMPLE = '^packages/delivery/example/src/';
const NODE_MODULES = 'node_modules/';
const PAGE = '^src/interfaces/http/page/';
const BENCHMARKED = '^tools/bench/(systems|load)/';

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
      name: 'server-knows-no-business',
      comment: 'What HTTP itself needs is told about paths by whoever composes it: http-app.ts.',
      severity: 'error',
      from: { path: '^src/interfaces/http/(server|problems)/' },
      to: { path: '^src/interfaces/http/(orders|dead-letters|health|metrics|http-app[.]ts)' },
    },
    {
      name: 'page-imports-page',
      comment: 'The live page runs in browsers: it has nothing but itself, and the package behind preact.js.',
      severity: 'error',
      from: { path: PAGE },
      to: { pathNot: [PAGE, `${NODE_MODULES}htm/`] },
    },
    {
      name: 'page-is-not-imported',
      comment: 'It is served, not run.',
      severity: 'error',
      from: { pathNot: PAGE },
      to: { path: PAGE },
    },
    {
      name: 'library-by-its-entries',
      comment: 'The service uses the delivery library as another service would: by its public entries.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^packages/', pathNot: ENTRIES },
    },
    {
      name: 'no-contract-in-production',
      comment: 'The contract suites are for tests.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: inLibrary('contract') },
    },
    {
      name: 'engine-imports-engine',
      comment: 'The engine imports nothing but itself: no package, no node.',
      severity: 'error',
      from: { path: inLibrary('engine') },
      to: { pathNot: inLibrary('engine') },
    },
    {
      name: 'library-kafka-imports',
      severity: 'error',
      from: { path: inLibrary('kafka') },
      to: {
        pathNot: [inLibrary('engine'), inLibrary('kafka'), `${NODE_MODULES}kafkajs/`],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'library-in-memory-imports',
      severity: 'error',
      from: { path: inLibrary('in-memory') },
      to: { pathNot: [inLibrary('engine'), inLibrary('in-memory')], dependencyTypesNot: ['core'] },
    },
    {
      name: 'library-knows-no-service',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^src/' },
    },
    {
      name: 'example-by-the-entries-alone',
      comment: 'The example shows that the library is all that a consumer needs: no other package, no node.',
      severity: 'error',
      from: { path: EXAMPLE },
      to: { pathNot: [EXAMPLE, ENTRIES] },
    },
    {
      name: 'container-only-in-bootstrap',
      severity: 'error',
      from: { path: ['^src/', LIBRARY], pathNot: layer('bootstrap') },
      to: { path: 'node_modules/(inversify|@inversifyjs|reflect-metadata)/' },
    },
    {
      name: 'kafkajs-only-in-the-library',
      severity: 'error',
      from: { path: ['^src/', LIBRARY], pathNot: inLibrary('kafka') },
      to: { path: 'node_modules/kafkajs/' },
    },
    {
      name: 'express-and-tsoa-only-in-http',
      severity: 'error',
      from: { path: ['^src/', LIBRARY], pathNot: '^src/interfaces/http/' },
      to: {
        path: 'node_modules/(express|@types/express|express-rate-limit|helmet|tsoa|@tsoa|swagger-ui-express|@types/swagger-ui-express)/',
      },
    },
    {
      name: 'pg-only-in-postgres-adapters',
      severity: 'error',
      from: {
        path: ['^src/', LIBRARY],
        pathNot: ['^src/infrastructure/postgres/', '^src/bootstrap/modules/postgres[.]module[.]ts$'],
      },
      to: { path: 'node_modules/(pg|@types/pg|node-pg-migrate)/' },
    },
    {
      name: 'jose-only-where-tokens-are-checked',
      severity: 'error',
      from: { path: ['^src/', LIBRARY], pathNot: '^src/infrastructure/access/' },
      to: { path: 'node_modules/jose/' },
    },
    {
      name: 'opentelemetry-only-in-telemetry',
      severity: 'error',
      from: { path: ['^src/', LIBRARY], pathNot: '^src/infrastructure/telemetry/' },
      to: { path: 'node_modules/@opentelemetry/' },
    },
    {
      name: 'opentelemetry-loaded-only-when-wanted',
      comment: 'It is loaded with these files, and they by a dynamic import.',
      severity: 'error',
      from: { path: '^src/', pathNot: TELEMETRY_SDK },
      to: {
        path: ['node_modules/@opentelemetry/', ...TELEMETRY_SDK],
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nothing-unresolvable',
      comment: 'A broken import would satisfy every other rule.',
      severity: 'error',
      from: { pathNot: BENCHMARKED },
      to: { couldNotResolve: true },
    },
    {
      name: 'nothing-unresolvable-in-the-benchmark',
      comment: 'The packages that it measures beside the service are installed by `npm run bench`.',
      severity: 'error',
      from: { path: BENCHMARKED },
      to: { couldNotResolve: true, pathNot: '^[@a-z]' },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      from: { path: ['^src/', LIBRARY], pathNot: inLibrary('contract') },
      to: {
        pathNot: 'node_modules/kafkajs/',
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^src/interfaces/http/generated/', '^(?!.*node_modules).*\\bdist/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
