import { beforeEach, describe, expect, it } from '@jest/globals';
import { RecordingLogger } from '../../../../packages/delivery/test/support/recording-logger.js';
import { RefusalLog } from '../../../../src/interfaces/http/limits/refusal-log.js';

const SHOP = { key: 'client shop', name: { client: 'shop' } };
const address = (n: number) => ({ key: `address ${n}`, name: { address: String(n) } });

let now: number;
let logger: RecordingLogger;
let refusals: RefusalLog;
beforeEach(() => {
  now = 0;
  logger = new RecordingLogger();
  refusals = new RefusalLog(logger, () => now);
});
const fields = () => logger.lines.map((line) => line.fields);

describe('the log of refusals', () => {
  it('says at once whose requests are refused, and why', () => {
    refusals.add(SHOP, 'requests');

    expect(logger.lines).toEqual([
      {
        level: 'warn',
        message: 'a client asks for more than its limit, it is refused',
        fields: { client: 'shop', limit: 'requests', refused: 1 },
      },
    ]);
  });

  it('has a line a minute of a client, which says how many were refused since', () => {
    for (let n = 0; n < 1_000; n++) refusals.add(SHOP, 'requests');
    now = 59_999;
    refusals.add(SHOP, 'requests');
    expect(fields()).toHaveLength(1);
    now = 60_000;
    refusals.add(SHOP, 'requests');

    expect(fields()).toMatchObject([{ refused: 1 }, { refused: 1_001 }]);
  });

  it('has one of each limit and of each client', () => {
    refusals.add(SHOP, 'requests');
    refusals.add(SHOP, 'imports');
    refusals.add(address(1), 'requests');

    expect(fields()).toMatchObject([{ limit: 'requests' }, { limit: 'imports' }, { address: '1' }]);
  });

  it('has a hundred lines a minute at most, whoever floods', () => {
    for (let n = 0; n < 10_000; n++) refusals.add(address(n), 'requests');
    expect(fields()).toHaveLength(100);
    now = 60_000;
    for (let n = 20_000; n < 30_000; n++) refusals.add(address(n), 'requests');

    expect(fields()).toHaveLength(200);
  });
});
