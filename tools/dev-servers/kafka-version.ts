const DEFAULT = '4.3.0';
const OLDEST = '3.9.0';

/**
 * The version of Kafka that is started for development and tests: what `KAFKA_VERSION` says, else the one that all figures
 * are measured on. Throws when it can't be one.
 */
export function kafkaVersion(wanted = process.env['KAFKA_VERSION']): string {
  if (!wanted) return DEFAULT;
  if (/^\d+\.\d+\.\d+$/.test(wanted) && isAtLeast(wanted, OLDEST)) return wanted;
  throw new Error(
    `KAFKA_VERSION=${wanted} must be a release of Apache Kafka, ${OLDEST} or newer, for example ${DEFAULT}`,
  );
}

/** The class that `kafka-configs.sh` runs. */
export function configCommand(version = kafkaVersion()): string {
  return isAtLeast(version, '4.4.0') ? 'org.apache.kafka.tools.ConfigCommand' : 'kafka.admin.ConfigCommand';
}

function isAtLeast(version: string, other: string): boolean {
  return version.localeCompare(other, 'en', { numeric: true }) >= 0;
}
