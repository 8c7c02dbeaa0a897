import { readMrz, type Scanned } from "../mrz";
import { readResident } from "../resident";
import { CELL, GLYPHS, type Glyph } from "./glyphs";
import { type Line, linesOf } from "./lines";
import { blobsOf, type Grey, inkOf, shadeAt, turned } from "./picture";

/** A character as it was read, and how much it looks like it: 1 is the same. */
interface Character {
  text: string;
  likeness: number;
}

/** Shifts of a cell that are tried, in heights of a capital: a line is not straight to the dot. */
const ASIDE = [-0.1, -0.05, 0, 0.05, 0.1];
const ALOFT = [-0.12, -0.06, 0, 0.06, 0.12];
/** A line whose characters look less like any is another text. */
const LEAST = 0.55;

/** What a cell holds, dark being much, evened out: its sum is 0 and its length 1. */
function cellOf(picture: Grey, line: Line, capital: number, x: number, y: number): Float32Array {
  const { columns, rows, width, height } = CELL;
  const cell = new Float32Array(columns * rows);
  const [stepX, stepY] = [(width * capital) / columns, (height * capital) / rows];
  let sum = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      // Two dots each way: at the size of a photo more say nothing new.
      let dark = 0;
      for (const sub of [-0.25, 0.25]) {
        const u = (column + 0.5 + sub - columns / 2) * stepX;
        const v = (row + 0.5 + sub - rows / 2) * stepY;
        const { along } = line;
        dark += 255 - shadeAt(picture, x + u * along.x - v * along.y, y + u * along.y + v * along.x);
      }
      cell[row * columns + column] = dark;
      sum += dark;
    }
  }
  const mean = sum / cell.length;
  let length = 0;
  for (let n = 0; n < cell.length; n += 1) {
    cell[n] = (cell[n] ?? 0) - mean;
    length += (cell[n] ?? 0) ** 2;
  }
  const scale = length > 0 ? 1 / Math.sqrt(length) : 0;
  for (let n = 0; n < cell.length; n += 1) cell[n] = (cell[n] ?? 0) * scale;
  return cell;
}

function likeness(cell: Float32Array, glyph: Glyph): number {
  let sum = 0;
  for (let n = 0; n < cell.length; n += 1) sum += (cell[n] ?? 0) * (glyph.cell[n] ?? 0);
  return sum;
}

/** The character of a line that is most alike. */
function characterAt(picture: Grey, line: Line, n: number): Character {
  const { x, y } = line.middle(n);
  const capital = line.capital(n);
  let best: Character = { text: "<", likeness: 0 };
  for (const aside of ASIDE) {
    for (const aloft of ALOFT) {
      const [u, v] = [aside * capital, aloft * capital];
      const cell = cellOf(
        picture,
        line,
        capital,
        x + u * line.along.x - v * line.along.y,
        y + u * line.along.y + v * line.along.x,
      );
      for (const glyph of GLYPHS) {
        const alike = likeness(cell, glyph);
        if (alike > best.likeness) best = { text: glyph.text, likeness: alike };
      }
    }
  }
  return best;
}

/** The best stretch of a line of so many characters: a speck before or behind it is none of them. */
function stretch(characters: readonly Character[], width: number): string | undefined {
  let best: string | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (let from = 0; from + width <= characters.length; from += 1) {
    const some = characters.slice(from, from + width);
    const sum = some.reduce((all, one) => all + one.likeness, 0);
    if (sum > most) [best, most] = [some.map((one) => one.text).join(""), sum];
  }
  return best;
}

/** Widths of the machine-readable zone, and of the number of a resident card. */
const ZONES = [44, 36, 30] as const;
const RESIDENT = 18;

/** What the lines of a picture say of a document, the surest first. */
function readLines(picture: Grey, today: string): Scanned | undefined {
  const ink = inkOf(picture);
  const lines = linesOf(blobsOf(ink, picture.width, picture.height))
    .map((line) => Array.from({ length: line.count }, (_, n) => characterAt(picture, line, n)))
    .filter((all) => all.reduce((sum, one) => sum + one.likeness, 0) / all.length >= LEAST);
  const found: Scanned[] = [];
  for (const width of ZONES) {
    const text = lines.flatMap((line) => stretch(line, width) ?? []).join("\n");
    const scanned = readMrz(text, today);
    if (scanned) found.push(scanned);
  }
  for (const line of lines) {
    const number = line.length <= RESIDENT + 4 ? stretch(line, RESIDENT) : undefined;
    const scanned = number && readResident(number, today);
    if (scanned) found.push(scanned);
  }
  return found.sort((a, b) => a.wrong.length - b.wrong.length)[0];
}

/**
 * Reads a document in a picture: the machine-readable zone, or the number of a resident card. Both are printed in OCR-B, at even distances, and have check
 * digits; whatever else stands in the picture is not read. A picture may lie on its side.
 */
export function readPicture(picture: Grey, today: string): Scanned | undefined {
  let best: Scanned | undefined;
  let now = picture;
  for (let quarter = 0; quarter < 4; quarter += 1) {
    const found = readLines(now, today);
    if (found && found.wrong.length === 0) return found;
    if (found && (best === undefined || found.wrong.length < best.wrong.length)) best = found;
    if (quarter < 3) now = turned(now);
  }
  return best;
}
