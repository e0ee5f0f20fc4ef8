import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { readPage, ROOT } from './pages.js';

const FOLDER = 'deploy/kubernetes';

export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string };
  readonly tcpSocket?: { readonly port: string };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly envFrom?: readonly {
    readonly configMapRef: { readonly name: string; readonly optional?: boolean };
  }[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly lifecycle?: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>;
    readonly limits?: Readonly<Record<string, string>>;
  };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface Volume {
  readonly name: string;
  readonly secret?: { readonly secretName: string };
  readonly configMap?: { readonly name: string };
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly Container[];
    readonly volumes?: readonly Volume[];
    readonly securityContext?: Readonly<Record<string, unknown>>;
    readonly automountServiceAccountToken?: boolean;
    readonly enableServiceLinks?: boolean;
    readonly terminationGracePeriodSeconds?: number;
  };
}

export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template?: PodTemplate;
    /** Of a CronJob. */
    readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } };
    readonly [field: string]: unknown;
  };
}

/** Something that runs pods. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
  readonly template: PodTemplate;
  /** Every pod here has one. */
  readonly container: Container;
}

export interface Kustomization {
  readonly namespace: string;
  readonly resources: readonly string[];
  readonly images?: readonly { readonly name: string; readonly newTag: string }[];
  readonly configMapGenerator?: readonly {
    readonly name: string;
    readonly behavior?: string;
    readonly literals: readonly string[];
  }[];
}

/** What `kubectl kustomize` makes of an overlay, as far as it is used here. */
export interface Overlay {
  readonly manifests: readonly Manifest[];
  readonly workloads: readonly Workload[];
  /** By the name of their ConfigMap. */
  readonly settings: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** A namespace has none. */
const withoutSpec = { spec: {} };

export const OVERLAYS = ['overlays/one-broker', 'overlays/production'];
export const KUSTOMIZATIONS = ['base', ...OVERLAYS];

export function readKustomization(folder: string): Kustomization {
  return parse(readPage(join(FOLDER, folder, 'kustomization.yaml'))) as Kustomization;
}

/** The manifests in a folder, by their names. */
export function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, FOLDER, folder)).filter((file) => file !== 'kustomization.yaml');
}

export function readManifests(folder: string, file: string): Manifest[] {
  const documents = parseAllDocuments(readPage(join(FOLDER, folder, file)));
  return documents.map((document) => ({ ...withoutSpec, ...(document.toJS() as Manifest) }));
}

export function readOverlay(folder: string): Overlay {
  const manifests: Manifest[] = [];
  const settings = new Map<string, Record<string, string>>();
  collect(folder, manifests, settings);
  const workloads = manifests.flatMap(({ kind, metadata: { name }, spec }) => {
    const template = spec.template ?? spec.jobTemplate?.spec.template;
    const container = template?.spec.containers[0];
    return template === undefined || container === undefined ? [] : [{ kind, name, template, container }];
  });
  return { manifests, workloads, settings };
}

function collect(folder: string, manifests: Manifest[], settings: Map<string, Record<string, string>>): void {
  const { resources, configMapGenerator = [] } = readKustomization(folder);
  for (const resource of resources) {
    const path = join(folder, resource);
    const stats = statSync(join(ROOT, FOLDER, path), { throwIfNoEntry: false });
    // of one that is absent the test of the listing tells
    if (stats === undefined) continue;
    if (stats.isDirectory()) collect(path, manifests, settings);
    else manifests.push(...readManifests(folder, resource));
  }
  for (const { name, behavior, literals } of configMapGenerator) {
    const before = settings.get(name);
    if ((behavior === 'merge') !== (before !== undefined))
      throw new Error(`${name}: behavior ${behavior ?? 'create'}`);
    settings.set(name, { ...before, ...Object.fromEntries(literals.map(toEntry)) });
  }
}

/** `KAFKA_PARTITIONS=5` */
function toEntry(literal: string): [string, string] {
  const at = literal.indexOf('=');
  return [literal.slice(0, at), literal.slice(at + 1)];
}
