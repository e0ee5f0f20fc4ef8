import { describe, expect, it } from '@jest/globals';
import openApi from '../../src/interfaces/http/generated/swagger.json' with { type: 'json' };
import { PROBLEMS } from '../../src/interfaces/http/problems/problem-details.js';
import { readPage, withoutBlocks } from '../support/pages.js';

/** "### `GET /health/live`" */
const OPERATION = /^### `([A-Z]+ \/\S+)`$/gm;
/** "- `unknown-path`, 404: …" */
const PROBLEM = /^- `([a-z-]+)`, (\d{3}): /gm;

describe('docs/reference/http-api.md', () => {
  const page = withoutBlocks(readPage('docs/reference/http-api.md'));

  it('has every operation of the OpenAPI document once, and no other', () => {
    const documented = [...page.matchAll(OPERATION)].map(([, operation]) => operation);
    const served = Object.entries(openApi.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );

    expect(documented.toSorted()).toEqual(served.toSorted());
  });

  it('has every problem type once with its status, and no other', () => {
    const documented = [...page.matchAll(PROBLEM)].map(([, name, status]) => `${name} ${status}`);
    const sent = Object.entries(PROBLEMS).map(([name, { status }]) => `${name} ${status}`);

    expect(documented.toSorted()).toEqual(sent.toSorted());
  });
});
