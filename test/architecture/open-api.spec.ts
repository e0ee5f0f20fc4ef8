import { describe, expect, it } from '@jest/globals';
import core from '@stoplight/spectral-core';
import { parse } from 'yaml';
import openApi from '../../src/interfaces/http/generated/swagger.json' with { type: 'json' };
import { OPEN_API_RULES } from '../../tools/documents/open-api-rules.js';
import { readPage } from '../support/pages.js';

describe('docs/reference/openapi.yaml', () => {
  it('says what the code says; if not, run `npm run openapi -- --write`', () => {
    expect(parse(readPage('docs/reference/openapi.yaml'))).toEqual(openApi);
  });

  it('breaks no rule of Spectral or OWASP', async () => {
    const spectral = new core.Spectral();
    spectral.setRuleset(OPEN_API_RULES);

    const found = await spectral.run(structuredClone(openApi));

    expect(found.map(({ code, message, path }) => `${code}: ${message} ${path.join('/')}`)).toEqual([]);
  });
});
