import { CELL, GLYPHS } from "./glyphs";
import type { Grey } from "./picture";

/** How lines are drawn for a test: as a camera sees them. */
export interface Look {
  /** How high a capital is, dots. */
  height: number;
  /** By how much the page is turned, degrees. */
  turn?: number;
  /** How dark shadows are, from 0 to 1, and how strong noise is, in shades. */
  shadow?: number;
  noise?: number;
  /** How far a dot is smeared, dots. */
  blur?: number;
}

/** A picture of a page with some lines in OCR-B, for tests: nobody's document is needed for them. */
export function drawn(lines: readonly string[], { height, turn = 0, shadow = 0, noise = 0, blur = 0 }: Look): Grey {
  const pitch = CELL.pitch * height;
  const longest = Math.max(...lines.map((line) => line.length));
  const [width, tall] = [Math.round((longest + 6) * pitch), Math.round((lines.length * 1.9 + 8) * height)];
  const darkness = new Float32Array(width * tall);
  const angle = (turn * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const byText = new Map(GLYPHS.map((glyph) => [glyph.text, glyph]));
  const { columns, rows } = CELL;
  for (let y = 0; y < tall; y += 1) {
    for (let x = 0; x < width; x += 1) {
      // Where the dot lies on the page, from its middle.
      const [dx, dy] = [x - width / 2, y - tall / 2];
      const u = dx * cos + dy * sin + (longest * pitch) / 2;
      const v = -dx * sin + dy * cos + (lines.length * 1.9 * height) / 2;
      const line = Math.floor(v / (1.9 * height));
      const at = Math.floor(u / pitch);
      const shape = byText.get(lines[line]?.charAt(at) ?? "")?.shape;
      if (!shape) continue;
      const across = ((u - (at + 0.5) * pitch) / (CELL.width * height) + 0.5) * columns - 0.5;
      const down = ((v - (line + 0.5) * 1.9 * height) / (CELL.height * height) + 0.5) * rows - 0.5;
      darkness[y * width + x] = between(shape, columns, rows, across, down);
    }
  }
  for (let time = 0; time < blur; time += 1) smear(darkness, width, tall);
  let state = 1;
  const at = new Uint8Array(darkness.length);
  for (let n = 0; n < at.length; n += 1) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const paper = 225 * (1 - shadow * ((n % width) / width));
    const shade = paper * (1 - 0.85 * (darkness[n] ?? 0)) + (state / 2_147_483_648 - 0.5) * 2 * noise;
    at[n] = Math.max(0, Math.min(255, Math.round(shade)));
  }
  return { width, height: tall, at };
}

/** A shape's darkness between its dots. */
function between(shape: Float32Array, columns: number, rows: number, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const of = (column: number, row: number) =>
    column < 0 || row < 0 || column >= columns || row >= rows ? 0 : (shape[row * columns + column] ?? 0);
  const [fx, fy] = [x - left, y - top];
  return (
    (of(left, top) * (1 - fx) + of(left + 1, top) * fx) * (1 - fy) +
    (of(left, top + 1) * (1 - fx) + of(left + 1, top + 1) * fx) * fy
  );
}

/** Spreads every dot over its neighbours. */
function smear(darkness: Float32Array, width: number, height: number): void {
  const before = Float32Array.from(darkness);
  for (let y = 1; y < height - 1; y += 1)
    for (let x = 1; x < width - 1; x += 1) {
      let sum = 0;
      for (let dy = -1; dy <= 1; dy += 1)
        for (let dx = -1; dx <= 1; dx += 1) sum += before[(y + dy) * width + x + dx] ?? 0;
      darkness[y * width + x] = sum / 9;
    }
}
