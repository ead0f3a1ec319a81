// Looks for identifiers of people in text, in every form that a careless line of code would give them. What it finds
// it shows with the identifier masked.
import { createHash } from 'node:crypto';

export interface IdentifierSearch {
  /** Undefined when the text holds none; otherwise the text with what was found masked, and shortened. */
  find(text: string): string | undefined;
}

const SHOWN = 200;

export function createIdentifierSearch(identifiers: readonly string[]): IdentifierSearch {
  const forms = identifiers.flatMap(formsOf);
  const lowered = [...new Set(forms.map((form) => form.toLowerCase()))];
  return {
    find(text) {
      const lower = text.toLowerCase();
      const found = lowered.filter((form) => lower.includes(form));
      if (found.length === 0) return undefined;
      const at = Math.max(0, lower.indexOf(found[0]!) - SHOWN / 2);
      // A prefix may be all that is seen of one identifier: the longest form first.
      const masked = found
        .toSorted((a, b) => b.length - a.length)
        .reduce((line, form) => maskAll(line, form), text.slice(at, at + SHOWN));
      return masked;
    },
  };
}

function maskAll(text: string, form: string): string {
  const escaped = form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replace(new RegExp(escaped, 'gi'), '[identifier]');
}

function formsOf(id: string): string[] {
  const bytes = Buffer.from(id, 'utf8');
  const hashes = ['md5', 'sha1', 'sha256', 'sha512'].flatMap((algorithm) => {
    const digest = createHash(algorithm).update(bytes).digest();
    return [digest.toString('hex'), digest.toString('base64'), digest.toString('base64url')];
  });
  // Base64 of a text that stands somewhere inside another: the same characters at three offsets.
  const inside = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return encoded.slice(offset === 0 ? 0 : 4, -2);
  });
  return [
    id,
    encodeURIComponent(id),
    encodeURI(id),
    JSON.stringify(id).slice(1, -1),
    [...id].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    [...id].toReversed().join(''),
    bytes.toString('hex'),
    bytes.toString('latin1'),
    ...inside,
    ...hashes,
  ];
}
