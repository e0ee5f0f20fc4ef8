import { describe, expect, it } from '@jest/globals';
import { banner } from '../../../src/bootstrap/banner.js';

describe('what is printed at the start', () => {
  it.each([
    ['127.0.0.1', 'http://localhost:5000'],
    ['0.0.0.0', 'http://localhost:5000'],
    ['192.168.1.2', 'http://192.168.1.2:5000'],
  ])('names what a browser can open when it listens on %s', (host, url) => {
    const text = banner('http', host, 5000, 'none');

    expect(text).toContain(`${url}/swagger/index.html\n`);
    expect(text).toContain(`${url}/health/ready\n`);
    expect(text).toContain(`curl -i ${url}/api/Order/Send -H 'Content-Type: application/json' -d '{`);
  });

  it('names https where that is served', () => {
    expect(banner('https', '0.0.0.0', 5000, 'none')).toContain('https://localhost:5000/health/ready\n');
  });
});
