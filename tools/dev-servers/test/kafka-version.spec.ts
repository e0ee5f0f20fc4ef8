import { describe, expect, it } from '@jest/globals';
import { readPage } from '../../../test/support/pages.js';
import { configCommand, kafkaVersion } from '../kafka-version.js';

const byDefault = kafkaVersion('');

describe('the version of Kafka for development and tests', () => {
  it.each(['3.9.0', '3.10.1', '4.0.0', '10.0.0'])('is %s where KAFKA_VERSION says so', (version) => {
    expect(kafkaVersion(version)).toBe(version);
  });

  it.each(['4', '4.3', 'v4.3.0', '4.3.0-rc1', '4.3.0 ', '3.8.1', '2.13.0', 'newest', '../4.3.0'])(
    'is refused where KAFKA_VERSION is %p, with what it must be',
    (version) => {
      expect(() => kafkaVersion(version)).toThrow(
        `KAFKA_VERSION=${version} must be a release of Apache Kafka, 3.9.0 or newer, for example ${byDefault}`,
      );
    },
  );

  it.each(['docker-compose.yml', 'deploy/kubernetes/overlays/one-broker/kafka.yaml'])(
    'is by default that of the image in %s',
    (file) => {
      expect(readPage(file)).toContain(`image: apache/kafka:${byDefault}\n`);
    },
  );
});

describe('the tool that changes settings and users', () => {
  it.each([
    ['3.9.2', 'kafka.admin.ConfigCommand'],
    ['4.3.2', 'kafka.admin.ConfigCommand'],
    ['4.4.0', 'org.apache.kafka.tools.ConfigCommand'],
    ['4.10.0', 'org.apache.kafka.tools.ConfigCommand'],
  ])('of %s is %s', (version, command) => {
    expect(configCommand(version)).toBe(command);
  });
});

describe('the versions of Kafka that .ci/run tests', () => {
  const [, others = ''] = /for version in (.*); do/.exec(readPage('.ci/run')) ?? [];
  const tested = [byDefault, ...others.split(' ')].sort();

  it.each(['README.md', 'docs/how-to/deploy.md', 'packages/delivery/README.md'])(
    'are those that %s names',
    (page) => {
      const [, named = ''] = /on Apache Kafka ([\d., and]+\d)/.exec(readPage(page)) ?? [];
      expect(named.split(/, | and /).sort()).toEqual(tested);
    },
  );
});
