import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import {
  WinstonLogger,
  type LogFormat,
  type LogLevel,
} from '../../../src/infrastructure/logging/winston-logger.js';

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

    expect(written.text).toContain('"\\u001b[2J\\u{9b}2J\\u{202e}\\u{2066}"');
  });

  it('shows an error below its line, with its stack and its causes', () => {
    const { logger, written } = open('pretty');
    logger.error('failed', {
      error: new Error('outer', { cause: new TypeError('inner') }),
      orderId: 'order-1',
    });

    const [line, ...below] = plain(written).split('\n');
    expect(line).toMatch(/ error failed orderId=order-1$/);
    expect(below[0]).toBe('Error: outer');
    expect(below.join('\n')).toMatch(/\n {4}at [^]*cause.*TypeError: inner\n/);
  });

  it('shows an error in another field too', () => {
    const { logger, written } = open('pretty');
    logger.warn('x', { reason: new Error('why') });

    expect(plain(written)).toContain('"message":"why"');
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
