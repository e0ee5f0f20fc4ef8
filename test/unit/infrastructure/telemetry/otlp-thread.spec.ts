import { afterEach, expect, it } from '@jest/globals';
import { OtlpThread } from '../../../../src/infrastructure/telemetry/otlp/otlp-thread.js';

let thread: OtlpThread;
afterEach(() => thread.end());

/** Runs `code` in place of what sends. */
function threadOf(code: string) {
  thread = new OtlpThread(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  return thread.delegate('TRACES', {
    serializeRequest: (text: string) => (text === '' ? undefined : Buffer.from(text)),
  });
}

const send = (delegate: ReturnType<typeof threadOf>, text: string) =>
  new Promise<unknown>((resolve) => {
    delegate.export(text, resolve);
  });

it('says why what waits was not sent when its thread fails, and begins another one', async () => {
  const delegate = threadOf(`throw new Error('no memory')`);
  for (const text of ['first', 'second']) {
    expect(await send(delegate, text)).toMatchObject({ code: 1, error: { message: 'no memory' } });
  }
});

it('hands a batch over as bytes, and what became of it back', async () => {
  const delegate = threadOf(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ number, signal, body }) => {
      const error = new Error(signal + ' ' + new TextDecoder().decode(body));
      parentPort.postMessage({ number, result: { code: 1, error } });
    });
  `);
  const results = await Promise.all([send(delegate, 'one'), send(delegate, 'two')]);
  expect(results).toMatchObject([{ error: { message: 'TRACES one' } }, { error: { message: 'TRACES two' } }]);
});

it('keeps the bytes of a batch here: V8 would look at each use of any buffer whether it is still there', async () => {
  const body = new TextEncoder().encode('spans');
  thread = new OtlpThread(
    new URL(
      `data:text/javascript,${encodeURIComponent(`
      import { parentPort } from 'node:worker_threads';
      parentPort.on('message', ({ number }) => parentPort.postMessage({ number, result: { code: 0 } }));
    `)}`,
    ),
  );
  const delegate = thread.delegate('TRACES', { serializeRequest: () => body });

  expect(await send(delegate, 'spans')).toEqual({ code: 0 });
  expect(body.byteLength).toBe(5);
});

it('sends nothing of a batch that cannot be serialized', async () => {
  expect(await send(threadOf(''), '')).toMatchObject({
    code: 1,
    error: { message: 'the batch could not be serialized' },
  });
});
