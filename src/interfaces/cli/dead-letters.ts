import { InvalidArgumentError, Option, type Command } from 'commander';
import { countDeadLetters, deadLetterTable, deadLetterText } from './dead-letter-text.js';
import { resolveDeadLetters, type ResolveOptions } from './resolve-dead-letters.js';
import { ServiceClient, type Selection } from './service-client.js';
import { print, type CommonOptions, type Terminal } from './terminal.js';

interface SelectOptions extends CommonOptions {
  readonly reason?: Selection['reason'];
  readonly order?: string;
  readonly olderThan?: number;
  readonly id?: string;
  readonly all?: true;
}

type ListOptions = SelectOptions & { readonly limit: number; readonly sort?: string };

const REASONS = ['invalid', 'exhausted', 'conflicting'] satisfies Selection['reason'][];
const ORDERS = ['message', 'newest'];
const MAX_LISTED = 1_000;
const DEFAULT_LISTED = 100;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** The operators' commands. */
export function addDeadLetterCommands(program: Command, terminal: Terminal): void {
  program.description(
    'What to do with dead letters, the messages that could not be processed. Asks a service that runs with OPERATIONS_API=on.',
  );

  const list = program.command('list').summary('list dead letters');
  list.description('Lists the dead letters that were neither redriven nor discarded.');
  addFilter(list)
    .addOption(
      new Option('--sort <order>', 'as they would be redriven, or what failed last first').choices(ORDERS),
    )
    .option('--limit <n>', `how many at most, up to ${MAX_LISTED}`, parseCount(MAX_LISTED), DEFAULT_LISTED)
    .action((options: ListOptions) => listDeadLetters(options, terminal));
  addExamples(list, 'list', 'list --reason exhausted --older-than 1h');

  const show = program.command('show').summary('show one dead letter');
  show.description('Shows one dead letter whole: where it came from, why it failed, its bytes.');
  addId(show).action(async (argument: string | undefined, options: SelectOptions) => {
    const id = selectId(show, argument, options);
    if (id === undefined) return show.error('error: say which dead letter, such as 3-42');
    const deadLetter = await new ServiceClient(options).showDeadLetter(id);
    print(terminal, options, deadLetter, deadLetterText(deadLetter));
  });
  addExamples(show, 'show 3-42');

  const redrive = program.command('redrive').summary('send dead letters back to be processed');
  redrive.description(
    'Sends dead letters back to their topic, to be processed. One that fails again becomes another dead letter. ' +
      'An order that is processed already is not processed again. Ctrl-C stops it; what is left stays listed.',
  );
  addResolving('redrive', redrive, terminal);
  addExamples(redrive, 'redrive 3-42', 'redrive --reason exhausted --dry-run', 'redrive --all --rate 20');

  const discard = program.command('discard').summary('take dead letters off the list for good');
  discard.description(
    'Takes dead letters off the list for good: they are not processed. Asks before it does. ' +
      'Ctrl-C stops it; what is left stays listed.',
  );
  addResolving('discard', discard, terminal).option('--yes', 'do not ask');
  addExamples(discard, 'discard 3-42', 'discard --reason invalid --older-than 1d --yes');
}

async function listDeadLetters(options: ListOptions, terminal: Terminal): Promise<void> {
  const { limit, sort } = options;
  const listed = await new ServiceClient(options).listDeadLetters({ ...toSelection(options), limit, sort });
  const { deadLetters, more } = listed;
  const others = more ? '; there are others: see --limit and the filters' : '';
  const width = terminal.stdout.columns ?? Infinity;
  const table = deadLetterTable(deadLetters, new Date(terminal.now()), width);
  const lines = [...table, `${countDeadLetters(deadLetters.length)}${others}`];
  print(terminal, options, listed, deadLetters.length === 0 ? ['no dead letters'] : lines);
}

function addResolving(how: 'redrive' | 'discard', command: Command, terminal: Terminal): Command {
  return addFilter(addId(command))
    .option('--all', 'all of them; needed where no other option says which')
    .option('--limit <n>', 'how many at most', parseCount())
    .option('--rate <n>', 'how many a second at most', parseCount())
    .option('--dry-run', 'only count them')
    .action((argument: string | undefined, options: SelectOptions & ResolveOptions) => {
      const selection = { ...toSelection(options), id: selectId(command, argument, options) };
      if (Object.values(selection).every((value) => value === undefined)) {
        const which = '--reason, --order, --older-than, --id, or --all for all of them';
        return command.error(`error: say which dead letters: ${which}`);
      }
      return resolveDeadLetters(how, selection, options, command, terminal);
    });
}

function addFilter(command: Command): Command {
  return command
    .addOption(new Option('--reason <reason>', 'those that were dead-lettered for this').choices(REASONS))
    .option('--order <id>', 'those of the order with this id, the key of the message', parseOrder)
    .option('--older-than <age>', 'those that failed longer ago than this: 90s, 10m, 2h, 1d', parseAge);
}

function addId(command: Command): Command {
  return command
    .argument('[id]', 'one dead letter: its partition and offset, such as 3-42', parseId)
    .option('--id <id>', 'the same, as an option', parseId);
}

function addExamples(command: Command, ...examples: string[]): void {
  const lines = examples.map((example) => `\n  ${command.parent?.name() ?? ''} ${example}`);
  command.addHelpText('after', `\nExamples:${lines.join('')}`);
}

function selectId(command: Command, argument: string | undefined, { id }: SelectOptions): string | undefined {
  if (argument === undefined || id === undefined) return argument ?? id;
  return command.error(`error: one dead letter at a time, not ${argument} and --id ${id}`);
}

function toSelection({ reason, order, olderThan, all }: SelectOptions): Selection {
  return { reason, orderId: order, olderThanSeconds: olderThan, all };
}

function parseCount(max = 999_999_999) {
  return (text: string): number => {
    if (/^[1-9]\d*$/.test(text) && Number(text) <= max) return Number(text);
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${max}.`);
  };
}

/** In seconds. */
function parseAge(text: string): number {
  const [, number, unit = ''] = /^([1-9]\d{0,4})([smhd])$/.exec(text) ?? [];
  const seconds = SECONDS[unit];
  if (seconds !== undefined) return Number(number) * seconds;
  throw new InvalidArgumentError('It must be an age such as 90s, 10m, 2h or 1d.');
}

function parseOrder(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}

function parseId(text: string): string {
  if (/^\d{1,9}-\d{1,19}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a partition and an offset, such as 3-42.');
}
