// Makes the routes and the OpenAPI document of the controllers, and what is served of the AsyncAPI document.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { asyncApiPage } from './async-api-page.mjs';
import { describeAccess } from './open-api-access.mjs';
import { describeEvents } from './open-api-events.mjs';
import { describeHeaders } from './open-api-headers.mjs';

const root = join(import.meta.dirname, '..');
const generated = join(root, 'src/interfaces/http/generated');

const { status } = spawnSync(join(root, 'node_modules/.bin/tsoa'), ['spec-and-routes'], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (status !== 0) process.exit(status ?? 1);

const openApi = JSON.parse(readFileSync(join(generated, 'swagger.json'), 'utf8'));
describeAccess(openApi);
describeHeaders(openApi);
describeEvents(openApi);
write('swagger.json', openApi);

const document = readFileSync(join(root, 'docs/reference/asyncapi.yaml'), 'utf8');
write('async-api.json', { document, page: asyncApiPage(parse(document)) });

function write(name, value) {
  writeFileSync(join(generated, name), `${JSON.stringify(value, undefined, 2)}\n`);
}
