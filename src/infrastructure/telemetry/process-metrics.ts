import type { Instruments } from './instruments.js';

/** OpenTelemetry's metrics of a process, whatever it runs on. */
export function watchProcess(instruments: Instruments): void {
  instruments.readCounter('process.cpu.time', 's', 'CPU time that the process took.', () => {
    const { user, system } = process.cpuUsage();
    return [
      { attributes: { 'cpu.mode': 'user' }, value: user / 1e6 },
      { attributes: { 'cpu.mode': 'system' }, value: system / 1e6 },
    ];
  });
  instruments.gauge('process.memory.usage', 'By', 'Physical memory that the process has.', () => [
    { attributes: {}, value: process.memoryUsage.rss() },
  ]);
  instruments.gauge('process.uptime', 's', 'How long the process runs.', () => [
    { attributes: {}, value: process.uptime() },
  ]);
}
