// Says whether docs/reference/openapi.yaml is what the code says. With --write it becomes so.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import './generate.mjs';

const root = join(import.meta.dirname, '..');
const file = join(root, 'docs/reference/openapi.yaml');
const NOTE = '# Made of the code: `npm run openapi -- --write`. A test fails when the two differ.\n';

const byName = (object) =>
  Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
const { openapi, info, servers, tags, paths, components } = JSON.parse(
  readFileSync(join(root, 'src/interfaces/http/generated/swagger.json'), 'utf8'),
);
const { schemas, ...others } = components;
const document = {
  openapi,
  info,
  servers,
  tags,
  paths: byName(paths),
  components: { ...byName(others), schemas: byName(schemas) },
};
const text = await format(NOTE + stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }), {
  ...(await resolveConfig(file)),
  parser: 'yaml',
});

if (process.argv.includes('--write')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('docs/reference/openapi.yaml is not what the code says: npm run openapi -- --write');
  process.exit(1);
}
