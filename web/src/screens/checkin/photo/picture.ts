/** A picture in shades of grey, row by row; 0 is black. */
export interface Grey {
  width: number;
  height: number;
  at: Uint8Array;
}

/** The shades of a picture in colours. */
export function greyOf(rgba: Uint8ClampedArray, width: number, height: number): Grey {
  const at = new Uint8Array(width * height);
  for (let n = 0, from = 0; n < at.length; n += 1, from += 4)
    at[n] = ((rgba[from] ?? 0) * 77 + (rgba[from + 1] ?? 0) * 150 + (rgba[from + 2] ?? 0) * 29) >> 8;
  return { width, height, at };
}

/** The picture turned by a quarter, clockwise. */
export function turned({ width, height, at }: Grey): Grey {
  const other = new Uint8Array(at.length);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) other[x * height + (height - 1 - y)] = at[y * width + x] ?? 0;
  return { width: height, height: width, at: other };
}

/** How much darker than its surroundings a dot has to be to count as ink. */
const DARKER = 0.84;

/** Where ink is: 1 where a dot is darker than what surrounds it, so that shadows and gradients don't matter. */
export function inkOf({ width, height, at }: Grey): Uint8Array {
  // Sums of everything above and to the left of a dot.
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y += 1) {
    let row = 0;
    for (let x = 0; x < width; x += 1) {
      row += at[y * width + x] ?? 0;
      sums[(y + 1) * (width + 1) + x + 1] = (sums[y * (width + 1) + x + 1] ?? 0) + row;
    }
  }
  const reach = Math.max(8, Math.round(Math.max(width, height) / 48));
  const ink = new Uint8Array(at.length);
  for (let y = 0; y < height; y += 1) {
    const [top, bottom] = [Math.max(0, y - reach), Math.min(height, y + reach + 1)];
    for (let x = 0; x < width; x += 1) {
      const [left, right] = [Math.max(0, x - reach), Math.min(width, x + reach + 1)];
      const sum =
        (sums[bottom * (width + 1) + right] ?? 0) -
        (sums[top * (width + 1) + right] ?? 0) -
        (sums[bottom * (width + 1) + left] ?? 0) +
        (sums[top * (width + 1) + left] ?? 0);
      const mean = sum / ((bottom - top) * (right - left));
      if ((at[y * width + x] ?? 255) < mean * DARKER) ink[y * width + x] = 1;
    }
  }
  return ink;
}

/** Ink that hangs together: the box around it, its last dots included. */
export interface Piece {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The pieces of ink that may be characters by their size. */
export function blobsOf(ink: Uint8Array, width: number, height: number): Piece[] {
  const left = Uint8Array.from(ink);
  const stack = new Int32Array(ink.length);
  const found: Piece[] = [];
  for (let start = 0; start < left.length; start += 1) {
    if (left[start] !== 1) continue;
    left[start] = 0;
    stack[0] = start;
    let depth = 1;
    let dots = 0;
    const box: Piece = { left: width, top: height, right: 0, bottom: 0 };
    while (depth > 0) {
      depth -= 1;
      const dot = stack[depth] ?? 0;
      const x = dot % width;
      const y = (dot - x) / width;
      dots += 1;
      if (x < box.left) box.left = x;
      if (x > box.right) box.right = x;
      if (y < box.top) box.top = y;
      if (y > box.bottom) box.bottom = y;
      for (let dy = -1; dy <= 1; dy += 1) {
        for (let dx = -1; dx <= 1; dx += 1) {
          const [nx, ny] = [x + dx, y + dy];
          if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
          const next = ny * width + nx;
          if (left[next] !== 1) continue;
          left[next] = 0;
          stack[depth] = next;
          depth += 1;
        }
      }
    }
    const [w, h] = [box.right - box.left + 1, box.bottom - box.top + 1];
    // Specks, frames and pictures are no characters.
    if (h >= 7 && dots >= 8 && h <= height / 4 && w <= h * 2.5) found.push(box);
  }
  return found;
}

/** The shade between four dots. */
export function shadeAt({ width, height, at }: Grey, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  if (left < 0 || top < 0 || left + 1 >= width || top + 1 >= height) return 255;
  const [fx, fy] = [x - left, y - top];
  const from = top * width + left;
  const above = (at[from] ?? 255) * (1 - fx) + (at[from + 1] ?? 255) * fx;
  const below = (at[from + width] ?? 255) * (1 - fx) + (at[from + width + 1] ?? 255) * fx;
  return above * (1 - fy) + below * fy;
}
