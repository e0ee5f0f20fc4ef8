import { parseArgs } from 'node:util';
import { urlOf, WrongUsage } from './option-values.js';

export interface ImportRequest {
  readonly url: string;
  readonly json: boolean;
  /** Absent: standard input. */
  readonly file: string | undefined;
  readonly key: string | undefined;
}

const RUN = 'npm run orders --';

export const IMPORT_USAGE = `Takes the orders of a file in, a JSON object a line: {"product":"Coffee grinder","quantity":2}

  ${RUN} import FILE
  ${RUN} import -             reads standard input

An order without an orderId gets one that is made of the file's content and the number of its line, so that what is
imported twice takes effect once. An import that was cut off, or stopped by Ctrl-C, goes on where it was when the
same is run again. What is invalid is told on standard error.

  --key <key>            instead of the file's content; standard input has none of its own, and gets a new one
  --json                 prints JSON (with npm run --silent nothing else)
  --url <url>            of the service, or ORDER_SERVICE_URL; http://localhost:5000 by default
  --help

Ends with 0 when all orders are published, 1 when some are invalid or it is done in part, 2 when it was not understood.`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const MAX_KEY = 240;

/** Answers the usage where it was asked for. @throws WrongUsage */
export function parseImport(
  args: readonly string[],
  serviceUrl: string | undefined,
): ImportRequest | typeof IMPORT_USAGE {
  const { values, positionals } = parsed(args);
  const [command, file, ...others] = positionals;
  if (values.help === true || args.length === 0) return IMPORT_USAGE;
  if (command !== 'import') throw new WrongUsage(`there is no command '${command ?? ''}'`);
  if (file === undefined) throw new WrongUsage('say which file, or - for standard input');
  if (others.length > 0) throw new WrongUsage(`one file at a time, not '${others.join(' ')}' too`);
  const { key } = values;
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key))
    throw new WrongUsage('--key must be visible ASCII characters');
  if (key !== undefined && key.length > MAX_KEY)
    throw new WrongUsage(`--key must have at most ${MAX_KEY} characters`);
  return {
    url: urlOf(values.url ?? serviceUrl),
    json: values.json === true,
    file: file === '-' ? undefined : file,
    key,
  };
}

function parsed(args: readonly string[]) {
  try {
    const options = { url: text, key: text, json: flag, help: flag };
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('ERR_PARSE_ARGS_') !== true) throw error;
    throw new WrongUsage(message.split('. ')[0], { cause: error });
  }
}
