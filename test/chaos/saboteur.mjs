// Loaded into every process of a chaos run: does there what can't be done from outside, when it is told to.
const RealDate = globalThis.Date;
let aheadMs = 0;

globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(Date.now());
    else super(...given);
  }

  static now() {
    return RealDate.now() + aheadMs;
  }
};

process.on('message', ({ blockMs, clockAheadMs, tellUsage }) => {
  if (clockAheadMs !== undefined) aheadMs = clockAheadMs;
  if (tellUsage) process.send(usage());
  const until = performance.now() + (blockMs ?? 0);
  while (performance.now() < until);
});
process.channel?.unref();

function usage() {
  const handles = process.getActiveResourcesInfo();
  return {
    rssBytes: process.memoryUsage.rss(),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    handles: handles.length,
    sockets: handles.filter((kind) => kind.startsWith('TCP')).length,
  };
}
