export interface Family {
  readonly type: string;
  readonly unit: string;
  /** Of any of its series; without `le`, which every histogram has. */
  readonly labels: readonly string[];
}

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SERIES = /^([a-z0-9_]+)(?:\{(.*)\})? (\S+)$/i;
const LABEL = /([a-z0-9_]+)="((?:[^"\\]|\\.)*)"/gi;

/** What `GET /metrics` responded, in Prometheus' text format. */
export class Scrape {
  readonly series: readonly Series[];

  constructor(readonly text: string) {
    this.series = text.split('\n').flatMap((line) => {
      const [, name, labels = '', value] = SERIES.exec(line) ?? [];
      if (name === undefined) return [];
      const pairs = [...labels.matchAll(LABEL)].map(([, label = '', text = '']) => [label, text] as const);
      return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
    });
  }

  /** The sum of the series of this name that have these labels; `undefined` when there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const wanted = Object.entries(labels);
    const found = this.series.filter(
      (each) => each.name === name && wanted.every(([label, text]) => each.labels[label] === text),
    );
    return found.length === 0 ? undefined : found.reduce((sum, each) => sum + each.value, 0);
  }

  /** By name, as `# TYPE` has it. */
  families(): Map<string, Family> {
    const types = [...this.text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    return new Map(
      types.map(([, name = '', type = '']) => {
        const [, unit = ''] = new RegExp(`^# UNIT ${name} (\\S+)$`, 'm').exec(this.text) ?? [];
        const ofFamily = this.series.filter((each) => each.name === name || each.name === `${name}_count`);
        const labels = new Set(ofFamily.flatMap((each) => Object.keys(each.labels)));
        return [name, { type, unit, labels: [...labels].sort() }];
      }),
    );
  }
}
