import { afterEach, expect, it } from '@jest/globals';
import { diag } from '@opentelemetry/api';
import { RecordingLogger } from '../../../../packages/delivery/test/support/recording-logger.js';
import { logDiagnostics } from '../../../../src/infrastructure/telemetry/diagnostics.js';

afterEach(() => {
  diag.disable();
});

it('is logged once a minute that nothing can be sent, with the reason', () => {
  const logger = new RecordingLogger();
  logDiagnostics(logger);
  diag.error('{"stack":"Error: connect\\n","message":"connect ECONNREFUSED 127.0.0.1:4318","name":"Error"}');
  diag.error('{"message":"again"}');
  diag.warn('no matter');
  expect(logger.lines).toEqual([
    {
      level: 'warn',
      message: 'metrics or traces could not be sent',
      fields: { reason: 'connect ECONNREFUSED 127.0.0.1:4318' },
    },
  ]);
});
