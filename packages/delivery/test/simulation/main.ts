import { simulate } from './simulation.js';

// simulates each seed up to the given one, and prints the failures as JSON; outside of Jest that takes half as long
const failures: object[] = [];
for (let seed = 1; seed <= Number(process.argv[2]); seed++) {
  const { faults, violations } = await simulate(seed);
  if (violations.length > 0) failures.push({ seed, faults, violations });
}
process.stdout.write(JSON.stringify(failures));
