import { describe } from '@jest/globals';
import { describeWithAllOfIt } from '../../packages/delivery/test/support/requirements.js';

const hasPrometheus = process.env['TEST_PROMETHEUS'] !== undefined;

/** For tests that start a Prometheus, or run its promtool. */
export const describeWithPrometheus = hasPrometheus ? describe : describe.skip;
/** And brokers of their own, and use a PostgreSQL. */
export const describeWithPrometheusAndAllOfIt = hasPrometheus ? describeWithAllOfIt : describe.skip;
