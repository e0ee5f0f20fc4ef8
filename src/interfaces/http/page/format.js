// Numbers and times in the reader's locale.

const NONE = '–';
const whole = new Intl.NumberFormat();
const oneDigit = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const dateAndClock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

const inUnit = (unit, maximumFractionDigits) => {
  const format = new Intl.NumberFormat(undefined, { style: 'unit', unit, maximumFractionDigits });
  return (value) => format.format(value);
};
const milliseconds = inUnit('millisecond', 0);
const shortSeconds = inUnit('second', 1);
const seconds = inUnit('second', 0);
const minutes = inUnit('minute', 0);
const hours = inUnit('hour', 1);
const days = inUnit('day', 1);

export function number(value) {
  return value === null || value === undefined ? NONE : whole.format(value);
}

/** A number per second. */
export function rate(value) {
  if (value === null || value === undefined) return NONE;
  return value < 10 ? oneDigit.format(value) : whole.format(Math.round(value));
}

export function duration(ms) {
  if (ms === null || ms === undefined) return NONE;
  if (ms < 1_000) return milliseconds(ms);
  if (ms < 10_000) return shortSeconds(ms / 1_000);
  if (ms < 120_000) return seconds(ms / 1_000);
  if (ms < 7_200_000) return minutes(ms / 60_000);
  return ms < 172_800_000 ? hours(ms / 3_600_000) : days(ms / 86_400_000);
}

/** The time of day. */
export function time(at) {
  return clock.format(at);
}

export function dateTime(at) {
  return dateAndClock.format(new Date(at));
}

export function plural(count, one, many = `${one}s`) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** The end of a long name: that is where the ids of replicas differ. */
export function shortened(name, length) {
  return name.length <= length ? name : `…${name.slice(1 - length)}`;
}
