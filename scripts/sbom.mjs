// Prints an SBOM of what the service ships, in the format of CycloneDX: node scripts/sbom.mjs > sbom.json
// `npm sbom --omit dev` leaves out what a development package needs, too, such as pg. So those are taken out here.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { status, stdout } = spawnSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
  stdio: ['ignore', 'pipe', 'inherit'],
  maxBuffer: 256 * 1024 * 1024,
  shell: process.platform === 'win32',
});
if (status !== 0) throw new Error('npm sbom failed');
const sbom = JSON.parse(stdout);
const { name, packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));

const shipped = new Set(Object.entries(packages).filter(isShipped).map(toReference));
const components = sbom.components
  .filter((component) => shipped.has(component['bom-ref']))
  // one that is installed twice may be marked for the other
  .map((component) => ({ ...component, properties: component.properties.filter(isNotOfDevelopment) }));
const dependencies = sbom.dependencies
  .filter(({ ref }) => shipped.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => shipped.has(other)) }));
// npm names it after the folder
sbom.metadata.component.name = name;
process.stdout.write(`${JSON.stringify({ ...sbom, components, dependencies }, undefined, 2)}\n`);

function isShipped([, { dev, link }]) {
  return dev !== true && link !== true;
}

function isNotOfDevelopment(property) {
  return property.name !== 'cdx:npm:package:development';
}

/** `name@version`. The lock file names a package by its path, and those of this repository in themselves. */
function toReference([path, { name, version }]) {
  return `${name ?? path.replace(/^.*node_modules\//, '')}@${version}`;
}
