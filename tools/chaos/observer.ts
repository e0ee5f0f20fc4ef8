import type { ServiceProcess } from '../dev-servers/service-process.js';
import type { ReadinessSample, Usage } from './chaos-history.js';
import type { Stage } from './stage.js';

const READINESS_MS = 500;
const READINESS_DEADLINE_MS = 2_500;
const USAGE_MS = 5_000;

/** Asks every process repeatedly whether it is ready, and what it uses. */
export class Observer {
  readonly readiness: ReadinessSample[] = [];
  readonly usage: Usage[] = [];
  private readonly timers: NodeJS.Timeout[];
  private readonly asking = new Set<ServiceProcess>();
  private readonly listening = new WeakSet<ServiceProcess>();

  constructor(private readonly stage: Stage) {
    this.timers = [
      setInterval(() => {
        for (const process of stage.service.running) void this.askWhetherReady(process);
      }, READINESS_MS),
      setInterval(() => {
        for (const process of stage.service.running) this.askForUsage(process);
      }, USAGE_MS),
    ];
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  private async askWhetherReady(process: ServiceProcess): Promise<void> {
    if (this.asking.has(process)) return;
    this.asking.add(process);
    const askedAt = Date.now();
    const role = process.name.startsWith('api') ? 'api' : 'consumer';
    const said = await this.stage.service
      .health(process, AbortSignal.timeout(READINESS_DEADLINE_MS))
      .then(whatItSays)
      .catch(() => ({}));
    const at = Date.now();
    this.readiness.push({ askedAt, at, process: process.name, role, ...said });
    this.asking.delete(process);
  }

  private askForUsage(process: ServiceProcess): void {
    if (!this.listening.has(process)) {
      this.listening.add(process);
      process.onMessage((message) => {
        const usage = message as Omit<Usage, 'at' | 'process' | 'pid'>;
        this.usage.push({ at: Date.now(), process: process.name, pid: process.pid, ...usage });
      });
    }
    process.tell({ tellUsage: true });
  }
}

async function whatItSays(response: Response): Promise<Pick<ReadinessSample, 'ready' | 'why'>> {
  const { checks } = (await response.json()) as {
    checks: { name: string; status: string; detail?: string }[];
  };
  const down = checks.filter(({ status }) => status !== 'up');
  const why = down.map(({ name, detail }) => `${name}: ${detail ?? 'down'}`).join('; ');
  return { ready: response.ok, ...(why !== '' && { why }) };
}
