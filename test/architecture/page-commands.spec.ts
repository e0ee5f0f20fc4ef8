import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { run } from '../../src/interfaces/cli/program.js';
import { FakeTerminal } from '../support/fake-terminal.js';
import { blocksOf, commandsOf, readPage } from '../support/pages.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The pages whose commands need Docker or Kafka: they are checked, not run. */
const PAGES = ['README.md', 'docs/how-to/compose.md', 'docs/how-to/local.md'];

const COMPOSE = readPage('docker-compose.yml');
const SERVICES = matches(/^ {2}([\w-]+):$/gm, /^services:\n([^]*?)^\S/m.exec(COMPOSE)?.[1] ?? '');
const PROJECT = /^name: (\S+)$/m.exec(COMPOSE)?.[1];
const PORT = /(?:127\.0\.0\.1:|PORT=)(\d+)/g;

/** Of `docker compose`: those that take services, and those that take nothing. */
const FOR_SERVICES = ['up', 'ps', 'logs', 'start', 'stop'];
const FOR_NONE = ['down'];
/** Options that have a value of their own. */
const WITH_VALUE = ['--format', '--since', '--tail', '--scale'];

describe.each(PAGES)('%s', (page) => {
  const text = readPage(page);
  const shell = blocksOf(text).filter(({ language }) => language === 'sh');
  const commands = shell.flatMap(commandsOf);
  /** Also in the prose. */
  const quoted = [...commands, ...matches(/`([^`\n]+)`/g, text)];

  it('names services that docker-compose.yml has', () => {
    const invoked = quoted.flatMap((command) => matches(/docker compose ([^|)#]+)/g, command));
    const unknown = invoked.flatMap((command) => unknownServices(command.trim()));

    expect(unknown).toEqual([]);
  });

  it('names containers that Compose makes', () => {
    const names = matches(/(?:^|docker kill )(order-service-[\w-]+-\d+)\b/gm, text);
    const known = SERVICES.map((service) => new RegExp(`^${PROJECT}-${service}-\\d$`));

    expect(names.filter((name) => !known.some((pattern) => pattern.test(name)))).toEqual([]);
  });

  it('sets variables that docker-compose.yml passes on', () => {
    const set = commands.flatMap((command) => /^((?:[A-Z_]+=\S+ )+)docker compose/.exec(command)?.[1] ?? []);
    const names = set.flatMap((variables) => matches(/([A-Z_]+)=/g, variables));

    expect(names.filter((name) => !COMPOSE.includes(`\${${name}:`))).toEqual([]);
  });

  it('runs scripts that package.json has', () => {
    const scripts = quoted.flatMap((command) => matches(/\bnpm run (?:--silent )?([\w:-]+)/g, command));

    expect(scripts.filter((script) => !(script in packageJson.scripts))).toEqual([]);
  });

  it('runs files that the build makes', () => {
    const files = quoted.flatMap((command) => matches(/\bnode dist\/([\w/-]+)\.js/g, command));

    expect(files.filter((file) => !existsSync(join(ROOT, 'src', `${file}.ts`)))).toEqual([]);
  });

  it('calls the shell’s commands with options that their help has', async () => {
    const calls = quoted.flatMap((command) => [
      ...command.matchAll(/\b(dead-letters|orders) (?:-- )?([a-z]+)((?: \S+)*)/g),
    ]);
    for (const [call, script = '', name = '', options = ''] of calls) {
      const terminal = new FakeTerminal();
      await run([script, name, '--help'], terminal);
      const unknown = matches(/ (--[\w-]+)/g, options).filter(
        (option) => !terminal.written.stdout.includes(`${option} `),
      );
      expect({ call, unknown, exitCode: terminal.exitCode }).toEqual({ call, unknown: [], exitCode: 0 });
    }
  });

  it('opens ports that something listens on', () => {
    const opened = matches(/\blocalhost:(\d+)/g, text);
    const published = [...matches(PORT, COMPOSE), ...matches(PORT, text)];

    expect(opened.filter((port) => !published.includes(port))).toEqual([]);
  });

  it('has no command that goes on for ever with another one below', () => {
    const endless = shell.flatMap((block) => commandsOf(block).slice(0, -1)).filter(isEndless);

    expect(endless).toEqual([]);
  });
});

function unknownServices(command: string): string[] {
  const [verb = '', ...words] = command.replaceAll(/'[^']*'|"[^"]*"/g, '…').split(' ');
  const names = words.filter((word, index) => !word.startsWith('-') && !takesValue(words[index - 1]));
  const scaled = matches(/--scale (\w+)=/g, command);
  if (verb === 'exec') return [...names.slice(0, 1), ...scaled].filter((name) => !SERVICES.includes(name));
  if (FOR_SERVICES.includes(verb)) return [...names, ...scaled].filter((name) => !SERVICES.includes(name));
  return FOR_NONE.includes(verb) ? names : [`docker compose ${verb}`];
}

function takesValue(option = ''): boolean {
  return WITH_VALUE.includes(option);
}

function isEndless(command: string): boolean {
  return /\blogs\b[^|]* (-f|--follow)\b|^npm (start|run local)\b/.test(command);
}

function matches(pattern: RegExp, text: string): string[] {
  return [...text.matchAll(pattern)].map(([whole, group]) => group ?? whole);
}
