// Jest does not transform what it loads here as it does the tests.
import { tsImport } from 'tsx/esm/api';

const { startServers, stopServers } = await tsImport('./test-servers.ts', import.meta.url);

export default async function setUp() {
  globalThis.stopServers = stopServers;
  await startServers();
}
