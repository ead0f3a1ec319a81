// Document path patterns of triggers: `users/{userId}/sessions/{sessionId}`, `{path=**}`, `a-{x}` is literal text.
// https://cloud.google.com/eventarc/docs/path-patterns

const CAPTURE = /^\{(\w+)(?:=(\*\*?))?\}$/;

/** A predicate for the path of a document, relative to the database (`users/u1`). */
export function compilePattern(pattern: string): (path: string) => boolean {
  const source = trimSlashes(pattern)
    .split('/')
    .map((segment) => {
      const wildcard = CAPTURE.exec(segment)?.[2] ?? (CAPTURE.test(segment) ? '*' : segment);
      if (wildcard === '**') return '(?:[^/]+(?:/[^/]+)*)?';
      if (wildcard === '*') return '[^/]+';
      return segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('/');
  // `**` may stand for no segment at all, and then its slash goes too.
  const optional = source
    .replaceAll('/(?:[^/]+(?:/[^/]+)*)?', '(?:/[^/]+)*')
    .replace(/^\(\?:\[\^\/\]\+\(\?:\/\[\^\/\]\+\)\*\)\?\//, '(?:[^/]+/)*');
  const expression = new RegExp(`^${optional}$`, 'u');
  return (path) => expression.test(path);
}

function trimSlashes(text: string): string {
  return text.replace(/^\/+|\/+$/g, '');
}
