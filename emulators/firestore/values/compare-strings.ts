// Firestore orders strings by their UTF-8 bytes; JavaScript by UTF-16 units. The two differ only where a
// surrogate pair meets a unit above the surrogates.

export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return utf8Rank(x) - utf8Rank(y);
  }
  return a.length - b.length;
}

/** Moves the surrogates behind every other unit, where their UTF-8 form sorts. */
export function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
