/** What a messaging system must do, as suites for jest; run them on an adapter of your own. */
export { consumingContract } from './consuming.contract.js';
