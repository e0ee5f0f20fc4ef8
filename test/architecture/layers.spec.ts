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

/** Runs dependency-cruiser with its configuration on `src` of a folder. */
function cruise(folder: string): Promise<Cruise> {
  const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [program, 'src', '--config', CONFIG, '--output-type', 'json'];
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

/** A file that breaks one rule, with the code that does it. What it imports of `src` is `INNOCENT`. */
const PROBES: readonly (readonly [rule: string, file: string, code: string])[] = [
  ['domain-imports-domain', 'domain/of-application.ts', "import '../application/innocent.js';"],
  [
    'domain-imports-domain',
    'domain/type-of-application.ts',
    "import type { T } from '../application/innocent.js'; export type U = T;",
  ],
  [
    'domain-imports-domain',
    'domain/again-exported.ts',
    "export { innocent } from '../infrastructure/innocent.js';",
  ],
  ['domain-imports-domain', 'domain/of-node.ts', "import 'node:fs';"],
  ['domain-imports-domain', 'domain/of-a-package.ts', "import 'uuid';"],
  ['domain-imports-domain', 'domain/order/dynamic.ts', "void import('../../bootstrap/innocent.js');"],

  [
    'application-imports-domain',
    'application/of-infrastructure.ts',
    "import '../infrastructure/innocent.js';",
  ],
  ['application-imports-domain', 'application/of-interfaces.ts', "import '../interfaces/innocent.js';"],
  ['application-imports-domain', 'application/of-bootstrap.ts', "import '../bootstrap/innocent.js';"],
  [
    'application-imports-domain',
    'application/ports/type-of-infrastructure.ts',
    "import type { T } from '../../infrastructure/innocent.js'; export type U = T;",
  ],
  ['application-imports-domain', 'application/of-node.ts', "import 'node:crypto';"],
  ['application-imports-domain', 'application/of-a-package.ts', "import 'winston';"],

  [
    'infrastructure-knows-no-outer-layer',
    'infrastructure/of-interfaces.ts',
    "import '../interfaces/innocent.js';",
  ],
  [
    'infrastructure-knows-no-outer-layer',
    'infrastructure/type-of-interfaces.ts',
    "import type { T } from '../interfaces/innocent.js'; export type U = T;",
  ],
  [
    'infrastructure-knows-no-outer-layer',
    'infrastructure/of-bootstrap.ts',
    "import '../bootstrap/innocent.js';",
  ],

  [
    'interfaces-know-no-infrastructure',
    'interfaces/of-infrastructure.ts',
    "import '../infrastructure/innocent.js';",
  ],
  [
    'interfaces-know-no-infrastructure',
    'interfaces/type-of-infrastructure.ts',
    "import type { T } from '../infrastructure/innocent.js'; export type U = T;",
  ],
  ['interfaces-know-no-infrastructure', 'interfaces/of-bootstrap.ts', "import '../bootstrap/innocent.js';"],

  ['container-only-in-bootstrap', 'interfaces/http/container.ts', "import 'inversify';"],
  [
    'container-only-in-bootstrap',
    'infrastructure/type-of-container.ts',
    "import type { Container } from 'inversify'; export type C = Container;",
  ],
  ['container-only-in-bootstrap', 'infrastructure/metadata.ts', "import 'reflect-metadata';"],

  ['kafkajs-only-in-kafka-adapters', 'infrastructure/messaging/in-memory/kafkajs.ts', "import 'kafkajs';"],
  ['kafkajs-only-in-kafka-adapters', 'interfaces/messaging/delivery/kafkajs.ts', "import 'kafkajs';"],
  ['kafkajs-only-in-kafka-adapters', 'bootstrap/kafkajs.ts', "import 'kafkajs/src/consumer/consumerGroup';"],
  [
    'kafkajs-only-in-kafka-adapters',
    'bootstrap/modules/in-memory.module.ts',
    "import type { Kafka } from 'kafkajs'; export type K = Kafka;",
  ],

  ['express-and-tsoa-only-in-http', 'bootstrap/express.ts', "import 'express';"],
  [
    'express-and-tsoa-only-in-http',
    'infrastructure/type-of-express.ts',
    "import type { Request } from 'express'; export type R = Request;",
  ],
  ['express-and-tsoa-only-in-http', 'interfaces/messaging/tsoa.ts', "import '@tsoa/runtime';"],
  ['express-and-tsoa-only-in-http', 'bootstrap/modules/swagger.ts', "import 'swagger-ui-express';"],

  ['pg-only-in-postgres-adapters', 'interfaces/pg.ts', "import 'pg';"],
  ['pg-only-in-postgres-adapters', 'infrastructure/persistence/in-memory/pg.ts', "import 'pg';"],
  [
    'pg-only-in-postgres-adapters',
    'bootstrap/type-of-pg.ts',
    "import type { Pool } from 'pg'; export type P = Pool;",
  ],
  ['pg-only-in-postgres-adapters', 'bootstrap/pg-migrate.ts', "import 'node-pg-migrate';"],

  ['no-cycles', 'domain/cycle/one.ts', "import './other.js';"],
  ['no-cycles', 'application/cycle/one.ts', "import type { T } from './other.js'; export type U = T;"],

  ['nothing-unresolvable', 'bootstrap/absent-file.ts', "import './absent.js';"],
  [
    'nothing-unresolvable',
    'interfaces/type-of-absent-file.ts',
    "import type { T } from './absent.js'; export type U = T;",
  ],
  ['nothing-unresolvable', 'bootstrap/absent-package.ts', "import 'no-such-package';"],

  ['no-development-packages', 'infrastructure/development.ts', "import 'fast-check';"],
  ['no-development-packages', 'bootstrap/transitive.ts', "import 'logform';"],
];

/** A cycle is reported once, at the probe. */
const OTHER_HALVES: readonly (readonly [file: string, code: string])[] = [
  ['domain/cycle/other.ts', "import './one.js';"],
  ['application/cycle/other.ts', "import type { U } from './one.js'; export type T = U[];"],
];

const LAYERS = ['domain', 'application', 'infrastructure', 'interfaces', 'bootstrap'];
/** What each may import, so that a probe is not reported for nothing. */
const INNOCENT: readonly (readonly [file: string, code: string])[] = [
  ...LAYERS.map(
    (layer) => [`${layer}/innocent.ts`, 'export type T = 1; export const innocent = 1;'] as const,
  ),
  ['application/of-domain.ts', "import '../domain/innocent.js';"],
  [
    'infrastructure/of-application.ts',
    "import '../application/innocent.js'; import 'node:fs'; import 'uuid';",
  ],
  ['interfaces/of-application.ts', "import '../application/innocent.js'; import '../domain/innocent.js';"],
  ['interfaces/http/express.ts', "import 'express'; import '@tsoa/runtime'; import 'swagger-ui-express';"],
  ['interfaces/messaging/kafka/kafkajs.ts', "import 'kafkajs';"],
  ['infrastructure/messaging/kafka/kafkajs.ts', "import 'kafkajs/src/consumer/consumerGroup';"],
  ['infrastructure/persistence/postgres/pg.ts', "import 'pg'; import 'node-pg-migrate';"],
  ['bootstrap/modules/kafka.module.ts', "import type { Kafka } from 'kafkajs'; export type K = Kafka;"],
  ['bootstrap/modules/postgres.module.ts', "import 'pg';"],
  [
    'bootstrap/container.ts',
    "import 'inversify'; import '../interfaces/innocent.js'; import '../infrastructure/innocent.js';",
  ],
];

/** A folder with the real configuration, packages and settings of the compiler, and these files in `src`. */
function folderWith(files: readonly (readonly [file: string, code: string])[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'layers-'));
  for (const name of [CONFIG, 'package.json', 'tsconfig.json']) cpSync(join(ROOT, name), join(folder, name));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  for (const [file, code] of files) {
    const path = join(folder, 'src', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${code}\n`);
  }
  return folder;
}

describe('the layers of src', () => {
  let result: Cruise;
  beforeAll(async () => {
    result = await cruise(ROOT);
  });

  it('break no rule', () => {
    const violations = result.summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`);

    expect(violations).toEqual([]);
  });

  it('are looked at as a whole, generated code apart', () => {
    const files = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
      .filter((file) => !file.includes('/generated/'));
    const cruised = result.modules.map(({ source }) => source).filter((source) => source.startsWith('src/'));

    expect(cruised.sort()).toEqual(files.sort());
    expect(files.length).toBeGreaterThan(50);
  });

  it('are seen with their imports, of types too', () => {
    const module = result.modules.find(({ source }) => source === 'src/application/process-order.ts');

    expect(module?.dependencies.map(({ resolved }) => resolved).sort()).toEqual([
      'src/application/delivery.ts',
      'src/application/ports/clock.ts',
      'src/application/ports/fulfilment.ts',
      'src/application/ports/order-repository.ts',
      'src/domain/order/order-errors.ts',
      'src/domain/order/order.ts',
    ]);
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
    result = await cruise(folder);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** The rules that a file breaks, by name. */
  const brokenBy = (file: string) => [
    ...new Set(
      result.summary.violations.filter(({ from }) => from === `src/${file}`).map(({ rule }) => rule.name),
    ),
  ];

  it('have a probe each, and there is no probe of another', () => {
    const probed = new Set(PROBES.map(([rule]) => rule));

    expect([...probed].sort()).toEqual(config.forbidden.map(({ name }) => name).sort());
  });

  it.each(PROBES)('%s forbids what %s does', (rule, file) => {
    expect(brokenBy(file)).toEqual([rule]);
  });

  it.each(INNOCENT)('allow what %s does', (file) => {
    expect(result.modules.map(({ source }) => source)).toContain(`src/${file}`);
    expect(brokenBy(file)).toEqual([]);
  });
});
