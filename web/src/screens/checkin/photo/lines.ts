import { CELL } from "./glyphs";
import type { Piece } from "./picture";

/** A line of characters that stand at even distances. */
export interface Line {
  /** How many characters. */
  count: number;
  /** Where the middle of a character is, by its number; it may be beyond the last one. */
  middle: (n: number) => { x: number; y: number };
  /** Which way the line runs. */
  along: { x: number; y: number };
  /** How high a capital would be in the place of a character, dots. */
  capital: (n: number) => number;
}

/** From so many characters on a line is of a zone, whose characters stand at their distance in every document. */
const ZONE = 26;
/** Fewer characters are no line that is looked for: a resident card has eighteen. */
const LEAST = 14;

const heightOf = (blob: Piece) => blob.bottom - blob.top + 1;
const middleX = (blob: Piece) => (blob.left + blob.right) / 2;
const middleY = (blob: Piece) => (blob.top + blob.bottom) / 2;

/** The value that so much of all is at most. */
function quantile(all: readonly number[], share: number): number {
  const sorted = [...all].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Pieces of ink that stand behind each other like characters of a line. */
function chainsOf(blobs: readonly Piece[]): Piece[][] {
  const sorted = [...blobs].sort((a, b) => a.left - b.left);
  const next = new Int32Array(sorted.length).fill(-1);
  const before = new Int32Array(sorted.length).fill(-1);
  const gaps = new Float64Array(sorted.length).fill(Number.POSITIVE_INFINITY);
  for (const [at, blob] of sorted.entries()) {
    const h = heightOf(blob);
    let best = -1;
    let bestGap = Number.POSITIVE_INFINITY;
    for (let other = at + 1; other < sorted.length; other += 1) {
      const candidate = sorted[other];
      if (!candidate) break;
      const gap = candidate.left - blob.right;
      if (gap > 2.4 * h) break;
      const ratio = heightOf(candidate) / h;
      if (ratio < 0.45 || ratio > 2.2 || gap < -0.3 * h) continue;
      if (Math.abs(middleY(candidate) - middleY(blob)) > 0.4 * Math.max(h, heightOf(candidate))) continue;
      const distance = Math.max(0, gap) + Math.abs(middleY(candidate) - middleY(blob));
      if (distance < bestGap) [best, bestGap] = [other, distance];
    }
    // Each has one before it: the nearer of two.
    if (best < 0 || bestGap >= (gaps[best] ?? 0)) continue;
    const rival = before[best] ?? -1;
    if (rival >= 0) next[rival] = -1;
    next[at] = best;
    before[best] = at;
    gaps[best] = bestGap;
  }
  const chains: Piece[][] = [];
  for (let start = 0; start < sorted.length; start += 1) {
    if (before[start] !== -1) continue;
    const chain: Piece[] = [];
    for (let at = start; at >= 0; at = next[at] ?? -1) {
      const blob = sorted[at];
      if (blob) chain.push(blob);
    }
    if (chain.length >= LEAST) chains.push(chain);
  }
  return chains;
}

/** `y = a + b x + c x²` through points, as near as can be; without `c` for few of them. */
function curveOf(points: readonly (readonly [x: number, y: number])[], degree: 1 | 2): [number, number, number] {
  const size = degree + 1;
  const rows = Array.from({ length: size }, (_, row) =>
    Float64Array.of(
      ...Array.from({ length: size }, (_, column) => points.reduce((sum, [x]) => sum + x ** (row + column), 0)),
      points.reduce((sum, [x, y]) => sum + y * x ** row, 0),
    ),
  );
  for (let at = 0; at < size; at += 1) {
    // The largest first: small ones would blow up what is not exact.
    const pivot = rows.slice(at).reduce((most, row, n) => {
      return Math.abs(row[at] ?? 0) > Math.abs(rows[most]?.[at] ?? 0) ? at + n : most;
    }, at);
    const [one, other] = [rows[at], rows[pivot]];
    if (!one || !other) continue;
    rows.splice(pivot, 1, one);
    rows.splice(at, 1, other);
    const head = other[at] ?? 0;
    if (Math.abs(head) < 1e-12) continue;
    for (const [n, row] of rows.entries()) {
      if (n === at) continue;
      const factor = (row[at] ?? 0) / head;
      rows.splice(
        n,
        1,
        row.map((value, column) => value - factor * (other[column] ?? 0)),
      );
    }
  }
  const value = (n: number) => {
    const head = rows[n]?.[n] ?? 0;
    return n < size && Math.abs(head) > 1e-12 ? (rows[n]?.[size] ?? 0) / head : 0;
  };
  return [value(0), value(1), value(2)];
}

/** The line that a chain is, if its characters stand at even distances. */
function lineOf(chain: readonly Piece[]): Line | undefined {
  // Most of a line may be fillers, which are lower than letters.
  const height = quantile(chain.map(heightOf), 0.9);
  const whole = chain.filter((blob) => heightOf(blob) > 0.42 * height && heightOf(blob) < 1.4 * height);
  const steps = whole.slice(1).map((blob, at) => middleX(blob) - middleX(whole[at] ?? blob));
  const usual = steps.filter((step) => step > 0.45 * height && step < 1.9 * height);
  if (usual.length < LEAST - 4) return undefined;
  const pitch = quantile(usual, 0.5);
  // Which character each piece is, counted from the first one; two that touch leave a gap.
  let number = 0;
  const numbered = whole.map((blob, at): [number, Piece] => {
    const step = steps[at - 1];
    if (step !== undefined) number += Math.max(step > 0.5 * pitch ? 1 : 0, Math.round(step / pitch));
    return [number, blob];
  });
  const count = number + 1;
  if (count < LEAST || count > 60) return undefined;
  // Seen from the side, characters stand nearer to each other at one end.
  const [x0, x1, x2] = curveOf(
    numbered.map(([n, blob]) => [n / count, middleX(blob)]),
    2,
  );
  const x = (n: number) => x0 + x1 * (n / count) + x2 * (n / count) ** 2;
  const off = numbered.filter(([n, blob]) => Math.abs(x(n) - middleX(blob)) > 0.3 * pitch).length;
  if (off > numbered.length / 6) return undefined;
  const tall = whole.filter((blob) => heightOf(blob) > 0.8 * height);
  const [y0, y1] = curveOf(
    (tall.length >= 6 ? tall : whole).map((blob) => [middleX(blob), middleY(blob)]),
    1,
  );
  const length = Math.hypot(1, y1);
  return {
    count,
    // Digits are higher than capitals, and nobody knows yet which a line has: of a zone the distance says how large it is. The number of a card stands wider, and
    // has digits only.
    capital: (n) =>
      (count < ZONE ? height / length / CELL.digit : ((x1 + (2 * x2 * n) / count) / count) * length) /
      (count < ZONE ? 1 : CELL.pitch),
    along: { x: 1 / length, y: y1 / length },
    middle: (n) => ({ x: x(n), y: y0 + y1 * x(n) }),
  };
}

/** The lines in a picture's ink, from top to bottom. */
export function linesOf(blobs: readonly Piece[]): Line[] {
  return chainsOf(blobs)
    .flatMap((chain) => lineOf(chain) ?? [])
    .sort((a, b) => a.middle(a.count / 2).y - b.middle(b.count / 2).y);
}
