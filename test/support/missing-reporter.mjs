/** Names, at the very end, what this machine could not run. */
export default class MissingReporter {
  onRunComplete() {
    const missing = process.env.TEST_MISSING;
    if (missing) process.stderr.write(`\nNot run: the tests ${missing}.\n`);
  }
}
