/**
 * The characters of OCR-B (ISO 1073-2) that documents use, as the strokes they are drawn with: one pen of one width. Shapes to compare with are made of them
 * when they are first wanted.
 */

/** The grid of a shape, and how far apart characters are printed, in heights of a capital. */
export const CELL = { columns: 12, rows: 16, width: 1, height: 1.24, pitch: 0.95 } as const;

/** The middle of the pen's strokes: eight across and twelve down, points of a stroke by spaces, strokes by bars. */
const STROKES: Record<string, string> = {
  "0": "4,0 6.2,1 7.4,4 7.4,8 6.2,11 4,12 1.8,11 .6,8 .6,4 1.8,1 4,0",
  "1": "1,2.6 4.4,0 4.4,12|1.2,12 7.4,12",
  "2": ".5,2.4 1.9,.6 4,0 6.4,.8 7.4,3 6.5,5.4 .3,12 7.8,12",
  "3": ".6,0 7.3,0 3.6,4.6 5.6,5 7.3,6.6 7.7,8.5 6.5,11 4,12 1.6,11.6 .2,10.4",
  "4": "4,0 .1,8.6 8,8.6|5.8,5 5.8,12",
  "5": "7.2,0 1.2,0 1,5.2 4,4.6 6.6,5.6 7.7,8.2 6.6,11 4,12 1.6,11.6 .2,10.4",
  "6": "6,0 2.6,3.8 .4,8.2 1.5,11 4,12 6.5,11 7.6,8.5 6.5,6 4,5 1.6,6",
  "7": "0,0 7.8,0 5,5 3.4,12",
  "8": "4,0 6.4,.8 7.1,2.9 6.1,4.9 4,5.6 1.9,4.9 .9,2.9 1.6,.8 4,0|4,5.6 6.7,6.6 7.8,9 6.7,11.3 4,12 1.3,11.3 .2,9 1.3,6.6 4,5.6",
  "9": "2,12 5.4,8.2 7.6,3.8 6.5,1 4,0 1.5,1 .4,3.5 1.5,6 4,7 6.4,6",
  A: "0,12 4,0 8,12|1.4,8 6.6,8",
  B: ".6,0 .6,12 4.4,12 6.8,11.2 7.6,9 6.8,6.8 4.6,6 .6,6|4.6,6 6.4,5.1 7,3 6.3,.9 4.2,0 .6,0",
  C: "7.6,1.7 6.1,.4 4.2,0 1.7,1.3 .3,4 .3,8 1.7,10.7 4.2,12 6.1,11.6 7.6,10.3",
  D: ".6,0 .6,12 3.4,12 6.3,10.6 7.6,8 7.6,4 6.3,1.4 3.4,0 .6,0",
  E: "7.4,0 .7,0 .7,12 7.4,12|.7,5.8 6.2,5.8",
  F: "7.4,0 .7,0 .7,12|.7,5.8 6.2,5.8",
  G: "7.4,1.7 6,.4 4.2,0 1.7,1.3 .3,4 .3,8 1.7,10.7 4.2,12 6,11.7 7.5,10.6 7.5,6.7 4.6,6.7",
  H: ".5,0 .5,12|7.5,0 7.5,12|.5,5.8 7.5,5.8",
  I: "1.4,0 6.6,0|4,0 4,12|1.4,12 6.6,12",
  J: "2.6,0 6.6,0 6.6,9 5.7,11.3 3.6,12 1.5,11.4 .6,9.6",
  K: ".7,0 .7,12|7.4,0 .7,7|2.9,4.8 7.7,12",
  L: ".9,0 .9,12 7.4,12",
  M: "0,12 0,0 4,6.6 8,0 8,12",
  N: ".4,12 .4,0 7.6,12 7.6,0",
  O: "4,0 6.8,.8 8.1,3.6 8.1,8.4 6.8,11.2 4,12 1.2,11.2 -.1,8.4 -.1,3.6 1.2,.8 4,0",
  P: ".7,12 .7,0 4.6,0 6.9,1 7.6,3.3 6.9,5.6 4.6,6.6 .7,6.6",
  Q: "4,0 6.8,.8 8.1,3.6 8.1,8.4 6.8,11.2 4,12 1.2,11.2 -.1,8.4 -.1,3.6 1.2,.8 4,0|4.8,8.4 8.2,12.4",
  R: ".7,12 .7,0 4.6,0 6.9,.9 7.5,3.1 6.9,5.3 4.6,6.3 .7,6.3|4,6.3 7.8,12",
  S: "7.2,1.6 5.9,.4 4,0 1.7,.7 .8,2.7 1.7,4.8 4,5.8 6.4,6.8 7.6,9 6.5,11.2 4,12 1.8,11.6 .4,10.3",
  T: "0,0 8,0|4,0 4,12",
  U: ".5,0 .5,8 1.6,11 4,12 6.4,11 7.5,8 7.5,0",
  V: "0,0 4,12 8,0",
  W: "0,0 1.8,12 4,4.6 6.2,12 8,0",
  X: ".2,0 7.8,12|7.8,0 .2,12",
  Y: "0,0 4,6 8,0|4,6 4,12",
  Z: ".5,0 7.6,0 .2,12 7.8,12",
  "<": "7.4,2.2 .4,6 7.4,9.8",
};

/** The pen's width, and how wide and high its middle moves, in heights of a capital. */
const PEN = 0.135;
const WIDE = 0.53;
const HIGH = 1 - PEN;

/** A character's shape: its darkness from 0 to 1, and the same evened out: its sum is 0 and its length 1. */
export interface Glyph {
  text: string;
  shape: Float32Array;
  cell: Float32Array;
}

type Point = readonly [x: number, y: number];

/** How far a point is from the stretch between two others. */
function distance([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const along = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - ax - along * dx, y - ay - along * dy);
}

function glyph(text: string, strokes: string): Glyph {
  const stretches = strokes.split("|").flatMap((stroke) => {
    const points = stroke.split(" ").map((point): Point => {
      const [x = 0, y = 0] = point.split(",").map(Number);
      return [(x / 8 - 0.5) * WIDE, (y / 12 - 0.5) * HIGH];
    });
    return points.slice(1).map((point, at): readonly [Point, Point] => [points[at] ?? point, point]);
  });
  const { columns, rows, width, height } = CELL;
  const shape = new Float32Array(columns * rows);
  // Four dots each way in every one of the grid: what the pen covers of it.
  const fine = [-0.375, -0.125, 0.125, 0.375];
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1) {
      let covered = 0;
      for (const v of fine)
        for (const u of fine) {
          const point: Point = [((column + 0.5 + u) / columns - 0.5) * width, ((row + 0.5 + v) / rows - 0.5) * height];
          if (stretches.some(([from, to]) => distance(point, from, to) <= PEN / 2)) covered += 1;
        }
      shape[row * columns + column] = covered / fine.length ** 2;
    }
  const mean = shape.reduce((sum, dark) => sum + dark, 0) / shape.length;
  const length = Math.sqrt(shape.reduce((sum, dark) => sum + (dark - mean) ** 2, 0));
  return { text, shape, cell: shape.map((dark) => (dark - mean) / length) };
}

export const GLYPHS: readonly Glyph[] = Object.entries(STROKES).map(([text, strokes]) => glyph(text, strokes));
