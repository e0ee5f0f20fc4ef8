import { describe, expect, it } from '@jest/globals';
import { readPage, withoutBlocks } from '../support/pages.js';
import { alerts, alertTests, dashboard, panels, queries, type Panel } from '../support/observability.js';

const ROWS = [
  'Traffic',
  'Latency',
  'Lag',
  'Retries and dead letters',
  'Replicas and rebalances',
  'Publisher',
  'Runtime',
];

const [, section = ''] =
  /^## Alerts\n([^]*?)^## /m.exec(withoutBlocks(readPage('docs/how-to/runbook.md'))) ?? [];
const runbook = new Map(
  [...section.matchAll(/^### (\w+)\n([^]*?)(?=^### |$(?![^]))/gm)].map(([, name = '', text = '']) => [
    name,
    text,
  ]),
);

describe('the alerts', () => {
  const names = alerts.map(({ name }) => name);

  it('have each a section of the runbook, in the same order, and there is no other', () => {
    expect([...runbook.keys()]).toEqual(names);
  });

  it.each([...runbook])(
    '%s: the runbook says what it means, how to check it, and what to do',
    (_name, text) => {
      expect([...text.matchAll(/^- \*\*(\w+)\.\*\*/gm)].map(([, part]) => part)).toEqual([
        'Means',
        'Check',
        'Do',
      ]);
    },
  );

  it.each(alerts)('$name has severity, summary, description, and a link to its section', ({ name, text }) => {
    expect(text).toMatch(/severity: (critical|warning)/);
    expect(text).toMatch(/summary: '.+'/);
    expect(text).toMatch(/description: >-\n +\S/);
    expect(text).toContain(
      `runbook_url: '{{ or $externalLabels.runbook "docs/how-to/runbook.md" }}#${name.toLowerCase()}'`,
    );
  });

  it.each(names)('%s has a test in which it fires, and one in which it is silent', (name) => {
    const tests = alertTests.filter((test) => test.name === name).map(({ text }) => text);

    expect(tests.some((text) => text.includes('exp_labels'))).toBe(true);
    expect(tests.some((text) => !text.includes('exp_labels'))).toBe(true);
  });
});

describe('the queries of alerts and dashboard', () => {
  const [, ...pages] = readPage('docs/reference/metrics.md').split(/^- `/m);
  const documented = new Set(pages.map((entry) => /^\w+/.exec(entry)?.[0]));
  /** Prometheus' own, of each target. */
  documented.add('up');
  const METRIC = /\b(?:up|(?:http|messaging|orders|delivery|publisher|nodejs|v8js|process)_\w+)(?=[{[) ]|$)/g;
  const used = [
    ...queries.map(({ expr }) => withoutLabels(expr)),
    ...alerts.map(({ text }) => expressionOf(text)),
  ].flatMap((query) => query.match(METRIC) ?? []);

  it('are about metrics that docs/reference/metrics.md has', () => {
    const unknown = used
      .filter((name) => !documented.has(name))
      .filter((name) => !documented.has(name.replace(/_(bucket|sum|count)$/, '')));

    expect(used.length).toBeGreaterThan(50);
    expect(unknown).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('has these rows', () => {
    const rows = dashboard.panels.filter(({ type }) => type === 'row');

    expect(rows.map(({ title }) => title)).toEqual(ROWS);
  });

  it('lets one choose where its data is from', () => {
    expect(dashboard.templating.list.map(({ name }) => name)).toContain('datasource');
    expect(new Set(panels.map(({ datasource }) => datasource?.uid))).toEqual(new Set(['${datasource}']));
  });

  it.each(panels)('$title says what it shows, in which unit, and names each line', (panel) => {
    expect(panel.description).toMatch(/^[A-Z0-9`].*\.$/);
    expect(panel.fieldConfig?.defaults.unit).toMatch(/./);
    for (const { expr, legendFormat } of panel.targets ?? []) {
      expect(legendFormat).not.toBe('');
      const by = /^\w+ by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? [];
      for (const label of by) expect(legendFormat).toContain(`{{${label}}}`);
    }
  });

  it('links a panel of each alert to its section in the runbook', () => {
    const linked = panels.flatMap(({ links = [] }) => links.map(({ url }) => url.replace('${runbook}#', '')));

    expect([...new Set(linked)].sort()).toEqual(alerts.map(({ name }) => name.toLowerCase()).sort());
  });

  it('has no two panels at one place, and none beyond its edge', () => {
    const overlapping = dashboard.panels.filter((one) =>
      dashboard.panels.some((other) => other !== one && overlaps(one, other)),
    );

    expect(overlapping.map(({ title }) => title)).toEqual([]);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});

function expressionOf(alert: string): string {
  const [, expression = ''] = /expr: (?:>-)?([^]*?)\n +(?:for|labels):/.exec(alert) ?? [];
  return withoutLabels(expression);
}

/** Their names look like those of metrics. */
function withoutLabels(query: string): string {
  return query.replaceAll(/ by \([^)]*\)/g, '').replaceAll(/\{[^}]*\}/g, '');
}

function overlaps({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

describe('the installed packages', () => {
  it('have none that hooks the loading of modules: it would cost each process something at each `require`', () => {
    const { packages } = JSON.parse(readPage('package-lock.json')) as { packages: Record<string, unknown> };
    expect(Object.keys(packages).filter((each) => /-in-the-middle$/.test(each))).toEqual([]);
  });
});
