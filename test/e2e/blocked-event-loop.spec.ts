import { afterEach, expect, it } from '@jest/globals';
import { findFreePorts } from '../../tools/dev-servers/free-ports.js';
import { ServiceProcess } from '../../tools/dev-servers/service-process.js';
import { LOG_LINES } from '../../tools/log-lines.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

/** Keeps the event loop of the process busy for two seconds at the signal. */
const BLOCK = 'process.on("SIGWINCH", () => { const end = Date.now() + 2_000; while (Date.now() < end); });';

let service: ServiceProcess | undefined;
afterEach(() => service?.stop());

it('tells of a blocked event loop: /health/live does not respond meanwhile, and the log says for how long', async () => {
  const [port = 0] = await findFreePorts(1);
  const lines: string[] = [];
  service = ServiceProcess.start(
    'service',
    {
      ROLE: 'all',
      MESSAGING: 'in-memory',
      STORE: 'in-memory',
      LOG_FORMAT: 'json',
      PORT: String(port),
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(BLOCK)}`,
    },
    (line) => lines.push(line),
  );
  const live = async (withinMs: number): Promise<boolean> =>
    (await fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(withinMs) })).ok;
  const isLive = (withinMs: number) => live(withinMs).catch(() => false);
  await waitFor('life', () => isLive(5_000), { deadlineMs: 30_000 });
  service.signal('SIGWINCH');

  await waitFor('no response', async () => !(await isLive(500)));
  await waitFor('a response', () => isLive(5_000));
  const line = await waitFor('the warning', () =>
    lines.find((each) => each.includes(LOG_LINES.eventLoopBlocked)),
  );
  const { blockedMs, ...warning } = JSON.parse(line) as { blockedMs: number };
  expect(warning).toMatchObject({
    level: 'warn',
    message: LOG_LINES.eventLoopBlocked,
    sessionTimeoutMs: 10_000,
  });
  expect(String(blockedMs)).toMatch(/^\d{4}$/);
});
