import type {
  DeadLetterList,
  DeadLetterOutcome,
  DeadLetterSelection,
  DeadLetterView,
} from '../http/dead-letter-dtos.js';
import type { ProblemDetails } from '../http/problem-details.js';
import type { Selected } from './arguments.js';

/** As it is in JSON. */
type Json<T> = T extends Date ? string : T extends object ? { [Key in keyof T]: Json<T[Key]> } : T;

export type Letter = Json<DeadLetterView>;
export type LetterList = Json<DeadLetterList>;
export type ChunkOutcome = Json<DeadLetterOutcome>;
type Selection = Json<DeadLetterSelection>;

/** The service did not do it. The message is one line that says what to do. */
export class ServiceFailed extends Error {
  override readonly name = 'ServiceFailed';
}

const LETTERS = '/api/DeadLetter';
const TIMEOUT_MS = 60_000;

/** The dead letters of a running service, over HTTP. All of it rejects with {@link ServiceFailed}. */
export class OperationsClient {
  constructor(private readonly url: string) {}

  async list(selected: Selected, limit: number | undefined): Promise<LetterList> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...selected, limit })) {
      if (value !== undefined) query.set(name, String(value));
    }
    return (await this.ask(
      'GET',
      query.size === 0 ? LETTERS : `${LETTERS}?${query.toString()}`,
    )) as LetterList;
  }

  async show(id: string): Promise<Letter> {
    return (await this.ask('GET', `${LETTERS}/${id}`)) as Letter;
  }

  async redrive(selection: Selection): Promise<ChunkOutcome> {
    return (await this.ask('POST', `${LETTERS}/Redrive`, selection)) as ChunkOutcome;
  }

  async discard(selection: Selection): Promise<ChunkOutcome> {
    return (await this.ask('POST', `${LETTERS}/Discard`, selection)) as ChunkOutcome;
  }

  private async ask(method: string, path: string, selection?: Selection): Promise<unknown> {
    const body = selection === undefined ? {} : { body: JSON.stringify(selection) };
    const headers = { 'Content-Type': 'application/json' };
    const { status, json } = await this.answerTo(path, { method, headers, ...body });
    if (status !== 200) throw new ServiceFailed(this.lineOf(json as ProblemDetails));
    return json;
  }

  private async answerTo(path: string, init: RequestInit): Promise<{ status: number; json: unknown }> {
    try {
      const response = await fetch(this.url + path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
      const { status, headers } = response;
      if (headers.has('x-correlation-id')) return { status, json: await response.json() };
      throw new ServiceFailed(
        `${this.url} answered ${status}, and not as an order service does: is the URL right?`,
      );
    } catch (cause) {
      if (cause instanceof ServiceFailed) throw cause;
      const why =
        (cause as Error).name === 'TimeoutError'
          ? `${this.url} did not answer within ${TIMEOUT_MS / 1_000} s; what it did stays done: run the same again`
          : `no service answers at ${this.url}: start it, or say where it is with --url or ORDER_SERVICE_URL`;
      throw new ServiceFailed(why, { cause });
    }
  }

  private lineOf({ type, status, title, detail, correlationId }: ProblemDetails): string {
    if (type.endsWith(':unknown-path')) {
      return `the service at ${this.url} has nothing for operators: start it with OPERATIONS_API=on, or name another with --url`;
    }
    return status === 500 ? `${title}; its log has more under the correlation id ${correlationId}` : detail;
  }
}
