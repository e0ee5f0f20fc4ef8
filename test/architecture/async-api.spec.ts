import { describe, expect, it } from '@jest/globals';
import parser from '@asyncapi/parser';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ORDER_SUBMITTED_TYPE } from '../../src/application/messages/order-submitted.js';
import { loadConfig } from '../../src/bootstrap/config/load-config.js';
import asyncApi from '../../src/interfaces/http/generated/async-api.json' with { type: 'json' };
import { ASYNC_API, ASYNC_API_FILE } from '../support/async-api.js';
import { readPage, ROOT } from '../support/pages.js';

const { channels, operations, components } = ASYNC_API;

/** All texts of the codes that a file has: `'ORDER.NOT_PROCESSED'`. */
const codesIn = (file: string) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/'([A-Z]+\.[A-Z_]+|INTERNAL)'/g)].map(
    ([, code = '']) => code,
  );

describe('docs/reference/asyncapi.yaml', () => {
  it('is AsyncAPI 3, and the parser of AsyncAPI has nothing to say', async () => {
    const { document, diagnostics } = await new parser.Parser().parse(readPage(ASYNC_API_FILE));

    expect(diagnostics.map(({ code, message, path }) => `${code}: ${message} ${path.join('/')}`)).toEqual([]);
    expect(document?.version()).toBe('3.1.0');
    expect(document?.allChannels().length).toBe(4);
  });

  it('has the topics, the partitions and the group of the default configuration', () => {
    const { messaging, consumer, page } = loadConfig({});
    const topics = Object.values(channels).map(({ address, bindings: { kafka } }) => [
      address,
      kafka.topic,
      kafka.partitions,
    ]);

    const { topic, partitions } = messaging;
    const { status, commands } = page as Extract<typeof page, { kind: 'on' }>;
    expect(topics).toEqual([
      [topic, topic, partitions],
      [`${topic}.dlq`, `${topic}.dlq`, partitions],
      [status.topic, status.topic, 1],
      [commands.topic, commands.topic, 1],
    ]);
    expect(operations.processOrder.bindings.kafka.groupId.const).toBe(consumer.group.groupId);
  });

  it('has the type of the messages', () => {
    expect(components.messages.orderSubmitted.name).toBe(ORDER_SUBMITTED_TYPE);
  });

  it('names every code that a dead letter may have', () => {
    const sent = codesIn('src/interfaces/messaging/disposition.ts');
    const text = JSON.stringify(components.schemas['DeadLetterHeaders']);
    const documented = [...text.matchAll(/`([A-Z]+\.[A-Z_]+|INTERNAL)`/g)].map(([, code]) => code);

    expect([...new Set(sent)].toSorted()).toEqual(documented.toSorted());
  });

  it('is what is served', () => {
    expect(asyncApi.document).toBe(readPage(ASYNC_API_FILE));
  });
});

describe('the page of the AsyncAPI document', () => {
  it('names every topic, operation, message, header and field', () => {
    const names = (value: unknown, key: string): string[] => {
      if (typeof value !== 'object' || value === null) return [];
      return Object.entries(value).flatMap(([name, each]) =>
        name === key ? Object.keys(each as object) : names(each, key),
      );
    };
    const addresses = Object.values(channels).map(({ address }) => address);

    const shown = [...addresses, ...names(components.schemas, 'properties')];
    expect(shown.length).toBeGreaterThan(25);
    expect(shown.filter((name) => !asyncApi.page.includes(`<code>${name}</code>`))).toEqual([]);
  });

  it('has no script, and loads nothing', () => {
    expect(asyncApi.page).not.toMatch(/<script|<link|<img|@import|url\(|undefined|\[object/);
  });
});
