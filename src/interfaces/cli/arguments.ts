import { parseArgs } from 'node:util';
import type { DeadLetterReason } from '../../application/ports/dead-letters.js';
import { countOf, letterIdOf, orderOf, reasonOf, secondsOf, urlOf, WrongUsage } from './option-values.js';
import { commandNamed, type CommandName } from './usage.js';

/** Which letters, in the words of the HTTP API. */
export interface Selected {
  readonly reason?: DeadLetterReason;
  readonly orderId?: string;
  readonly olderThanSeconds?: number;
  readonly id?: string;
  readonly all?: true;
}

interface Request {
  readonly url: string;
  readonly json: boolean;
}

export interface ListRequest extends Request {
  readonly command: 'list';
  readonly selected: Selected;
  readonly limit: number | undefined;
}

export interface ShowRequest extends Request {
  readonly command: 'show';
  readonly id: string;
}

export interface SettleRequest extends Request {
  readonly command: 'redrive' | 'discard';
  readonly selected: Selected;
  readonly limit: number | undefined;
  /** Letters a second. */
  readonly rate: number | undefined;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

export interface HelpRequest {
  readonly command: 'help';
  readonly with: CommandName | undefined;
}

const MAX_LISTED = 1_000;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const FILTER = { reason: text, order: text, 'older-than': text, limit: text };
const ALWAYS = { url: text, json: flag, help: flag };
const SETTLE = { ...ALWAYS, ...FILTER, id: text, all: flag, rate: text, 'dry-run': flag };
const ALL = { ...SETTLE, yes: flag };
const OPTIONS: Readonly<Record<CommandName, object>> = {
  list: { ...ALWAYS, ...FILTER },
  show: { ...ALWAYS, id: text },
  redrive: SETTLE,
  discard: ALL,
};
type Values = ReturnType<typeof parsed>['values'];

/** @throws WrongUsage */
export function parseArguments(
  [first, ...others]: readonly string[],
  serviceUrl: string | undefined,
): ListRequest | ShowRequest | SettleRequest | HelpRequest {
  if (first === undefined || first === '--help') return { command: 'help', with: undefined };
  const command = commandNamed(first);
  if (command === undefined) throw new WrongUsage(`there is no command '${first}'`);
  const { values, positionals } = parsed(others);
  const foreign = Object.keys(values).find((option) => !Object.hasOwn(OPTIONS[command], option));
  if (foreign !== undefined) throw new WrongUsage(`${command} has no option --${foreign}`);
  if (values.help === true) return { command: 'help', with: command };

  const request = { url: urlOf(values.url ?? serviceUrl), json: values.json === true };
  const ids = values.id === undefined ? positionals : [...positionals, values.id];
  if (ids.length > 1) throw new WrongUsage(`one letter at a time, not '${ids.join(' ')}'`);
  const id = ids[0] === undefined ? undefined : letterIdOf(ids[0]);
  if (command === 'show') {
    if (id === undefined) throw new WrongUsage('say which letter, such as 3-42');
    return { command, ...request, id };
  }
  const selected = selectedBy(values, id);
  if (command === 'list') {
    if (id !== undefined) throw new WrongUsage(`one letter is shown by: show ${id}`);
    return { command, ...request, selected, limit: countIf('--limit', values.limit, MAX_LISTED) };
  }
  if (Object.keys(selected).length === 0) {
    throw new WrongUsage(
      'say which letters: --reason, --order, --older-than, --id, or --all for all of them',
    );
  }
  const [limit, rate] = [countIf('--limit', values.limit), countIf('--rate', values.rate)];
  const { 'dry-run': dryRun = false, yes = false } = values;
  return { command, ...request, selected, limit, rate, dryRun, yes };
}

function parsed(args: string[]) {
  try {
    return parseArgs({ args, options: ALL, allowPositionals: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('ERR_PARSE_ARGS_') !== true) throw error;
    throw new WrongUsage(message.split('. ')[0], { cause: error });
  }
}

function selectedBy({ reason, order, 'older-than': age, all }: Values, id: string | undefined): Selected {
  return {
    ...(reason === undefined ? {} : { reason: reasonOf(reason) }),
    ...(order === undefined ? {} : { orderId: orderOf(order) }),
    ...(age === undefined ? {} : { olderThanSeconds: secondsOf(age) }),
    ...(id === undefined ? {} : { id }),
    ...(all === true ? { all } : {}),
  };
}

function countIf(option: string, text: string | undefined, max?: number): number | undefined {
  return text === undefined ? undefined : countOf(option, text, max);
}
