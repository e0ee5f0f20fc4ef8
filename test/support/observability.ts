import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './pages.js';

export const ALERTS_FILE = join(ROOT, 'deploy/observability/alerts.yaml');

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly links?: readonly { readonly title: string; readonly url: string }[];
}

export interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

export const dashboard = JSON.parse(read('dashboard.json')) as Dashboard;
/** Those that show something, without the headings of the rows. */
export const panels = dashboard.panels.filter(({ type }) => type !== 'row');
export const queries = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ title, expr })),
);

/** The text of each alert in the rules, and of each of its tests, by name. */
export const alerts = sections(read('alerts.yaml'), /^ *- alert: (\w+)\n/gm);
export const alertTests = sections(read('alerts.test.yaml'), /^ *- name: '(\w+): .*'\n/gm);

function read(file: string): string {
  return readFileSync(join(ROOT, 'deploy/observability', file), 'utf8');
}

function sections(text: string, heading: RegExp): { name: string; text: string }[] {
  const found = [...text.matchAll(heading)];
  return found.map(({ 1: name = '', index }, at) => ({
    name,
    text: text.slice(index, found[at + 1]?.index),
  }));
}
