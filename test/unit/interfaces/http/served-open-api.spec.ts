import { describe, expect, it } from '@jest/globals';
import openApi from '../../../../src/interfaces/http/generated/swagger.json' with { type: 'json' };
import { servedOpenApi } from '../../../../src/interfaces/http/served-open-api.js';

/** The texts under a name, wherever it is. */
function textsAt(name: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === name && typeof each === 'string' ? [each] : textsAt(name, each),
  );
}
const ALL = { apiKey: true, token: true, isOpen: () => false, isLimited: true };
const linksOf = (document: unknown) => JSON.stringify(document).match(/"links":\{[^}]/g)?.length ?? 0;

describe('the OpenAPI document of a process', () => {
  it('is the whole document where everything is served', () => {
    expect(servedOpenApi(openApi, () => true, ALL)).toEqual(openApi);
  });

  it('without the operators’ API has no link to it, and no tag of it', () => {
    const served = servedOpenApi(openApi, (path) => !path.startsWith('/api/DeadLetter'), ALL);

    expect(Object.keys(served.paths)).toHaveLength(10);
    expect(new Set(textsAt('operationId', served))).toEqual(
      new Set(['Send', 'Import', 'Find', 'Follow', 'Watch', 'Start', 'Ask', 'Live', 'Ready', 'Scrape']),
    );
    expect(served).toMatchObject({
      tags: [{ name: 'Order' }, { name: 'Live' }, { name: 'Health' }, { name: 'Metrics' }],
    });
    expect(linksOf(served)).toBe(1);
  });

  it('leaves the document itself as it was', () => {
    const before = JSON.stringify(openApi);
    servedOpenApi(openApi, () => false, { ...ALL, token: false });

    expect(JSON.stringify(openApi)).toBe(before);
  });
});

it('every link of the document leads to an operation, and to a parameter or the body of it', () => {
  const operations = Object.values<object>(openApi.paths).flatMap(
    (methods) => Object.values(methods) as unknown[],
  ) as {
    operationId: string;
    parameters?: { name: string }[];
    responses: Record<string, { links?: Record<string, { operationId: string; parameters?: object }> }>;
  }[];
  const links = operations.flatMap(({ responses }) =>
    Object.values(responses).flatMap(({ links: each = {} }) => Object.values(each)),
  );

  expect(links.length).toBeGreaterThan(8);
  for (const { operationId, parameters = {} } of links) {
    const target = operations.find((each) => each.operationId === operationId);
    expect(target?.parameters?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(Object.keys(parameters)),
    );
  }
});
