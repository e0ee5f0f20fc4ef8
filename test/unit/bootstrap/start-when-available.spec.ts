import { beforeEach, describe, expect, it } from '@jest/globals';
import { startWhenAvailable } from '../../../src/bootstrap/start-when-available.js';
import { RecordingLogger } from '../../../packages/delivery/test/support/recording-logger.js';

const SECOND = 1_000;

let logger: RecordingLogger;
let nowMs: number;
/** When the warnings were logged, in s. */
let warnedAt: number[];
beforeEach(() => {
  logger = new RecordingLogger();
  nowMs = 0;
  warnedAt = [];
});

/** A part whose dependency is unavailable for so many seconds; time passes by waiting alone. */
function start(unavailableForS: number, { stopAfterS = Infinity, isUnavailable = true } = {}) {
  return startWhenAvailable(
    'the broker',
    {
      start: () =>
        nowMs < unavailableForS * SECOND
          ? Promise.reject(new Error('connection refused'))
          : Promise.resolve(),
      isUnavailable: () => isUnavailable,
    },
    {
      logger,
      isStopping: () => nowMs >= stopAfterS * SECOND,
      now: () => nowMs,
      wait: (ms) => {
        for (let count = warnedAt.length; count < logger.lines.length; count++) warnedAt.push(nowMs / SECOND);
        nowMs += ms;
        return Promise.resolve();
      },
    },
  );
}

describe('starting a part whose dependency', () => {
  it('is available takes one attempt', async () => {
    expect(await start(0)).toBe(true);
    expect(logger.lines).toEqual([]);
  });

  it('becomes available later succeeds within a second of that', async () => {
    expect(await start(9.5)).toBe(true);
    expect(nowMs).toBe(10 * SECOND);
  });

  it('stays unavailable is warned of ever more seldom, at last once a minute', async () => {
    await start(300);

    expect(warnedAt).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
    expect(logger.lines[0]).toEqual({
      level: 'warn',
      message: 'the broker is not ready, retrying',
      fields: { reason: 'connection refused' },
    });
  });

  it('is unavailable until it is stopped has not started', async () => {
    expect(await start(300, { stopAfterS: 5 })).toBe(false);
  });

  it('can’t be used rejects at once', async () => {
    await expect(start(300, { isUnavailable: false })).rejects.toThrow('connection refused');
    expect(nowMs).toBe(0);
  });
});
