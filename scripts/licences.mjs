// Says whether each package that the service ships has a licence that is allowed: node scripts/licences.mjs sbom.json
// The list of packages is a CycloneDX SBOM, as `npm run sbom` writes it.
import { readFileSync } from 'node:fs';

/** Permissive licences: each lets everybody use, change and pass the package on, as long as its notice stays. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: npm run licences -- <SBOM>, a file that `npm run --silent sbom` wrote');
  process.exit(2);
}
const { bomFormat, components = [] } = JSON.parse(readFileSync(file, 'utf8'));
if (bomFormat !== 'CycloneDX' || components.length === 0) {
  console.error(`${file} is not an SBOM of CycloneDX, or has no package`);
  process.exit(2);
}

const refused = components.filter((component) => !isAllowed(component));
for (const component of refused) {
  const { group, name, version } = component;
  const fullName = group === undefined ? name : `${group}/${name}`;
  const licences = licencesOf(component).join(' and ') || 'no licence';
  console.error(`${fullName} ${version} has ${licences}, which is not allowed`);
}
if (refused.length > 0) {
  console.error(
    `allowed are ${ALLOWED.join(', ')}: replace the package, or add its licence to scripts/licences.mjs`,
  );
  process.exitCode = 1;
} else {
  console.log(`${components.length} packages, each with a licence that is allowed`);
}

/** Each by its SPDX id, its expression, or the name that the package gives it. */
function licencesOf({ licenses = [] }) {
  return licenses.map(({ expression, license }) => expression ?? license.id ?? license.name);
}

function isAllowed(component) {
  const licences = licencesOf(component);
  return licences.length > 0 && licences.every(isAllowedExpression);
}

/** `A OR B` leaves the choice, `A AND B` asks for both. Of one with parentheses within, all must be allowed. */
function isAllowedExpression(text) {
  const expression = text.replace(/^\(([^()]*)\)$/, '$1');
  if (/[()]/.test(expression))
    return expression.match(/[\w.+-]+/g).every((word) => ['AND', 'OR', ...ALLOWED].includes(word));
  return expression.split(' OR ').some((choice) => choice.split(' AND ').every((id) => ALLOWED.includes(id)));
}
