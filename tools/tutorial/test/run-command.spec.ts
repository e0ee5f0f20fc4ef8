import { afterAll, describe, expect, it } from '@jest/globals';
import { tmpdir } from 'node:os';
import type { Command } from '../page.js';
import { runCommand } from '../run-command.js';
import { Shell } from '../shell.js';

const environment = { PATH: process.env['PATH'] ?? '', PORT: '15001' };
const run = (script: string, command: Partial<Command> = {}, deadlineMs = 10_000) => {
  const whole = { kind: 'command', line: 1, ends: 'succeeds', onPostgres: false, prints: [] } as const;
  return runCommand({ ...whole, script, ...command }, tmpdir(), environment, deadlineMs);
};

afterAll(() => Shell.stopAll());

describe('a command of the page', () => {
  it.each<[string, string, Partial<Command>]>([
    ['succeeds', 'echo fine', { prints: ['fine'] }],
    ['fails', 'echo bad >&2; exit 3', { ends: 'fails', prints: ['bad'] }],
    ['serves', 'echo ready; sleep 60', { ends: 'serves', prints: ['ready'] }],
    ['asks the service at its port', 'echo localhost:5000', { prints: ['localhost:15001'] }],
  ])('%s', async (_what, script, command) => {
    expect(await run(script, command)).toBe(command.ends ?? 'succeeds');
  });

  it.each<[string, string, Partial<Command>, string]>([
    ['fails instead', 'false; true', {}, 'it succeeds\nBut it fails with exit code 1.'],
    ['succeeds instead', 'true', { ends: 'fails', prints: ['bad'] }, 'prints:\n  bad\nBut it succeeds.'],
    ['prints something else', 'echo other', { prints: ['fine'] }, 'But it does not print: fine.'],
    ['ends though it should serve', 'true', { ends: 'serves', prints: ['ready'] }, 'But it has ended.'],
  ])('says so when it %s', async (_what, script, command, message) => {
    await expect(run(script, command)).rejects.toThrow(message);
  });

  it('is ended when it takes too long', async () => {
    await expect(run('echo begun; sleep 60', {}, 300)).rejects.toThrow(
      'But it has not ended after 0.3 s. Its last lines are:\n  begun',
    );
  });
  it('says what a service has not printed in time', async () => {
    const serves = { ends: 'serves', prints: ['ready'] } as const;

    await expect(run('echo begun; sleep 60', serves, 300)).rejects.toThrow(
      'But it does not print within 0.3 s: ready. Its last lines are:\n  begun',
    );
  });
});
