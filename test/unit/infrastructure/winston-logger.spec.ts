import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { LogFormat } from '../../../src/infrastructure/logging/log-format.js';
import type { LogLevel } from '../../../src/infrastructure/logging/log-level.js';
import { WinstonLogger } from '../../../src/infrastructure/logging/winston-logger.js';

/** Everything that is written to it. */
class Written extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  get lines(): string[] {
    return this.text.trimEnd().split('\n');
  }

  get json(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

function open(format: LogFormat, level: LogLevel = 'debug') {
  const written = new Written();
  return { written, logger: WinstonLogger.create({ level, format, stream: written }) };
}

/** What ends a line for one program or another. */
const FORGED = ['\n', '\r\n', '\r', '\v', '\f', '\x85', '\u2028', '\u2029'];
const ENDS_OF_LINES = /[\n\r\v\f\x85\u2028\u2029]/;
/** Clears a screen, in three ways; turns the direction of the text; hides in a text. */
const STEERING = '\x1b[2J\x9b2J\x1b]0;title\x07\u202e\u2066\u200b\u{e0041}\x08\x7f\0\ud800';

describe('a log in JSON', () => {
  it('has a line for each event, with its time, level, message and fields', () => {
    const { logger, written } = open('json');
    logger.info('order processed', { orderId: 'order-1', partition: 3, ok: true, none: undefined });
    logger.warn('a commit failed');

    const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown;
    expect(written.json).toEqual([
      { timestamp, level: 'info', message: 'order processed', orderId: 'order-1', partition: 3, ok: true },
      { timestamp, level: 'warn', message: 'a commit failed' },
    ]);
  });

  it('shows an error with its stack and its causes', () => {
    const { logger, written } = open('json');
    const cause = new TypeError('inner', { cause: 'a string' });
    logger.error('failed', { error: new Error('outer', { cause }) });

    const aStack = (text: string) => expect.stringContaining(`${text}\n    at `) as unknown;
    expect(written.json[0]?.['error']).toEqual({
      name: 'Error',
      message: 'outer',
      stack: aStack('Error: outer'),
      cause: {
        name: 'TypeError',
        message: 'inner',
        stack: aStack('TypeError: inner'),
        cause: 'a string',
      },
    });
  });

  it('shows numbers of 64 bits as text', () => {
    const { logger, written } = open('json');
    logger.info('x', { offset: 9007199254740993n, deep: { offsets: [1n] } });

    expect(written.json).toMatchObject([{ offset: '9007199254740993', deep: { offsets: ['1'] } }]);
  });

  it('keeps an event on one line, whatever is in it', () => {
    const { logger, written } = open('json');
    logger.info('two\nlines', { product: 'three\r\nmore' });

    expect(written.lines).toHaveLength(1);
  });

  it('keeps its level and message when a field has their name', () => {
    const { logger, written } = open('json');
    logger.info('the message', { level: 'error', message: 'another' });

    expect(written.json).toMatchObject([{ level: 'info', message: 'the message' }]);
  });
});

describe('a line in JSON that has what others sent', () => {
  it('ends where it ends, and steers no terminal that shows it', () => {
    const { logger, written } = open('json');
    const sent = [...FORGED, STEERING].join('tea');
    logger.info(sent, { key: sent, error: new Error(sent) });

    expect(written.text.trimEnd()).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(written.json).toMatchObject([{ message: sent, key: sent, error: { message: sent } }]);
  });

  it.each(['json', 'pretty'] as const)('is written as %s even when it can’t be shown in full', (format) => {
    const { logger, written } = open(format);
    const error = new Error('it is its own cause');
    error.cause = error;
    const circle: Record<string, unknown> = {};
    circle['circle'] = circle;
    logger.error('failed', { error, circle });

    expect(written.text).toContain('it is its own cause');
    expect(written.text).toContain('[Circular');
  });
});

describe('the fields of a debug line', () => {
  it('may be made when the line is written, and only then', () => {
    const { logger, written } = open('json', 'debug');
    logger.with({ replica: 'replica-1' }).debug('x', () => ({ attempt: 1 }));
    const quiet = open('json', 'info');
    quiet.logger.debug('x', () => {
      throw new Error('nobody asked for them');
    });

    expect(written.json).toMatchObject([{ level: 'debug', replica: 'replica-1', attempt: 1 }]);
    expect(quiet.written.text).toBe('');
  });
});

describe('debug, switched at run time', () => {
  it.each(['error', 'warn', 'info'] as const)('is on, then off again, and %s applies', (level) => {
    const { logger, written } = open('json', level);
    const own = logger.with({ replica: 'replica-1' });
    const all = () => {
      for (const each of ['debug', 'info', 'warn', 'error'] as const) own[each](each);
    };
    logger.switchDebug();
    all();
    logger.switchDebug();
    const after = written.lines.length;
    all();

    expect(written.json.slice(0, after).map((line) => line['message'])).toEqual([
      'debug is on',
      'debug',
      'info',
      'warn',
      'error',
      'debug is off',
    ]);
    const shown = { error: ['error'], warn: ['warn', 'error'], info: ['info', 'warn', 'error'] };
    expect(written.json.slice(after).map((line) => line['message'])).toEqual(shown[level]);
  });

  it('says which level applies from now on', () => {
    const { logger, written } = open('json', 'warn');
    logger.switchDebug();
    logger.switchDebug();

    expect(written.json).toMatchObject([
      { level: 'info', message: 'debug is on', logLevel: 'debug' },
      { level: 'info', message: 'debug is off', logLevel: 'warn' },
    ]);
  });

  it('is off for a while where it is the level that is set', () => {
    const { logger, written } = open('json', 'debug');
    logger.switchDebug();
    logger.debug('x');
    logger.switchDebug();
    logger.debug('y');

    expect(written.json.map((line) => line['message'])).toEqual(['debug is off', 'debug is on', 'y']);
    expect(written.json[0]).toMatchObject({ logLevel: 'info' });
  });
});

describe('the fields of a line', () => {
  it('are those of its logger too, and the line’s own win', () => {
    const { logger, written } = open('json');
    const own = logger.with({ replica: 'replica-1', attempt: 1 }).with({ partition: 3 });
    own.info('x', { attempt: 2 });

    expect(written.json).toMatchObject([{ replica: 'replica-1', partition: 3, attempt: 2 }]);
  });

  it('do not reach the logger that another was made from', () => {
    const { logger, written } = open('json');
    logger.with({ replica: 'replica-1' });
    logger.info('x');

    expect(written.json[0]).not.toHaveProperty('replica');
  });
});

describe('the level of a log', () => {
  it.each([
    ['error', ['error']],
    ['warn', ['warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['debug', ['debug', 'info', 'warn', 'error']],
  ] as const)('%s lets through %j', (level, through) => {
    const { logger, written } = open('json', level);
    for (const each of ['debug', 'info', 'warn', 'error'] as const) logger[each](each);

    expect(written.json.map((line) => line['level'])).toEqual(through);
  });
});

describe('a log for people', () => {
  const plain = ({ text }: Written) => stripVTControlCharacters(text);

  it('has time, level, message and fields on a line', () => {
    const { logger, written } = open('pretty');
    logger.info('order processed', { orderId: 'order-1', partition: 3, none: undefined });

    expect(plain(written)).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} info {2}order processed orderId=order-1 partition=3\n$/,
    );
  });

  it('quotes what has spaces, and shows values that are not plain', () => {
    const { logger, written } = open('pretty');
    logger.info('x', { product: 'Espresso machine', partitions: [0, 1], offset: 7n });

    expect(plain(written)).toContain(' x product="Espresso machine" partitions=[0,1] offset="7"');
  });

  it('lets nothing steer the terminal', () => {
    const { logger, written } = open('pretty');
    logger.info('x', { key: '\x1b[2J\x9b2J\u202e\u2066' });

    expect(written.text).toContain('"\\u001b[2J\\u009b2J\\u202e\\u2066"');
  });

  it('shows an error below its line, with its stack and its causes', () => {
    const { logger, written } = open('pretty');
    logger.error('failed', {
      error: new Error('outer', { cause: new TypeError('inner') }),
      orderId: 'order-1',
    });

    const [line, ...below] = plain(written).split('\n');
    expect(line).toMatch(/ error failed orderId=order-1$/);
    expect(below[0]).toBe('  Error: outer');
    expect(below.join('\n')).toMatch(/\n {6}at [^]*cause.*TypeError: inner\n/);
  });

  it('shows of an error its stack and its causes, and nothing else that it carries', () => {
    const { logger, written } = open('pretty');
    const error = Object.assign(new Error('outer'), { detail: 'Failing row contains (tea).' });
    logger.error('failed', { error });

    expect(written.text).not.toContain('tea');
  });

  it('shows an error in another field too', () => {
    const { logger, written } = open('pretty');
    logger.warn('x', { reason: new Error('why') });

    expect(plain(written)).toContain('"message":"why"');
  });

  it.each([
    ['its message', (text: string) => [text, {}] as const],
    ['a field', (text: string) => ['x', { key: text }] as const],
    ['an error', (text: string) => ['x', { error: new Error(text) }] as const],
    ['the cause of an error', (text: string) => ['x', { error: new Error('x', { cause: text }) }] as const],
    ['what is no error', (text: string) => ['x', { error: text }] as const],
  ])('begins no line, and steers no terminal, with what is in %s', (_where, lineOf) => {
    const { logger, written } = open('pretty');
    const forged = FORGED.map((end) => `tea${end}12:00:00.000 info  order processed`).join('');
    const [message, fields] = lineOf(`${forged}${STEERING}`);
    logger.info(message, fields);

    const lines = plain(written).trimEnd().split(ENDS_OF_LINES);
    expect(lines.filter((line) => line.startsWith('12:00:00.000'))).toEqual([]);
    expect(stripVTControlCharacters(written.text).replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {2}/);
  });

  // in a process of its own, whose stdout is no terminal
  it.each([
    ['no colours with NO_COLOR', { NO_COLOR: '1' }, false],
    ['no colours where stdout is no terminal', {}, false],
    ['colours with FORCE_COLOR', { FORCE_COLOR: '1' }, true],
  ])('has %s', (_what, environment, coloured) => {
    const module = new URL('../../../src/infrastructure/logging/winston-logger.ts', import.meta.url).href;
    const script = `
      import { WinstonLogger } from '${module}';
      WinstonLogger.create({ level: 'info', format: 'pretty' }).info('x', { orderId: 'order-1' });`;
    const { NO_COLOR: _no, FORCE_COLOR: _force, ...inherited } = process.env;
    const text = execFileSync(
      process.execPath,
      ['--import', 'tsx', '--no-warnings', '--input-type=module', '--eval', script],
      { env: { ...inherited, ...environment }, encoding: 'utf8' },
    );

    expect(stripVTControlCharacters(text)).toContain(' info  x orderId=order-1\n');
    expect(stripVTControlCharacters(text) !== text).toBe(coloured);
  });
});
