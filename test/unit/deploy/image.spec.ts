import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { readPage } from '../../support/pages.js';

interface ComposeService {
  readonly image: string;
  readonly [option: string]: unknown;
}

const dockerfile = readPage('Dockerfile');
const compose = parse(readPage('docker-compose.yml'), { merge: true }) as {
  services: Record<string, ComposeService>;
};

describe('the image', () => {
  it('is made from one version of Node, the one that tests run on', () => {
    const [, tested] = /^const VERSION = '(.*)'/m.exec(readPage('scripts/on-node-24.mjs')) ?? [];
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);

    expect(dockerfile).toContain(`ARG NODE_IMAGE=node:${tested}-bookworm-slim\n`);
    expect(new Set(bases)).toEqual(new Set(['${NODE_IMAGE}']));
  });

  it('runs as a user that is not root, by its number', () => {
    const users = [...dockerfile.matchAll(/^USER (.*)$/gm)].map(([, user]) => user);

    expect(users).toEqual(['1000:1000']);
  });
});

describe('docker-compose.yml', () => {
  const ofService = Object.entries(compose.services).filter(([, { image }]) => image === 'order-service');

  it.each(ofService)('runs %s without a right that it does not need', (_name, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });
});
