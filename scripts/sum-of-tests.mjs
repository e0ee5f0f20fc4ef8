// Sums up the results that jest wrote into a folder: what ran on Node 24, what on the machine's Node, and at last both.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

function say(what, names) {
  const runs = names.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
  const sum = (count) => runs.reduce((total, run) => total + count(run), 0);
  const passed = sum((run) => run.numPassedTests);
  const failed = sum((run) => run.numFailedTests + run.numRuntimeErrorTestSuites);
  const skipped = sum((run) => run.numPendingTests);
  console.log(`${what}: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}

const isOnNode24 = (file) => file.startsWith('node-24-');
say(
  `tests on Node ${process.versions.node}`,
  files.filter((file) => !isOnNode24(file)),
);
say('tests once more on Node 24', files.filter(isOnNode24));
say('tests', files);
