/** The codes of a channel as somebody edits them, pure. */

/** A code of the channel and what it is here. */
export interface Pair {
  theirs: string;
  ours: string;
}

/** The pairs of a map, by the channel's code; `*`, no code at all, first. */
export function pairsOf(codes: Readonly<Record<string, string>>): Pair[] {
  return Object.entries(codes)
    .map(([theirs, ours]) => ({ theirs, ours }))
    .sort((a, b) => a.theirs.localeCompare(b.theirs));
}

/** What is wrong with a pair among the others: it stands there twice, or half of it is missing. A pair of nothing is left out. */
export function wrongOf(pairs: readonly Pair[], at: number): "double" | "missing" | undefined {
  const pair = pairs[at];
  if (!pair) return undefined;
  const theirs = pair.theirs.trim();
  if (theirs === "" && pair.ours === "") return undefined;
  if (theirs === "" || pair.ours === "") return "missing";
  return pairs.some((other, n) => n !== at && other.theirs.trim() === theirs) ? "double" : undefined;
}

/** The map of the pairs; `undefined` as long as something is wrong with one of them. */
export function codesOf(pairs: readonly Pair[]): Record<string, string> | undefined {
  if (pairs.some((_, at) => wrongOf(pairs, at) !== undefined)) return undefined;
  return Object.fromEntries(
    pairs.flatMap(({ theirs, ours }) => (theirs.trim() === "" ? [] : [[theirs.trim(), ours] as const])),
  );
}

/** Whether the pairs say the same as a map. */
export function isSame(pairs: readonly Pair[], codes: Readonly<Record<string, string>>): boolean {
  const said = codesOf(pairs);
  if (!said) return false;
  const keys = Object.keys(said);
  return keys.length === Object.keys(codes).length && keys.every((key) => said[key] === codes[key]);
}
