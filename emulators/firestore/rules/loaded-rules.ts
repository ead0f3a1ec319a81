// The rules of each project: those that were sent for it, or those that the emulator was started with.
import type { RulesIssue } from './issues.ts';
import { formatIssue } from './issues.ts';
import { parseRules } from './parse.ts';
import type { Ruleset } from './syntax.ts';

export interface RulesFile {
  readonly name: string;
  readonly content: string;
}

interface Loaded {
  readonly file: RulesFile;
  /** Undefined when they do not compile: then they deny everything. */
  readonly ruleset: Ruleset | undefined;
  readonly issues: readonly RulesIssue[];
}

export class LoadedRules {
  /** Told what rules give to `debug(…)`, with its line. */
  debug: (line: number, value: string) => void = () => undefined;
  #common: Loaded | undefined;
  readonly #byProject = new Map<string, Loaded>();
  readonly #listeners = new Set<() => void>();

  /** For every project that has none of its own. Throws with all issues when they do not compile. */
  loadForAll(file: RulesFile): void {
    const loaded = compile(file);
    if (!loaded.ruleset) {
      const issues = loaded.issues.map(formatIssue).join('\n');
      throw new Error(`Cannot load the security rules, mend them and start again:\n${issues}`);
    }
    this.#common = loaded;
    this.#tell();
  }

  /** Answers with what is wrong. Rules that do not compile take no effect, or, with `evenBroken`, deny everything. */
  load(project: string, file: RulesFile, evenBroken: boolean): readonly RulesIssue[] {
    const loaded = compile(file);
    if (loaded.ruleset || evenBroken) {
      this.#byProject.set(project, loaded);
      this.#tell();
    }
    return loaded.issues;
  }

  /** Undefined when nothing governs the project. */
  of(project: string): Loaded | undefined {
    return this.#byProject.get(project) ?? this.#common;
  }

  /** Called after rules have changed, for whoever listens under the former ones. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function compile(file: RulesFile): Loaded {
  return { file, ...parseRules(file.name, file.content) };
}
