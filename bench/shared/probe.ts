// Loaded into every process that is measured, before anything else: answers over IPC what the process has used of
// CPU and memory. Exact to the microsecond, where /proc/PID/stat counts in ticks of 10 ms; it is getrusage of the
// process with all its threads, and of nothing else.
process.on('message', (question: unknown) => {
  if (question !== 'usage') return;
  const { user, system } = process.cpuUsage();
  const { maxRSS } = process.resourceUsage();
  process.send!({ cpuMs: (user + system) / 1000, rss: process.memoryUsage.rss(), maxRss: maxRSS * 1024 });
});
// Waiting for questions must not keep alive what has nothing else to do.
process.channel?.unref();
process.on('disconnect', () => process.exit(0)); // the bench is gone
