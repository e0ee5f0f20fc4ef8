// Loaded into every process of a chaos run: does there what can't be done from outside, when it is told to.
import { openSync } from 'node:fs';

const RealDate = globalThis.Date;
let aheadMs = 0;
/** What a process uses is read from files. */
let outOfFiles = false;

globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(Date.now());
    else super(...given);
  }

  static now() {
    return RealDate.now() + aheadMs;
  }
};

process.on('message', ({ blockMs, clockAheadMs, takeOpenFiles, tellUsage }) => {
  if (clockAheadMs !== undefined) aheadMs = clockAheadMs;
  if (takeOpenFiles) takeAllOpenFiles();
  if (tellUsage && !outOfFiles) process.send(usage());
  const until = performance.now() + (blockMs ?? 0);
  while (performance.now() < until);
});
process.channel?.unref();

/** From here on nothing more can be opened, and nobody be connected to. */
function takeAllOpenFiles() {
  outOfFiles = true;
  try {
    for (;;) openSync('/dev/null');
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
  }
}

function usage() {
  const handles = process.getActiveResourcesInfo();
  return {
    rssBytes: process.memoryUsage.rss(),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    handles: handles.length,
    sockets: handles.filter((kind) => kind.startsWith('TCP')).length,
  };
}
