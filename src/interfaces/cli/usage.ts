export type CommandName = keyof typeof TEXTS;

const RUN = 'npm run dead-letters --';

const WHICH = `Which letters (those that match all of it):
  --reason <reason>      invalid, exhausted or conflicting
  --order <id>           the order's id, the key of the message
  --older-than <age>     given up longer ago than this: 90s, 10m, 2h, 1d`;

const HOW_MANY = `  --id <id>              one letter, such as 3-42
  --all                  needed when there is no filter
  --limit <n>            how many at most
  --rate <n>             letters a second at most
  --dry-run              only counts what matches`;

const ALWAYS = `  --json                 prints JSON (with npm run --silent nothing else)
  --url <url>            of the service, or ORDER_SERVICE_URL; http://localhost:5000 by default
  --help`;

const TEXTS = {
  list: `Lists the messages that were given up and wait.

${WHICH}
  --limit <n>            how many at most, 1 to 1000; 100 by default
${ALWAYS}

  ${RUN} list
  ${RUN} list --reason exhausted --older-than 1h`,

  show: `Shows one letter whole: where it came from, why it was given up, its bytes.

  --id <id>              the letter; the option's name may be left out
${ALWAYS}

  ${RUN} show 3-42`,

  redrive: `Sends messages that were given up back to be carried out. One that fails again comes back as another letter.
An order that is carried out already is not carried out again. Ctrl-C stops it; what is left stays listed.

${WHICH}
${HOW_MANY}
${ALWAYS}

  ${RUN} redrive 3-42
  ${RUN} redrive --reason exhausted --dry-run
  ${RUN} redrive --all --rate 100`,

  discard: `Takes messages that were given up out of the list for good: they are not carried out.
Asks before it does. Ctrl-C stops it; what is left stays listed.

${WHICH}
${HOW_MANY}
  --yes                  does not ask
${ALWAYS}

  ${RUN} discard 3-42
  ${RUN} discard --reason invalid --older-than 1d --yes`,
};

const OVERVIEW = `What to do with messages that were given up. Asks the service over HTTP, where it runs with OPERATIONS_API=on.

  ${RUN} list
  ${RUN} show 3-42
  ${RUN} redrive --reason exhausted
  ${RUN} discard --order order-1001
  ${RUN} <command> --help

Ends with 0 when it is done, 1 when it failed or is done in part, 2 when it was not understood.`;

export function commandNamed(text: string | undefined): CommandName | undefined {
  return text !== undefined && Object.hasOwn(TEXTS, text) ? (text as CommandName) : undefined;
}

export function usageOf(command: CommandName | undefined): string {
  return command === undefined ? OVERVIEW : TEXTS[command];
}

/** The command that prints the usage of `command`. */
export function helpFor(command: CommandName | undefined): string {
  return [RUN, ...(command === undefined ? [] : [command]), '--help'].join(' ');
}
