import { afterAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import project from '../../../package.json' with { type: 'json' };
import { service } from '../../../src/bootstrap/config/environment-schema.js';
import { DAY_MS } from '../../../src/bootstrap/config/limits.js';
import { loadConfig, loadStoreConfig, loadTopicsConfig } from '../../../src/bootstrap/config/load-config.js';
import { SECRETS } from '../../../src/bootstrap/config/secret-files.js';
import { createPruneCommand, parsePruneOptions } from '../../../src/bootstrap/prune-command.js';
import { AUTHORITIES } from '../../support/certificates.js';
import {
  filesIn,
  KUSTOMIZATIONS,
  OVERLAYS,
  readKustomization,
  readManifests,
  readOverlay,
  type Manifest,
  type Overlay,
  type Workload,
} from '../../support/kubernetes.js';
import { blocksOf, commandsOf, readPage, ROOT } from '../../support/pages.js';

const IMAGE = 'order-service';
const SECRETS_FOLDER = '/run/secrets/orders';
const AUTHORITIES_FOLDER = '/etc/orders';
const [ONE_BROKER = '', PRODUCTION = ''] = OVERLAYS;

const overlays = OVERLAYS.map((folder) => ({ folder, overlay: readOverlay(folder) }));
const workloads = overlays.flatMap(({ folder, overlay }) =>
  overlay.workloads.map((workload) => ({ folder, overlay, workload, name: workload.name })),
);
const ofService = workloads.filter(({ workload }) => workload.container.image === IMAGE);
const servers = ofService.filter(({ name }) => ['api', 'consumer'].includes(name));

/** Every variable that the service knows, and one of Node. */
const KNOWN = new Set([
  ...Object.values(service).flatMap(namesIn),
  ...SECRETS.map((name) => `${name}_FILE`),
  'NODE_OPTIONS',
]);

/** By their programs. */
const LOADERS = new Map<string, (environment: Record<string, string>) => unknown>([
  ['main', loadConfig],
  ['create-topics', loadTopicsConfig],
  ['migrate', loadStoreConfig],
  ['prune', loadStoreConfig],
]);

/** What a file of a secret, or of an authority, has in it. */
const CONTENT: Readonly<Record<string, string>> = {
  'database-url': 'postgres://orders:secret@db.example.com:5432/orders',
  'kafka-password': 'secret',
  'api-keys': `shop send ${'0'.repeat(64)}`,
  'fulfilment-token': 'secret',
  'fulfilment-signing-key': `whsec_${Buffer.alloc(24, 'k').toString('base64')}`,
  'kafka-ca.pem': AUTHORITIES.one,
};
const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'));
for (const [name, content] of Object.entries(CONTENT)) writeFileSync(join(folder, name), content);
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(KUSTOMIZATIONS)('%s', (kustomization) => {
  it('lists every file that it has, and no other', () => {
    const { resources } = readKustomization(kustomization);

    expect(resources.filter((resource) => resource.endsWith('.yaml')).sort()).toEqual(
      filesIn(kustomization).sort(),
    );
  });

  it('holds no secret: they are made in the cluster, and named here', () => {
    const kinds = filesIn(kustomization).flatMap((file) =>
      readManifests(kustomization, file).map(({ kind }) => kind),
    );

    expect(kinds).not.toContain('Secret');
    expect(readKustomization(kustomization)).not.toHaveProperty('secretGenerator');
  });

  it('runs the image of this version', () => {
    const { images = [] } = readKustomization(kustomization);

    expect(images.map(({ newTag }) => newTag)).toEqual(kustomization === 'base' ? [] : [project.version]);
  });
});

describe.each(workloads)('$name of $folder', ({ workload: { template, container } }) => {
  it('has one container, with no more rights than it needs', () => {
    expect(template.spec.containers).toEqual([container]);
    expect(template.spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(template.spec.securityContext?.['runAsUser']).toBeGreaterThan(0);
    expect(container.securityContext).toEqual({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('says what it takes of CPU and memory', () => {
    expect(container.resources?.requests).toEqual({ cpu: expect.any(String), memory: expect.any(String) });
    expect(container.resources?.limits).toEqual({ memory: expect.any(String) });
  });

  it('mounts each volume that it has', () => {
    const claims = ['data'];
    const mounted = (container.volumeMounts ?? [])
      .map(({ name }) => name)
      .filter((name) => !claims.includes(name));

    expect(mounted.sort()).toEqual((template.spec.volumes ?? []).map(({ name }) => name).sort());
  });
});

describe.each(ofService)('$name of $folder', ({ overlay, workload }) => {
  const environment = environmentOf(overlay, workload);

  it('has settings that the service knows', () => {
    expect(Object.keys(environment).filter((name) => !KNOWN.has(name))).toEqual([]);
  });

  it('has no secret among its settings, but the paths of files', () => {
    const { FULFILMENT_URL: url = 'https://fulfilment.example.com', ...others } = environment;
    const secrets = new Set([...SECRETS, 'API_KEYS']);

    expect(Object.keys(others).filter((name) => secrets.has(name))).toEqual([]);
    expect(new URL(url)).toMatchObject({ username: '', password: '' });
  });

  it('has settings that the service starts with', () => {
    const { program, load } = programOf(workload);

    expect(existsSync(join(ROOT, 'src/bootstrap', `${program}.ts`))).toBe(true);
    expect(() => load(withFiles(environment))).not.toThrow();
  });

  it('finds its files in the secret and the ConfigMap of that name', () => {
    const paths = Object.values(environment).filter((value) => value.startsWith('/'));
    const mounts = new Map(workload.container.volumeMounts?.map(({ name, mountPath }) => [mountPath, name]));
    const volumes = new Map(workload.template.spec.volumes?.map((volume) => [volume.name, volume]));

    expect(paths.filter((path) => !mounts.has(path.replace(/\/[^/]*$/, '')))).toEqual([]);
    expect(volumes.get(mounts.get(SECRETS_FOLDER) ?? '')?.secret?.secretName).toBe(workload.name);
    expect(volumes.get(mounts.get(AUTHORITIES_FOLDER) ?? '')?.configMap?.name).toBe('authorities');
  });
});

describe.each(servers)('$name of $folder', ({ overlay, workload }) => {
  const { template, container } = workload;
  const environment = environmentOf(overlay, workload);
  const config = () => loadConfig(withFiles(environment));

  it('is what its name says, on Kafka and PostgreSQL', () => {
    expect(config()).toMatchObject({
      role: workload.name,
      messaging: { kind: 'kafka' },
      store: { kind: 'postgres' },
      log: { format: 'json' },
    });
    expect(config().consumer.replicas).toEqual(workload.name === 'api' ? [] : [`${workload.name}-0`]);
  });

  it('listens on the port that is named `http`, for all addresses', () => {
    expect(container.ports).toEqual([{ name: 'http', containerPort: config().http?.port }]);
    expect(config().http?.host).toBe('0.0.0.0');
  });

  it('is probed where the service tells how it is', () => {
    const { paths } = parse(readPage('docs/reference/openapi.yaml')) as { paths: Record<string, unknown> };
    const { startupProbe, livenessProbe, readinessProbe } = container;

    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/health/live', '/health/ready']));
    expect(startupProbe?.httpGet).toEqual({ path: '/health/live', port: 'http' });
    expect(livenessProbe?.httpGet).toEqual({ path: '/health/live', port: 'http' });
    expect(readinessProbe?.httpGet).toEqual({ path: '/health/ready', port: 'http' });
  });

  it('has more time to stop than a stop may take', () => {
    const [, preStop = '0'] = container.lifecycle?.preStop.exec.command ?? [];
    const { terminationGracePeriodSeconds = 0 } = template.spec;

    expect(terminationGracePeriodSeconds).toBeGreaterThan(config().shutdownMs / 1000 + Number(preStop));
  });
});

describe.each(overlays)('$folder', ({ overlay: { manifests, workloads: all, settings } }) => {
  const labels = all.map(({ template }) => template.metadata.labels);
  const selecting = manifests.filter(({ kind }) =>
    ['Service', 'PodDisruptionBudget', 'NetworkPolicy', 'PodMonitor'].includes(kind),
  );

  it.each(selecting)('$kind $metadata.name selects pods that there are', (manifest) => {
    const wanted = componentsIn(manifest);

    expect(
      wanted.filter((name) => !labels.some((each) => each['app.kubernetes.io/component'] === name)),
    ).toEqual([]);
    expect(wanted.length).toBeGreaterThan(['default-deny', 'dns'].includes(manifest.metadata.name) ? -1 : 0);
  });

  it('names ports that the containers have', () => {
    const ports = new Set(all.flatMap(({ container }) => container.ports?.map(({ name }) => name) ?? []));
    const named = manifests.flatMap((manifest) => portsIn(manifest));

    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !ports.has(name))).toEqual([]);
  });

  it('lets no pod be talked to, or talk, but as a policy says', () => {
    const deny = manifests.find(({ metadata }) => metadata.name === 'default-deny');

    expect(deny?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  });

  it('lets pods out to the port of the brokers', () => {
    const brokers = settings.get('settings')?.['KAFKA_BROKERS']?.split(',') ?? [];
    const policy = manifests.find(({ metadata }) => metadata.name === 'to-kafka');
    const egress = policy?.spec['egress'] as readonly {
      readonly ports: readonly { readonly port: number }[];
    }[];

    expect(egress.flatMap(({ ports }) => ports.map(({ port }) => String(port)))).toEqual([
      ...new Set(brokers.map((broker) => broker.replace(/^.*:/, ''))),
    ]);
  });

  it('keeps all but one pod of the API and of the consumers when nodes are drained', () => {
    const budgets = manifests.filter(({ kind }) => kind === 'PodDisruptionBudget');

    expect(budgets.map(({ metadata, spec }) => [metadata.name, spec['maxUnavailable']])).toEqual([
      ['api', 1],
      ['consumer', 1],
    ]);
  });
});

describe('a roll-out', () => {
  const { manifests } = readOverlay(ONE_BROKER);
  const specOf = (name: string, kind: string) =>
    manifests.find((manifest) => manifest.metadata.name === name && manifest.kind === kind)?.spec;

  it('starts a new pod of the API before it stops an old one', () => {
    expect(specOf('api', 'Deployment')?.['strategy']).toEqual({
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    });
  });

  it('leaves the number of pods to the autoscalers', () => {
    expect(specOf('api', 'Deployment')).not.toHaveProperty('replicas');
    expect(specOf('consumer', 'StatefulSet')).not.toHaveProperty('replicas');
  });
});

describe('the autoscaler of the consumers', () => {
  const overlay = readOverlay(PRODUCTION);
  const consumer = overlay.workloads.find(({ name }) => name === 'consumer');
  const environment = consumer === undefined ? {} : environmentOf(overlay, consumer);
  const specOf = (kind: string) => overlay.manifests.find((manifest) => manifest.kind === kind)?.spec ?? {};
  const { triggers: [trigger] = [], ...scaled } = specOf('ScaledObject') as {
    triggers?: readonly { type: string; metadata: Record<string, string> }[];
  };

  it('runs one at least, and one for each partition at most', () => {
    expect(scaled).toMatchObject({
      scaleTargetRef: { kind: consumer?.kind, name: consumer?.name },
      maxReplicaCount: Number(environment['KAFKA_PARTITIONS']),
    });
    expect((scaled as { minReplicaCount?: number }).minReplicaCount).toBeGreaterThan(0);
  });

  it('looks at the topic and the group of the consumers, from the oldest order on', () => {
    expect(trigger?.type).toBe('kafka');
    const { bootstrapServersFromEnv, topicFromEnv, consumerGroupFromEnv, offsetResetPolicy } =
      trigger?.metadata ?? {};
    const settings = [bootstrapServersFromEnv, topicFromEnv, consumerGroupFromEnv].map(
      (name = '') => environment[name],
    );

    expect(settings).toEqual([environment['KAFKA_BROKERS'], 'app.order.publish', 'app-consumer-group']);
    expect(offsetResetPolicy).toBe('earliest');
  });

  it('talks to Kafka as the consumers do', () => {
    const { sasl = '', tls } = trigger?.metadata ?? {};
    const { env, secretTargetRef } = specOf('TriggerAuthentication') as {
      env?: readonly { name: string; containerName: string }[];
      secretTargetRef?: readonly unknown[];
    };

    expect(environment).toMatchObject({
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    });
    expect({ sasl, tls }).toEqual({ sasl: 'scram_sha512', tls: 'enable' });
    expect(env?.map(({ name, containerName }) => [environment[name], containerName])).toEqual([
      ['orders-consumer', consumer?.container.name],
    ]);
    expect(secretTargetRef).toEqual([{ parameter: 'password', name: 'consumer', key: 'kafka-password' }]);
  });

  it('is not the one of the API', () => {
    expect(specOf('HorizontalPodAutoscaler')).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'api' },
    });
  });
});

describe('the job that deletes old rows', () => {
  const { workloads, manifests } = readOverlay(PRODUCTION);
  const prune = workloads.find(({ name }) => name === 'prune');

  it('has arguments that its program takes', () => {
    const options = parsePruneOptions(createPruneCommand().exitOverride(), prune?.container.args ?? []);

    expect(options).toEqual({ olderThanMs: 60 * DAY_MS, dryRun: false });
  });

  it('runs once at a time', () => {
    expect(manifests.find(({ kind }) => kind === 'CronJob')?.spec).toMatchObject({
      concurrencyPolicy: 'Forbid',
    });
  });
});

describe('docs/how-to/kubernetes.md', () => {
  const page = readPage('docs/how-to/kubernetes.md');
  const commands = blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(commandsOf);

  it.each(ofService.filter(({ folder: each }) => each === PRODUCTION))(
    'makes the secret of $name with the files that its settings name',
    ({ overlay, workload }) => {
      const paths = Object.values(environmentOf(overlay, workload)).filter((path) =>
        path.startsWith(SECRETS_FOLDER),
      );

      expect(keysMadeBy(`secret generic ${workload.name}`).sort()).toEqual(
        paths.map((path) => basename(path)).sort(),
      );
    },
  );

  it('makes the ConfigMap with the authorities', () => {
    expect(keysMadeBy('configmap authorities')).toEqual(['kafka-ca.pem', 'postgres-ca.pem']);
  });

  it('applies overlays that there are', () => {
    const applied = commands.flatMap((command) =>
      [...command.matchAll(/ -k (\S+)/g)].map(([, path = '']) => path),
    );

    expect(applied.length).toBeGreaterThan(1);
    expect(applied.filter((path) => !existsSync(join(ROOT, path, 'kustomization.yaml')))).toEqual([]);
  });

  function keysMadeBy(what: string): string[] {
    const command = commands.find((each) => each.includes(`create ${what} --from-file`)) ?? '';
    return [...command.matchAll(/--from-file=([\w.-]+)=/g)].map(([, key = '']) => key);
  }
});

function namesIn(part: z.ZodType): string[] {
  if (part instanceof z.ZodObject) return Object.keys(part.shape);
  return ((part as z.ZodDiscriminatedUnion).options as z.ZodType[]).flatMap(namesIn);
}

/** What the process of a workload gets. The pod's own name is that of the first one. */
function environmentOf({ settings }: Overlay, { name, container }: Workload): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const { configMapRef } of container.envFrom ?? []) {
    const found = settings.get(configMapRef.name);
    if (found === undefined && configMapRef.optional !== true)
      throw new Error(`there is no ${configMapRef.name}`);
    Object.assign(environment, found);
  }
  for (const { name: variable, value, valueFrom } of container.env ?? []) {
    if (valueFrom !== undefined) expect(valueFrom).toEqual({ fieldRef: { fieldPath: 'metadata.name' } });
    environment[variable] = value ?? `${name}-0`;
  }
  return environment;
}

/** The same with files that are there. */
function withFiles(environment: Readonly<Record<string, string>>): Record<string, string> {
  const inFolder = (value: string) =>
    value.startsWith(SECRETS_FOLDER) || value.startsWith(AUTHORITIES_FOLDER)
      ? join(folder, basename(value))
      : value;
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, inFolder(value)]));
}

function programOf({ container: { command } }: Workload) {
  const program = basename(command?.at(-1) ?? 'main.js', '.js');
  return { program, load: LOADERS.get(program) ?? loadConfig };
}

/** The pods that a manifest speaks of, by the label that tells them apart. */
function componentsIn(manifest: Manifest): string[] {
  const text = JSON.stringify(manifest.spec);
  const matched = [...text.matchAll(/"app\.kubernetes\.io\/component":"([\w-]+)"/g)].map(
    ([, name = '']) => name,
  );
  const listed = [
    ...text.matchAll(/"key":"app\.kubernetes\.io\/component","operator":"In","values":(\[[^\]]*\])/g),
  ];
  return [...matched, ...listed.flatMap(([, list = '[]']) => JSON.parse(list) as string[])];
}

function portsIn(manifest: Manifest): string[] {
  return [...JSON.stringify(manifest.spec).matchAll(/"(?:port|targetPort)":"([\w-]+)"/g)].map(
    ([, name = '']) => name,
  );
}
