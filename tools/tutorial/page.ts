/** What the reader runs. `serves` goes on while the reader does the rest. */
export interface Command {
  readonly kind: 'command';
  readonly line: number;
  readonly script: string;
  readonly ends: 'succeeds' | 'fails' | 'serves';
  /** Whether it needs a PostgreSQL. */
  readonly onPostgres: boolean;
  /** Lines that it prints, among others; `...` stands for anything. */
  readonly prints: readonly string[];
}

/** What the reader changes. */
export interface Change {
  readonly kind: 'change';
  readonly line: number;
  readonly diff: string;
}

export interface Step {
  readonly title: string;
  readonly actions: readonly (Command | Change)[];
}

interface Block {
  readonly line: number;
  readonly info: string;
  readonly text: string;
}

/** How the first line of a block may look, behind its backticks. Readers see no more of it than the language's colours. */
const ENDS: Readonly<Record<string, Command['ends']>> = {
  sh: 'succeeds',
  'sh postgres': 'succeeds',
  'sh fails': 'fails',
  'sh serves': 'serves',
};
/** Only readers run it. */
const BY_HAND = 'sh by-hand';

/**
 * The steps of a page: its second-level headings, and the blocks below them. A `diff` is applied, an `sh` is run, and a `text`
 * is what the command before it prints. @throws Error with the line at fault
 */
export function parsePage(markdown: string): Step[] {
  const steps: (Step & { actions: (Command | Change)[] })[] = [];
  let previous: string | undefined;
  for (const part of readParts(markdown.split('\n'))) {
    if (typeof part === 'string') {
      steps.push({ title: part, actions: [] });
      previous = undefined;
      continue;
    }
    const actions = steps.at(-1)?.actions ?? [];
    const { line, info, text } = part;
    const ends = ENDS[info];
    if (ends !== undefined) {
      const onPostgres = info.endsWith('postgres');
      actions.push({ kind: 'command', line, script: text, ends, onPostgres, prints: [] });
    } else if (info === 'diff') actions.push({ kind: 'change', line, diff: text });
    else if (info === 'text') addOutput(part, actions, previous);
    else if (info !== BY_HAND) throw new Error(`line ${line}: what is a block of '${info}'?`);
    previous = info;
  }
  for (const action of steps.flatMap(({ actions }) => actions)) {
    if (action.kind === 'command' && action.ends !== 'succeeds' && action.prints.length === 0)
      throw new Error(`line ${action.line}: the page does not say what a command prints that ${action.ends}`);
  }
  return steps;
}

function addOutput({ line, text }: Block, actions: (Command | Change)[], previous: string | undefined): void {
  if (previous === BY_HAND) return;
  const command = actions.at(-1);
  if (command?.kind !== 'command' || command.prints.length > 0)
    throw new Error(`line ${line}: no command is before this output`);
  actions.splice(-1, 1, { ...command, prints: text.split('\n').filter((each) => each.trim() !== '') });
}

/** Titles, and the blocks between them. */
function* readParts(lines: readonly string[]): Generator<string | Block, void> {
  let begun: { line: number; info: string; lines: string[] } | undefined;
  for (const [index, text] of lines.entries()) {
    if (begun !== undefined && text === '```') {
      yield { line: begun.line, info: begun.info, text: `${begun.lines.join('\n')}\n` };
      begun = undefined;
    } else if (begun !== undefined) begun.lines.push(text);
    else if (text.startsWith('```')) begun = { line: index + 1, info: text.slice(3).trim(), lines: [] };
    else if (text.startsWith('## ')) yield text.slice(3);
  }
  if (begun !== undefined) throw new Error(`line ${begun.line}: the block does not end`);
}
