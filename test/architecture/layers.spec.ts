import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CONFIG = '.dependency-cruiser.cjs';
const config = createRequire(import.meta.url)(join(ROOT, CONFIG)) as { forbidden: { name: string }[] };

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

interface Cruise {
  readonly modules: { readonly source: string; readonly dependencies: { readonly resolved: string }[] }[];
  readonly summary: { readonly violations: Violation[] };
}

/** Runs dependency-cruiser with its configuration on `src`, `packages` and `others` of a folder. */
function cruise(folder: string, others: readonly string[] = []): Promise<Cruise> {
  const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [program, 'src', 'packages', ...others, '--config', CONFIG, '--output-type', 'json'];
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      args,
      { cwd: folder, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (!stdout.startsWith('{'))
          reject(new Error(`dependency-cruiser failed: ${stderr}`, { cause: error }));
        else resolve(JSON.parse(stdout) as Cruise);
      },
    );
  });
}

const LIBRARY = 'packages/delivery';
const ENGINE = `${LIBRARY}/src/engine`;
const KAFKA = `${LIBRARY}/src/kafka`;
const HTTP = 'src/interfaces/http';
const EXAMPLE = `${LIBRARY}/example/src`;

/** A file that breaks one rule, with the code that does it. What it imports of `src` is `INNOCENT`. */
const PROBES: readonly (readonly [rule: string, file: string, code: string])[] = [
  ['domain-imports-domain', 'src/domain/of-application.ts', "import '../application/innocent.js';"],
  [
    'domain-imports-domain',
    'src/domain/type-of-application.ts',
    "import type { T } from '../application/innocent.js'; export type U = T;",
  ],
  [
    'domain-imports-domain',
    'src/domain/again-exported.ts',
    "export { innocent } from '../infrastructure/innocent.js';",
  ],
  ['domain-imports-domain', 'src/domain/of-node.ts', "import 'node:fs';"],
  ['domain-imports-domain', 'src/domain/of-a-package.ts', "import 'uuid';"],
  ['domain-imports-domain', 'src/domain/order/dynamic.ts', "void import('../../bootstrap/innocent.js');"],

  [
    'application-imports-domain',
    'src/application/of-infrastructure.ts',
    "import '../infrastructure/innocent.js';",
  ],
  ['application-imports-domain', 'src/application/of-interfaces.ts', "import '../interfaces/innocent.js';"],
  ['application-imports-domain', 'src/application/of-bootstrap.ts', "import '../bootstrap/innocent.js';"],
  [
    'application-imports-domain',
    'src/application/ports/type-of-infrastructure.ts',
    "import type { T } from '../../infrastructure/innocent.js'; export type U = T;",
  ],
  ['application-imports-domain', 'src/application/of-node.ts', "import 'node:crypto';"],
  ['application-imports-domain', 'src/application/of-a-package.ts', "import 'winston';"],

  [
    'infrastructure-knows-no-outer-layer',
    'src/infrastructure/of-interfaces.ts',
    "import '../interfaces/innocent.js';",
  ],
  [
    'infrastructure-knows-no-outer-layer',
    'src/infrastructure/type-of-interfaces.ts',
    "import type { T } from '../interfaces/innocent.js'; export type U = T;",
  ],
  [
    'infrastructure-knows-no-outer-layer',
    'src/infrastructure/of-bootstrap.ts',
    "import '../bootstrap/innocent.js';",
  ],

  [
    'interfaces-know-no-infrastructure',
    'src/interfaces/of-infrastructure.ts',
    "import '../infrastructure/innocent.js';",
  ],
  [
    'interfaces-know-no-infrastructure',
    'src/interfaces/type-of-infrastructure.ts',
    "import type { T } from '../infrastructure/innocent.js'; export type U = T;",
  ],
  [
    'interfaces-know-no-infrastructure',
    'src/interfaces/of-bootstrap.ts',
    "import '../bootstrap/innocent.js';",
  ],

  ['server-knows-no-business', `${HTTP}/server/of-orders.ts`, "import '../orders/innocent.js';"],
  [
    'server-knows-no-business',
    `${HTTP}/server/type-of-health.ts`,
    "import type { T } from '../health/innocent.js'; export type U = T;",
  ],
  [
    'server-knows-no-business',
    `${HTTP}/problems/of-dead-letters.ts`,
    "import '../dead-letters/innocent.js';",
  ],

  ['page-imports-page', `${HTTP}/page/of-server.js`, "import '../server/innocent.js';"],
  ['page-imports-page', `${HTTP}/page/of-a-package.js`, "import 'uuid';"],
  ['page-is-not-imported', `${HTTP}/server/of-page.ts`, "import '../page/innocent.js';"],

  [
    'opentelemetry-only-in-telemetry',
    'src/infrastructure/logging/opentelemetry.ts',
    "void import('@opentelemetry/api');",
  ],
  [
    'opentelemetry-only-in-telemetry',
    'src/interfaces/messaging/type-of-opentelemetry.ts',
    "import type { Span } from '@opentelemetry/api'; export type S = Span;",
  ],
  [
    'opentelemetry-loaded-only-when-wanted',
    'src/infrastructure/telemetry/sdk.ts',
    "import '@opentelemetry/sdk-metrics';",
  ],
  [
    'opentelemetry-loaded-only-when-wanted',
    'src/bootstrap/static-metrics.ts',
    "import '../infrastructure/telemetry/metrics.js';",
  ],
  [
    'opentelemetry-loaded-only-when-wanted',
    'src/bootstrap/static-tracing.ts',
    "import '../infrastructure/telemetry/tracing/tracing.js';",
  ],

  ['container-only-in-bootstrap', 'src/interfaces/http/container.ts', "import 'inversify';"],
  [
    'container-only-in-bootstrap',
    'src/infrastructure/type-of-container.ts',
    "import type { Container } from 'inversify'; export type C = Container;",
  ],
  ['container-only-in-bootstrap', 'src/infrastructure/metadata.ts', "import 'reflect-metadata';"],

  ['kafkajs-only-in-the-library', 'src/infrastructure/in-memory/kafkajs.ts', "import 'kafkajs';"],
  ['kafkajs-only-in-the-library', 'src/interfaces/messaging/kafkajs.ts', "import 'kafkajs';"],
  ['kafkajs-only-in-the-library', 'src/bootstrap/kafkajs.ts', "import 'kafkajs/src/consumer/consumerGroup';"],
  [
    'kafkajs-only-in-the-library',
    'src/bootstrap/modules/kafka.module.ts',
    "import type { Kafka } from 'kafkajs'; export type K = Kafka;",
  ],

  ['library-by-its-entries', 'src/bootstrap/deep.ts', `import '../../${ENGINE}/inside.js';`],
  [
    'library-by-its-entries',
    'src/infrastructure/type-of-inside.ts',
    `import type { T } from '../../${ENGINE}/inside.js'; export type U = T;`,
  ],
  ['no-contract-in-production', 'src/bootstrap/contract.ts', "import '@order-service/delivery/contract';"],
  ['library-kafka-imports', `${KAFKA}/contract.ts`, "import '../contract/index.js';"],
  ['engine-imports-engine', `${ENGINE}/of-node.ts`, "import 'node:timers';"],
  ['engine-imports-engine', `${ENGINE}/of-kafka.ts`, "import '../kafka/index.js';"],
  ['engine-imports-engine', `${ENGINE}/of-a-package.ts`, "import type { T } from 'uuid'; export type U = T;"],
  ['library-kafka-imports', `${KAFKA}/of-in-memory.ts`, "import '../in-memory/index.js';"],
  ['library-kafka-imports', `${KAFKA}/of-a-package.ts`, "import 'winston';"],
  ['library-in-memory-imports', `${LIBRARY}/src/in-memory/of-kafka.ts`, "import '../kafka/index.js';"],
  ['library-in-memory-imports', `${LIBRARY}/src/in-memory/of-a-package.ts`, "import 'winston';"],
  ['library-knows-no-service', `${LIBRARY}/test/of-service.ts`, "import '../../../src/domain/innocent.js';"],

  ['example-by-the-entries-alone', `${EXAMPLE}/of-inside.ts`, "import '../../src/engine/inside.js';"],
  ['example-by-the-entries-alone', `${EXAMPLE}/of-a-package.ts`, "import 'kafkajs';"],
  ['example-by-the-entries-alone', `${EXAMPLE}/of-node.ts`, "import 'node:events';"],

  ['express-and-tsoa-only-in-http', 'src/bootstrap/express.ts', "import 'express';"],
  [
    'express-and-tsoa-only-in-http',
    'src/infrastructure/type-of-express.ts',
    "import type { Request } from 'express'; export type R = Request;",
  ],
  ['express-and-tsoa-only-in-http', 'src/interfaces/messaging/tsoa.ts', "import '@tsoa/runtime';"],
  ['express-and-tsoa-only-in-http', 'src/bootstrap/modules/swagger.ts', "import 'swagger-ui-express';"],
  ['express-and-tsoa-only-in-http', 'src/bootstrap/rate-limit.ts', "import 'express-rate-limit';"],

  ['pg-only-in-postgres-adapters', 'src/interfaces/pg.ts', "import 'pg';"],
  ['pg-only-in-postgres-adapters', 'src/infrastructure/in-memory/pg.ts', "import 'pg';"],
  [
    'pg-only-in-postgres-adapters',
    'src/bootstrap/type-of-pg.ts',
    "import type { Pool } from 'pg'; export type P = Pool;",
  ],
  ['pg-only-in-postgres-adapters', 'src/bootstrap/pg-migrate.ts', "import 'node-pg-migrate';"],
  ['jose-only-where-tokens-are-checked', 'src/interfaces/http/access/jose.ts', "import 'jose';"],

  ['no-cycles', 'src/domain/cycle/one.ts', "import './other.js';"],
  ['no-cycles', 'src/application/cycle/one.ts', "import type { T } from './other.js'; export type U = T;"],

  ['nothing-unresolvable', 'src/bootstrap/absent-file.ts', "import './absent.js';"],
  [
    'nothing-unresolvable',
    'src/interfaces/type-of-absent-file.ts',
    "import type { T } from './absent.js'; export type U = T;",
  ],
  ['nothing-unresolvable', 'src/bootstrap/absent-package.ts', "import 'no-such-package';"],

  ['nothing-unresolvable-in-the-benchmark', 'tools/bench/systems/absent.mjs', "import './absent-too.mjs';"],

  ['no-development-packages', 'src/infrastructure/development.ts', "import 'fast-check';"],
  ['no-development-packages', 'src/bootstrap/transitive.ts', "import 'logform';"],
];

/** A cycle is reported once, at the probe. */
const OTHER_HALVES: readonly (readonly [file: string, code: string])[] = [
  ['src/domain/cycle/other.ts', "import './one.js';"],
  ['src/application/cycle/other.ts', "import type { U } from './one.js'; export type T = U[];"],
];

const LAYERS = ['domain', 'application', 'infrastructure', 'interfaces', 'bootstrap'];
/** What each may import, so that a probe is not reported for nothing. */
const INNOCENT: readonly (readonly [file: string, code: string])[] = [
  ...LAYERS.map(
    (layer) => [`src/${layer}/innocent.ts`, 'export type T = 1; export const innocent = 1;'] as const,
  ),
  ['src/application/of-domain.ts', "import '../domain/innocent.js';"],
  [
    'src/infrastructure/of-application.ts',
    "import '../application/innocent.js'; import 'node:fs'; import 'uuid';",
  ],
  [
    'src/interfaces/of-application.ts',
    "import '../application/innocent.js'; import '../domain/innocent.js';",
  ],
  ...['orders', 'dead-letters', 'health'].map(
    (folder) =>
      [`${HTTP}/${folder}/innocent.ts`, "import '../server/innocent.js'; export type T = 1;"] as const,
  ),
  [`${HTTP}/server/innocent.ts`, "import '../problems/innocent.js';"],
  [`${HTTP}/problems/innocent.ts`, 'export {};'],
  [`${HTTP}/page/innocent.js`, "import './preact.js';"],
  [`${HTTP}/page/preact.js`, "export * from 'htm/preact/standalone';"],
  [`${HTTP}/http-app.ts`, "import './orders/innocent.js'; import './server/innocent.js';"],
  [
    'src/interfaces/http/express.ts',
    "import 'express'; import '@tsoa/runtime'; import 'swagger-ui-express';",
  ],
  [
    `${KAFKA}/kafkajs.ts`,
    "import 'kafkajs/src/consumer/consumerGroup'; import 'node:net'; import '../engine/index.js';",
  ],
  [`${ENGINE}/inside.ts`, 'export type T = 1;'],
  ...['engine', 'kafka', 'in-memory', 'contract'].map(
    (entry) => [`${LIBRARY}/src/${entry}/index.ts`, 'export {};'] as const,
  ),
  ['src/bootstrap/library.ts', "import '@order-service/delivery'; import '@order-service/delivery/kafka';"],
  [`${EXAMPLE}/by-entries.ts`, "import '@order-service/delivery'; import '@order-service/delivery/kafka';"],
  ['src/infrastructure/telemetry/metrics.ts', "import '@opentelemetry/sdk-metrics'; export type M = 1;"],
  ['src/infrastructure/telemetry/tracing/tracing.ts', "import '@opentelemetry/sdk-trace-base';"],
  [
    'src/bootstrap/dynamic-metrics.ts',
    "import type { M } from '../infrastructure/telemetry/metrics.js'; void import('../infrastructure/telemetry/metrics.js'); export type N = M;",
  ],
  ['src/infrastructure/postgres/pg.ts', "import 'pg'; import 'node-pg-migrate';"],
  ['src/bootstrap/modules/postgres.module.ts', "import 'pg';"],
  [
    'src/bootstrap/container.ts',
    "import 'inversify'; import '../interfaces/innocent.js'; import '../infrastructure/innocent.js';",
  ],
];

/** A folder with the real configuration, packages and settings of the compiler, and these files. */
function folderWith(files: readonly (readonly [file: string, code: string])[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'layers-'));
  for (const name of [CONFIG, 'package.json', 'tsconfig.json']) cpSync(join(ROOT, name), join(folder, name));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  for (const [file, code] of files) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${code}\n`);
  }
  return folder;
}

describe('the layers of src', () => {
  let result: Cruise;
  beforeAll(async () => {
    result = await cruise(ROOT, ['test', 'tools']);
  });

  it('break no rule', () => {
    const violations = result.summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`);

    expect(violations).toEqual([]);
  });

  it('are looked at as a whole, generated code apart', () => {
    const files = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
      .filter((file) => !file.includes('/generated/'));
    const cruised = result.modules.map(({ source }) => source).filter((source) => source.startsWith('src/'));

    expect(cruised.sort()).toEqual(files.sort());
    expect(files.length).toBeGreaterThan(50);
  });

  it('are seen with their imports, of types too', () => {
    const module = result.modules.find(({ source }) => source === 'src/application/orders/process-order.ts');

    const imported = [
      'src/application/orders/delivery.ts',
      'src/application/ports/clock.ts',
      'src/application/ports/fulfilment.ts',
      'src/application/ports/order-repository.ts',
      'src/domain/order/order-errors.ts',
      'src/domain/order/order.ts',
    ];
    expect(module?.dependencies.map(({ resolved }) => resolved).sort()).toEqual(imported.sort());
  });
});

describe('the rules of the layers', () => {
  let folder: string;
  let result: Cruise;
  beforeAll(async () => {
    folder = folderWith([
      ...INNOCENT,
      ...OTHER_HALVES,
      ...PROBES.map(([, file, code]) => [file, code] as const),
    ]);
    result = await cruise(folder, ['tools']);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** The rules that a file breaks, by name. */
  const brokenBy = (file: string) => [
    ...new Set(result.summary.violations.filter(({ from }) => from === file).map(({ rule }) => rule.name)),
  ];

  it('have a probe each, and there is no probe of another', () => {
    const probed = new Set(PROBES.map(([rule]) => rule));

    expect([...probed].sort()).toEqual(config.forbidden.map(({ name }) => name).sort());
  });

  it.each(PROBES)('%s forbids what %s does', (rule, file) => {
    expect(brokenBy(file)).toEqual([rule]);
  });

  it.each(INNOCENT)('allow what %s does', (file) => {
    expect(result.modules.map(({ source }) => source)).toContain(file);
    expect(brokenBy(file)).toEqual([]);
  });
});
