import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BoundProcess } from './bound-process.js';
import { findFreePorts } from './free-ports.js';
import { ensurePrometheusInstalled } from './prometheus-installation.js';

const START_DEADLINE_MS = 30_000;

/** One of a result: its labels, and its value. */
export interface PrometheusSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusRule {
  readonly name: string;
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
}

/** A real Prometheus on a free port, with its data in a temporary folder. */
export class PrometheusServer {
  private constructor(
    private readonly url: string,
    private readonly folder: string,
    private readonly process: BoundProcess,
  ) {}

  /** @param config as in prometheus.yml; Prometheus reads JSON, too */
  static async start(config: object): Promise<PrometheusServer> {
    const { prometheus } = await ensurePrometheusInstalled();
    const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
    const [port = 0] = await findFreePorts(1);
    const configFile = join(folder, 'prometheus.json');
    await writeFile(configFile, JSON.stringify(config));
    const settings = {
      'config.file': configFile,
      'storage.tsdb.path': join(folder, 'data'),
      'web.listen-address': `127.0.0.1:${port}`,
    };
    const args = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
    const process = await BoundProcess.start(prometheus, args, { logFile: join(folder, 'log') });
    const server = new PrometheusServer(`http://127.0.0.1:${port}`, folder, process);
    await server.ready();
    return server;
  }

  /** The samples that the query has now. @throws Error that says why Prometheus can't evaluate it */
  async query(query: string): Promise<PrometheusSample[]> {
    const { result } = (await this.get(`query?query=${encodeURIComponent(query)}`)) as {
      result: readonly { metric: Record<string, string>; value: readonly [number, string] }[];
    };
    return result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
  }

  /** All rules, and how their last evaluation went. */
  async rules(): Promise<PrometheusRule[]> {
    const { groups } = (await this.get('rules')) as { groups: readonly { rules: PrometheusRule[] }[] };
    return groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    await this.process.end('SIGTERM', 10_000);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async get(path: string): Promise<unknown> {
    const response = await fetch(`${this.url}/api/v1/${path}`);
    const { data, error } = (await response.json()) as { data?: unknown; error?: string };
    if (data === undefined) throw new Error(`Prometheus can't evaluate ${path}: ${error}`);
    return data;
  }

  private async ready(): Promise<void> {
    const deadline = Date.now() + START_DEADLINE_MS;
    while (!(await this.responds())) {
      if (!this.process.running || Date.now() > deadline) {
        throw new Error(`Prometheus does not start:\n${await this.process.logTail()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  private async responds(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/-/ready`)).ok;
    } catch {
      return false;
    }
  }
}
