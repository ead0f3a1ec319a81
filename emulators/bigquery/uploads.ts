// Resumable uploads that have begun and not ended.
import { randomUUID } from 'node:crypto';

export interface Upload {
  readonly projectId: string;
  readonly job: Readonly<Record<string, unknown>>;
  readonly chunks: Buffer[];
}

export class Uploads {
  readonly #uploads = new Map<string, Upload>();

  begin(projectId: string, job: Upload['job']): string {
    const id = randomUUID();
    this.#uploads.set(id, { projectId, job, chunks: [] });
    return id;
  }

  find(id: string): Upload | undefined {
    return this.#uploads.get(id);
  }

  end(id: string): void {
    this.#uploads.delete(id);
  }
}
