// One line of a function's output as a person reads it: what firebase-functions/logger writes for Cloud Logging, a
// JSON object a line, becomes `WARNING syncSession: message {"field":1}`.

const LEVELS = /^(DEFAULT|DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY)$/;
/** Fields by which Cloud Logging ties lines to requests; nobody reads them here. */
const PLATFORM = 'logging.googleapis.com/';

export function readableLine(line: string, functionName: string | undefined): string {
  const entry = parseEntry(line);
  if (!entry) return functionName === undefined ? line : `${functionName}: ${line}`;
  const { severity, message, ...rest } = entry;
  const fields = Object.fromEntries(Object.entries(rest).filter(([key]) => !key.startsWith(PLATFORM)));
  return [
    functionName === undefined ? severity : `${severity} ${functionName}:`,
    ...(typeof message === 'string' && message !== '' ? [message] : []),
    ...(Object.keys(fields).length === 0 ? [] : [JSON.stringify(fields)]),
  ].join(' ');
}

function parseEntry(line: string): { severity: string; message?: unknown } | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line) as { severity?: unknown };
    const { severity } = value;
    return typeof severity === 'string' && LEVELS.test(severity) ? { ...value, severity } : undefined;
  } catch {
    return undefined;
  }
}
