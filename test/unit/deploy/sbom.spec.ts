import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import project from '../../../package.json' with { type: 'json' };
import { ROOT } from '../../support/pages.js';

interface Sbom {
  readonly metadata: { readonly component: { readonly name: string } };
  readonly components: readonly { readonly 'bom-ref': string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

describe('the SBOM', () => {
  const { stdout } = spawnSync(process.execPath, ['scripts/sbom.mjs'], { cwd: ROOT });
  const { metadata, components, dependencies } = JSON.parse(stdout.toString()) as Sbom;
  const references = components.map((component) => component['bom-ref']);

  it('is about the service', () => {
    expect(metadata.component.name).toBe(project.name);
  });

  it('has each package that the service needs, also when a development package needs it', () => {
    const needed = Object.entries(project.dependencies).map(([name, version]) => `${name}@${version}`);

    expect(references).toEqual(expect.arrayContaining(needed));
  });

  it('has no package that is for development alone', () => {
    const development = Object.entries(project.devDependencies).map(
      ([name, version]) => `${name}@${version}`,
    );
    const shipped = references.filter((reference) => development.includes(reference));

    // types that a package of the service brings along
    expect(shipped.filter((reference) => !reference.startsWith('@types/'))).toEqual([]);
  });

  it('names no dependency that it does not have', () => {
    const others = dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]);

    expect(others.filter((ref) => !references.includes(ref) && !ref.startsWith(`${project.name}@`))).toEqual(
      [],
    );
  });
});
