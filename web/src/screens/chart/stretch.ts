/** A stretch of a long list that is drawn: the first, and the one after the last. */
export type Stretch = readonly [first: number, end: number];

/** How a box is scrolled along one axis: where it begins and how much is in sight, pixels. */
export interface InSight {
  at: number;
  length: number;
}

/**
 * What of `count` things, each `size` pixels, is drawn: what is in sight and `spare` beyond it. It changes every `step` things only, so that not every pixel
 * of scrolling draws anew.
 */
export function stretchOf({ at, length }: InSight, size: number, count: number, step: number, spare: number): Stretch {
  const first = Math.floor(at / size / step) * step - spare;
  const end = Math.ceil((at + length) / size / step) * step + spare;
  return [Math.min(count, Math.max(0, first)), Math.max(0, Math.min(count, end))];
}

export const isSame = (one: Stretch, other: Stretch): boolean => one[0] === other[0] && one[1] === other[1];
