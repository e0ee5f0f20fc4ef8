import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Product } from '../../../../src/domain/order/product.js';
import openApi from '../../../../src/interfaces/http/generated/swagger.json' with { type: 'json' };
import {
  problemDetails,
  type Problem,
  type ProblemDetails,
} from '../../../../src/interfaces/http/problems/problem-details.js';

const { pattern } = openApi.components.schemas.OrderRequest.properties.product;
const documented = new RegExp(pattern, 'u');

const isProduct = (text: string) => {
  try {
    return Product.of(text) !== '';
  } catch {
    return false;
  }
};

it('the document says of a product what the domain says', () => {
  const space = fc.constantFrom(...Array.from('\t\n\r \u0085\u00a0\u1680\u2003\u2028\u202f\u3000\ufeff'));
  const character = fc.oneof(
    space,
    fc.constantFrom('\0', '\x7f', '\x9f', 'x', '😀'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  const text = fc.array(character, { maxLength: 12 }).map((characters) => characters.join(''));
  const long = fc.tuple(text, fc.nat(205), fc.constantFrom('x', '😀', ' '), text);
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        long.map(([before, count, unit, after]) => before + unit.repeat(count) + after),
      ),
      (product) => {
        expect(documented.test(product)).toBe(isProduct(product));
      },
    ),
    {
      numRuns: 2_000,
      examples: ['', ' ', 'x'.repeat(200), 'x'.repeat(201), '😀'.repeat(200), ' x ', 'x\ty'].map(
        (each): [string] => [each],
      ),
    },
  );
});

/** All values of the document that are examples of a problem. */
function problemsIn(value: unknown): ProblemDetails[] {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.values(value).flatMap(problemsIn);
  return 'type' in value && String(value.type).startsWith('urn:problem:')
    ? [value as ProblemDetails, ...inside]
    : inside;
}

it('the document shows problems with the titles that they have', () => {
  const examples = problemsIn(openApi);

  expect(examples.length).toBeGreaterThan(5);
  for (const { type, title, status } of examples) {
    const name = type.replace('urn:problem:order-service:', '') as Problem['name'];
    expect(problemDetails({ name, detail: '' }, '')).toMatchObject({ type, title, status });
  }
});
