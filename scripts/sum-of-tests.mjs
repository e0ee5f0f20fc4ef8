// Sums up the results that jest wrote into a folder: what ran on the machine's Node, what once more, and at last all.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const isOnNode24 = (file) => file.startsWith('node-24-');
/** There a few tests are chosen by their titles, which makes all others count as skipped. */
const isOnAnotherKafka = (file) => file.startsWith('kafka-');

function say(what, names) {
  const runs = names.map((file) => {
    const run = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    return isOnAnotherKafka(file) ? { ...run, numPendingTests: 0 } : run;
  });
  const sum = (count) => runs.reduce((total, run) => total + count(run), 0);
  const passed = sum((run) => run.numPassedTests);
  const failed = sum((run) => run.numFailedTests + run.numRuntimeErrorTestSuites);
  const skipped = sum((run) => run.numPendingTests);
  console.log(`${what}: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}

say(
  `tests on Node ${process.versions.node}`,
  files.filter((file) => !isOnNode24(file) && !isOnAnotherKafka(file)),
);
say('tests once more on Node 24', files.filter(isOnNode24));
say('tests once more on other versions of Kafka', files.filter(isOnAnotherKafka));
say('tests', files);
