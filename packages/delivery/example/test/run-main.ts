import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../../src/contract/wait-for.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/** Runs the example's program until it has followed the parcel, and stops it. Returns what it followed, and how it ended. */
export async function runMain(environment: Readonly<Record<string, string>>) {
  const program = spawn(process.execPath, ['--import', 'tsx', 'packages/delivery/example/src/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  program.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise((resolve) => program.once('close', resolve));
  try {
    await waitFor('the parcel in Lyon', () => output.includes('Lyon'), { deadlineMs: 30_000 });
  } finally {
    program.kill('SIGTERM');
  }
  return {
    exitCode: await ended,
    followed: output.split('\n').filter((line) => line.startsWith('parcel-')),
  };
}
