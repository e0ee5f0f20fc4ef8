import type {
  DeadLetterList,
  DeadLetterOutcome,
  DeadLetterSelection,
  DeadLetterView,
} from '../http/dead-letters/dead-letter-dtos.js';
import type { ProblemDetails } from '../http/problems/problem-details.js';
import type { Selected } from './arguments.js';
import { ask, lineOf, ServiceFailed } from './service-client.js';

/** As it is in JSON. */
type Json<T> = T extends Date ? string : T extends object ? { [Key in keyof T]: Json<T[Key]> } : T;

export type Letter = Json<DeadLetterView>;
export type LetterList = Json<DeadLetterList>;
export type ChunkOutcome = Json<DeadLetterOutcome>;
type Selection = Json<DeadLetterSelection>;

const LETTERS = '/api/DeadLetter';

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
    const { status, text } = await ask(this.url, path, { method, headers, ...body });
    const json: unknown = JSON.parse(text);
    if (status !== 200) throw new ServiceFailed(this.whyNot(json as ProblemDetails));
    return json;
  }

  private whyNot(problem: ProblemDetails): string {
    if (!problem.type.endsWith(':unknown-path')) return lineOf(problem);
    return `the service at ${this.url} has nothing for operators: start it with OPERATIONS_API=on, or name another with --url`;
  }
}
