import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const AUTHOR = ['-c', 'user.name=tutorial', '-c', 'user.email=tutorial@localhost'];

/** A copy of a repository that a page may change: the files that git tracks, as they are now, and the packages. */
export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), 'tutorial-'));

  constructor(root: string) {
    const tracked = git(root, ['ls-files', '-z']).split('\0');
    for (const file of tracked.filter((name) => name !== '' && existsSync(join(root, name))))
      cpSync(join(root, file), join(this.folder, file));
    linkPackages(join(root, 'node_modules'), join(this.folder, 'node_modules'));
    git(this.folder, ['init', '--quiet']);
    git(this.folder, ['add', '--all']);
    git(this.folder, [...AUTHOR, 'commit', '--quiet', '--message', 'begin']);
  }

  /** @throws Error with what git says */
  apply(diff: string): void {
    try {
      git(this.folder, ['apply', '-'], diff);
    } catch (error) {
      const { stderr } = error as { stderr: string };
      throw new Error(`the diff does not apply:\n${stderr.trim()}`, { cause: error });
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The packages of the repository itself are copied, as links: they lead into the copy. */
function linkPackages(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (name === '@order-service')
      cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else if (name === '.bin' || !name.startsWith('.')) symlinkSync(join(from, name), join(to, name));
  }
}

function git(cwd: string, args: readonly string[], input = ''): string {
  const options = { cwd, input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, stdio: 'pipe' } as const;
  return execFileSync('git', args, options);
}
