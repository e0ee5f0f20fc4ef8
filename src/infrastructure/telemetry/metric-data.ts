import { ValueType, type HrTime } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type CollectionResult,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { Instrument, Instruments } from './instruments.js';

const SCOPE = { name: 'order-service' };
/** What takes longer, as a broker that doesn't respond, is left out. */
const TIMEOUT_MS = 1_000;

/** Our instruments, as the SDK's readers take metrics of another source. */
export class InstrumentProducer implements MetricProducer {
  private readonly startTime = hrTime();

  /** @param onError is told why an instrument could not be read; the others are */
  constructor(
    private readonly instruments: Instruments,
    private readonly onError: (error: unknown) => void,
  ) {}

  async collect(): Promise<CollectionResult> {
    const read = await Promise.allSettled(this.instruments.all.map((each) => inTime(this.read(each))));
    const metrics = read.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    for (const each of read) if (each.status === 'rejected') this.onError(each.reason);
    const scopeMetrics = [{ scope: SCOPE, metrics }];
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
  }

  private async read(instrument: Instrument): Promise<MetricData> {
    const { name, description, unit } = instrument;
    const times = { startTime: this.startTime, endTime: hrTime() };
    const about = {
      descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    };
    if (instrument.kind === 'histogram') {
      const { boundaries, series } = instrument;
      const dataPoints = series.map(({ attributes, counts, sum }) => {
        const buckets = { boundaries: [...boundaries], counts: [...counts] };
        const count = counts.reduce((total, each) => total + each, 0);
        return { ...times, attributes, value: { buckets, sum, count } };
      });
      return { ...about, dataPointType: DataPointType.HISTOGRAM, dataPoints };
    }
    const dataPoints = [...(await instrument.read())].map((sample) => ({ ...times, ...sample }));
    return instrument.kind === 'gauge'
      ? { ...about, dataPointType: DataPointType.GAUGE, dataPoints }
      : { ...about, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
  }
}

function hrTime(): HrTime {
  const ms = Date.now();
  return [Math.trunc(ms / 1_000), (ms % 1_000) * 1e6];
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not read within ${TIMEOUT_MS} ms`));
    }, TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
