import { describe, expect, it } from '@jest/globals';
import { parseArguments } from '../../../../src/interfaces/cli/arguments.js';

const URL = 'http://localhost:5000';
const parse = (line: string, serviceUrl?: string) =>
  parseArguments(line === '' ? [] : line.split(' '), serviceUrl);

describe('the arguments', () => {
  const listed = { command: 'list', url: URL, json: false, selected: {}, limit: undefined };
  const shown = { command: 'show', url: URL, json: false, id: '3-42' };
  const settled = { url: URL, json: false, limit: undefined, rate: undefined, dryRun: false, yes: false };

  it.each([
    ['', { command: 'help', with: undefined }],
    ['--help', { command: 'help', with: undefined }],
    ['redrive --help', { command: 'help', with: 'redrive' }],
    ['list', listed],
    ['list --json --limit 1000', { ...listed, json: true, limit: 1_000 }],
    [
      'list --reason invalid --order order-1 --older-than 2h',
      { ...listed, selected: { reason: 'invalid', orderId: 'order-1', olderThanSeconds: 7_200 } },
    ],
    ['show 3-42', shown],
    ['show --id 3-42', shown],
    ['redrive --all', { ...settled, command: 'redrive', selected: { all: true } }],
    ['redrive 3-42', { ...settled, command: 'redrive', selected: { id: '3-42' } }],
    [
      'redrive --reason exhausted --limit 5000 --rate 100 --dry-run',
      {
        ...settled,
        command: 'redrive',
        selected: { reason: 'exhausted' },
        limit: 5_000,
        rate: 100,
        dryRun: true,
      },
    ],
    ['discard --id 3-42 --yes', { ...settled, command: 'discard', selected: { id: '3-42' }, yes: true }],
  ])('%s', (line, request) => {
    expect(parse(line)).toEqual(request);
  });

  it.each([
    ['90s', 90],
    ['10m', 600],
    ['2h', 7_200],
    ['1d', 86_400],
  ])('--older-than %s is %i seconds', (age, olderThanSeconds) => {
    expect(parse(`redrive --older-than ${age}`)).toMatchObject({ selected: { olderThanSeconds } });
  });

  it.each([
    ['list', undefined, URL],
    ['list', '', URL],
    ['list', 'https://orders.example/', 'https://orders.example'],
    ['list --url http://other:1', 'https://orders.example', 'http://other:1'],
  ])('%s with ORDER_SERVICE_URL=%s asks %s', (line, serviceUrl, url) => {
    expect(parse(line, serviceUrl)).toMatchObject({ url });
  });

  it.each([
    ['remove', "there is no command 'remove'"],
    ['constructor', "there is no command 'constructor'"],
    ['list --colour red', "Unknown option '--colour'"],
    ['list --reason', "Option '--reason <value>' argument missing"],
    ['list --all', 'list has no option --all'],
    ['show 3-42 --reason invalid', 'show has no option --reason'],
    ['redrive --all --yes', 'redrive has no option --yes'],
    ['list 3-42', 'one letter is shown by: show 3-42'],
    ['list --reason lost', '--reason must be one of invalid, exhausted, conflicting'],
    ['list --order=', '--order must not be empty'],
    ['list --limit 1001', '--limit must be a whole number from 1 to 1000'],
    ['list --older-than 10', '--older-than must be an age such as 90s, 10m, 2h or 1d'],
    ['list --older-than 0m', '--older-than must be an age such as 90s, 10m, 2h or 1d'],
    ['list --url orders', "'orders' is not the URL of a service, such as http://localhost:5000"],
    ['list --url ftp://orders', "'ftp://orders' is not the URL of a service, such as http://localhost:5000"],
    ['show', 'say which letter, such as 3-42'],
    ['show 42', "'42' is not the id of a letter, such as 3-42"],
    ['show 3-42 3-43', "one letter at a time, not '3-42 3-43'"],
    ['redrive', 'say which letters: --reason, --order, --older-than, --id, or --all for all of them'],
    ['discard --yes', 'say which letters: --reason, --order, --older-than, --id, or --all for all of them'],
    ['redrive --all --rate 0', '--rate must be a whole number of at least 1'],
    ['redrive --all --limit 1e3', '--limit must be a whole number of at least 1'],
  ])('%s is refused', (line, message) => {
    expect(() => parse(line)).toThrow(expect.objectContaining({ name: 'WrongUsage', message }));
  });
});
