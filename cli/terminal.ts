// What commands print on a terminal: colours and a progress line that overwrites itself, both only where somebody
// is looking. Elsewhere progress is a plain line now and then.
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export interface Progress {
  show(line: string): void;
  /** Clears the line, so that what follows starts on a clean one. */
  end(): void;
}

const PLAIN_EVERY_MS = 2_000;

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let lastAt = 0;
  return {
    show(line) {
      if (stream.isTTY) stream.write(`\r\u001B[2K${line.slice(0, (stream.columns ?? 80) - 1)}`);
      else if (Date.now() - lastAt >= PLAIN_EVERY_MS) {
        lastAt = Date.now();
        stream.write(`${line}\n`);
      }
    },
    end() {
      if (stream.isTTY) stream.write('\r\u001B[2K');
    },
  };
}

/** Rows of two or more cells, the first column left, the others right aligned when they are numbers. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => width(String(row[i] ?? '')))),
  );
  return rows
    .map((row) => {
      const cells = row.map((cell, i) => {
        const padding = ' '.repeat(widths[i]! - width(String(cell)));
        return typeof cell === 'number' ? padding + cell : cell + padding;
      });
      return `  ${cells.join('   ').trimEnd()}`;
    })
    .join('\n');
}

/** Columns that a text takes on a terminal: East Asian characters take two. */
function width(text: string): number {
  return [...text].reduce(
    (sum, char) =>
      sum +
      (/[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/u.test(
        char,
      )
        ? 2
        : 1),
    0,
  );
}
