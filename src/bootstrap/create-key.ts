import { Command, InvalidArgumentError } from 'commander';
import { ROLES, type Role } from '../application/ports/authenticator.js';
import { isRole, newApiKey } from '../infrastructure/access/api-key-list.js';

/** Makes an API key: prints it once, with the line for the list of the service. */
const program = new Command('npm run keys --');
program
  .command('create')
  .description('make an API key, and the line for API_KEYS_FILE')
  .requiredOption('--client <name>', 'whose it is: 1 to 64 of A-Z a-z 0-9 . _ -', parseName)
  .requiredOption('--role <roles>', `what it may do: ${ROLES.join(', ')}, with commas between`, parseRoles)
  .action(({ client, role: roles }: { client: string; role: readonly Role[] }) => {
    const { key, line } = newApiKey({ name: client, roles });
    process.stdout.write(
      `The key, for ${client} alone. It is shown this once:\n\n  ${key}\n\n` +
        `The line for the file that API_KEYS_FILE names. It has no secret in it:\n\n  ${line}\n`,
    );
  });
await program.parseAsync();

function parseName(text: string): string {
  if (/^[A-Za-z0-9._-]{1,64}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be 1 to 64 of A-Z a-z 0-9 . _ -');
}

function parseRoles(text: string): readonly Role[] {
  const roles = text.split(',').map((role) => role.trim());
  if (roles.every(isRole)) return roles;
  throw new InvalidArgumentError(`It must be of ${ROLES.join(', ')}, with commas between`);
}
