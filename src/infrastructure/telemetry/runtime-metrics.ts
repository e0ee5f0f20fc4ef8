import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, type HeapSpaceInfo } from 'node:v8';
import { watchEventLoop } from '../system/event-loop-watch.js';
import { cached, type Instruments, type Sample } from './instruments.js';

/** Of the delay, by a timer. Idle, a process takes 0.8 % of a core more with 10 ms, and 0.1 % with 100. */
const PRECISION_MS = 250;
/** Whoever scrapes within this time sees the same: a scrape that its client gives up takes nothing away from the next. */
const WINDOW_MS = 10_000;

interface Collection {
  readonly duration: number;
  readonly detail: { readonly kind: number };
}

const SPACES: readonly (readonly [string, string, (space: HeapSpaceInfo) => number])[] = [
  ['v8js.memory.heap.space.size', 'Memory set apart for the heap.', (space) => space.space_size],
  ['v8js.memory.heap.used', 'Memory of the heap in use.', (space) => space.space_used_size],
  [
    'v8js.memory.heap.space.available_size',
    'Free memory of the heap.',
    (space) => space.space_available_size,
  ],
  ['v8js.memory.heap.space.physical_size', 'Memory that the heap has.', (space) => space.physical_space_size],
];
const COLLECTIONS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};

/**
 * OpenTelemetry's metrics of Node and V8, and how long the event loop was blocked. Returns what ends the watch. Its package
 * would put a hook into `require` of the whole process, and kafkajs requires in each request.
 * @see https://opentelemetry.io/docs/specs/semconv/runtime/nodejs-metrics/
 */
export function watchRuntime(instruments: Instruments): () => void {
  for (const [name, description, size] of SPACES) {
    instruments.gauge(name, 'By', description, () =>
      getHeapSpaceStatistics().map((space) => {
        return { attributes: { 'v8js.heap.space.name': space.space_name }, value: size(space) };
      }),
    );
  }
  const ends = [watchCollections(instruments), watchDelay(instruments), watchBlocked(instruments)];
  return () => {
    for (const end of ends) end();
  };
}

function watchCollections(instruments: Instruments): () => void {
  const durations = instruments.histogram('v8js.gc.duration', 'Garbage collections.');
  const ofType = cached((type: string) => durations({ 'v8js.gc.type': type }));
  Object.values(COLLECTIONS).forEach(ofType); // each is 0 from the start
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as unknown as Collection[]) {
      ofType(COLLECTIONS[detail.kind] ?? '_OTHER').record(duration / 1_000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => {
    observer.disconnect();
  };
}

function watchDelay(instruments: Instruments): () => void {
  const delays = monitorEventLoopDelay({ resolution: PRECISION_MS });
  let utilization = performance.eventLoopUtilization();
  const seconds = (ns: number): readonly Sample[] => [{ attributes: {}, value: ns / 1e9 }];
  const current = newer(WINDOW_MS, () => {
    const { count, min, max, mean, stddev } = delays;
    const [p50, p90, p99] = [50, 90, 99].map((percent) => delays.percentile(percent));
    const before = utilization;
    utilization = performance.eventLoopUtilization();
    delays.reset();
    return {
      delays: count === 0 ? {} : { min, max, mean, stddev, p50, p90, p99 },
      utilization: performance.eventLoopUtilization(utilization, before).utilization,
    };
  });
  for (const name of ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'] as const) {
    instruments.gauge(`nodejs.eventloop.delay.${name}`, 's', `Delay of the event loop: ${name}.`, () => {
      const value = current().delays[name];
      return value === undefined ? [] : seconds(value);
    });
  }
  instruments.gauge(
    'nodejs.eventloop.utilization',
    '1',
    'Share of the time in which the event loop worked.',
    () => [{ attributes: {}, value: current().utilization }],
  );
  instruments.readCounter('nodejs.eventloop.time', 's', 'Time of the event loop in each state.', () => {
    const { active, idle } = performance.eventLoopUtilization();
    return [
      { attributes: { 'nodejs.eventloop.state': 'active' }, value: active / 1_000 },
      { attributes: { 'nodejs.eventloop.state': 'idle' }, value: idle / 1_000 },
    ];
  });
  delays.enable();
  return () => {
    delays.disable();
  };
}

/** A counter: unlike the longest delay it is seen however seldom, and by however many, it is read. */
function watchBlocked(instruments: Instruments): () => void {
  const description = 'Time in which the event loop did nothing for more than a second.';
  const blocked = instruments.counter('nodejs.eventloop.blocked', 's', description)({});
  return watchEventLoop((blockedMs) => {
    blocked.add(blockedMs / 1_000);
  });
}

/** What `read` returned last, unless that is older than `ms`. */
function newer<T>(ms: number, read: () => T): () => T {
  let last: { readonly at: number; readonly value: T } | undefined;
  return () => {
    const now = performance.now();
    if (last === undefined || now - last.at >= ms) last = { at: now, value: read() };
    return last.value;
  };
}
