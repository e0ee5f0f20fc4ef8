import { expect, it } from '@jest/globals';
import { LiveStream } from '../../../../src/interfaces/http/live/live-stream.js';

const update = (n: number) => ({ id: `s-${n}`, event: 'update', data: `{"n":${n}}` }) as const;
const snapshot = () => ({ id: 's-9', event: 'snapshot', data: '{}' }) as const;

it('a browser that does not read misses updates, and gets a snapshot when it reads again', () => {
  const response = { writableNeedDrain: false };
  const stream = new LiveStream(response);
  let text = '';
  const read = () => (text += String(stream.output.read() ?? ''));
  stream.begin([update(1)]);
  read();
  response.writableNeedDrain = true;
  for (let n = 2; n < 1_000; n++) stream.send(update(n), snapshot);
  expect(stream.output.readableLength).toBe(0);
  response.writableNeedDrain = false;
  stream.send(update(1_000), snapshot);
  read();
  stream.send(update(1_001), snapshot);
  read();
  expect(text).toBe(
    'retry: 1000\n\n' +
      'id: s-1\nevent: update\ndata: {"n":1}\n\n' +
      'id: s-9\nevent: snapshot\ndata: {}\n\n' +
      'id: s-1001\nevent: update\ndata: {"n":1001}\n\n',
  );
});

it('what nobody takes does not grow', () => {
  const stream = new LiveStream({ writableNeedDrain: false });
  stream.begin([]);
  for (let n = 0; n < 1_000; n++) stream.send(update(n), snapshot);
  expect(stream.output.readableLength).toBeLessThan(100);
});
