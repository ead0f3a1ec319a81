// What is wrong with a rules file, where, and what to do about it.

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** In the form in which the official emulator reports them and firebase-tools prints them. */
export interface RulesIssue {
  readonly sourcePosition: Position & { readonly fileName: string };
  readonly severity: 'ERROR';
  readonly description: string;
}

/** Thrown where the parser cannot go on. */
export class SyntaxIssue extends Error {
  readonly position: Position;

  constructor(message: string, position: Position) {
    super(message);
    this.position = position;
  }
}

export function formatIssue({ sourcePosition, description }: RulesIssue): string {
  const { fileName, line, column } = sourcePosition;
  return `${fileName}:${line}:${column}: ${description}`;
}
