import { beforeAll, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensurePrometheusInstalled } from '../../tools/dev-servers/prometheus-installation.js';
import { describeWithPrometheus } from '../support/with-prometheus.js';

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL('../../deploy/observability', import.meta.url));

describeWithPrometheus('the alert rules, by Prometheus’ own tool', () => {
  let promtool: string;
  beforeAll(async () => {
    ({ promtool } = await ensurePrometheusInstalled());
  }, 60_000);

  it('are valid', async () => {
    const { stdout } = await run(promtool, ['check', 'rules', 'alerts.yaml'], { cwd: FOLDER });

    expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
  });

  it('are loaded by the Prometheus of compose, whose configuration is valid', async () => {
    const { stdout } = await run(promtool, ['check', 'config', 'prometheus.yaml'], { cwd: FOLDER });

    expect(stdout).toMatch(/prometheus.yaml is valid[^]*SUCCESS: \d+ rules found/);
  });

  it('fire when they should, and are silent when they should be', async () => {
    const { stdout } = await run(promtool, ['test', 'rules', 'alerts.test.yaml'], { cwd: FOLDER });

    expect(stdout).toContain('SUCCESS');
  });
});
