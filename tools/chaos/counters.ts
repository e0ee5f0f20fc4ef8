import type { ServiceProcess } from '../dev-servers/service-process.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import type { Installation } from '../../test/support/installation.js';
import type { CountedLife } from './chaos-history.js';
import { isWhole, readCounts, type Logged } from './counts.js';

const EVERY_MS = 500;
const DEADLINE_MS = 2_500;
const LAST_DEADLINE_MS = 20_000;

type Life = Omit<CountedLife, 'logged'>;

/** Asks every process repeatedly what it has counted, and keeps what each said last. */
export class Counters {
  private readonly lives = new Map<ServiceProcess, Life>();
  private readonly asking = new Set<ServiceProcess>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly service: Pick<Installation, 'running' | 'metrics'>,
    private readonly logged: Logged,
    everyMs = EVERY_MS,
  ) {
    this.timer = setInterval(() => void this.askAll(), everyMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Asks for the last time, when nothing is counted any more. Returns what every process said, those that ended among them. */
  async end(deadlineMs = LAST_DEADLINE_MS): Promise<CountedLife[]> {
    this.stop();
    const from = Date.now();
    const hasSaidAll = async (): Promise<boolean> => {
      await this.askAll();
      return [...this.lives.values()].every(
        (life) => life.endedAt !== undefined || (life.askedAt >= from && isWhole(life)),
      );
    };
    // the judge sees who did not
    await waitFor('what every process has counted', hasSaidAll, { deadlineMs }).catch(() => undefined);
    return [...this.lives.values()].map((life) => ({ ...life, logged: this.logged.by(life.pid) }));
  }

  private async askAll(): Promise<void> {
    await Promise.all(this.service.running.map((process) => this.ask(process)));
  }

  private async ask(process: ServiceProcess): Promise<void> {
    if (!this.lives.has(process)) this.begin(process);
    if (this.asking.has(process)) return;
    this.asking.add(process);
    const askedAt = Date.now();
    const loggedBefore = this.logged.by(process.pid);
    const counts = await this.service
      .metrics(process, AbortSignal.timeout(DEADLINE_MS))
      .then(async (response) => (response.ok ? readCounts(await response.text()) : undefined))
      .catch(() => undefined);
    this.asking.delete(process);
    // by now another one may have its port
    if (counts !== undefined && process.runs) this.know(process, { askedAt, counts, loggedBefore });
  }

  /** A process that was just started has counted nothing. */
  private begin(process: ServiceProcess): void {
    const { name, pid } = process;
    this.lives.set(process, { process: name, pid, askedAt: Date.now(), counts: {}, loggedBefore: {} });
    void process.exited.then((code) => {
      this.know(process, { endedAt: Date.now(), hasStopped: code === 0 });
    });
  }

  private know(process: ServiceProcess, more: Partial<Life>): void {
    const life = this.lives.get(process);
    if (life !== undefined) this.lives.set(process, { ...life, ...more });
  }
}
