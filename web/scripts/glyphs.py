#!/usr/bin/env python3
"""Makes src/screens/checkin/photo/glyphs.ts: the shapes of OCR-B that documents in pictures are compared with.

    apt-get install fonts-ocr-b python3-pil
    scripts/glyphs.py FONT.ttf > src/screens/checkin/photo/glyphs.ts

Each shape is the darkness of a grid around the middle of the character, from 0 to f.
"""
import sys

from PIL import Image, ImageDraw, ImageFont

TEXTS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
COLUMNS, ROWS = 14, 20
# How wide and high the grid is, in heights of a capital.
WIDTH, HEIGHT = 1.0, 1.42
CAPITAL = 240  # dots, before it is made small


def main() -> None:
    path = sys.argv[1]
    font = ImageFont.truetype(path, 1000)
    left, top, right, bottom = font.getbbox("H")
    font = ImageFont.truetype(path, round(1000 * CAPITAL / (bottom - top)))
    left, top, right, bottom = font.getbbox("H")
    capital, pitch = bottom - top, font.getlength("H")
    wide, high = round(WIDTH * capital), round(HEIGHT * capital)
    print("// Made by scripts/glyphs.py from Debian's fonts-ocr-b; not written by hand.")
    print()
    print("/** The grid of a shape, how far apart characters are printed, and how high digits are, in heights of a capital. */")
    print("export const CELL = {")
    digit = font.getbbox("0")
    print(f"  columns: {COLUMNS},\n  rows: {ROWS},\n  width: {WIDTH},\n  height: {HEIGHT},")
    print(f"  pitch: {pitch / capital:.3f},\n  digit: {(digit[3] - digit[1]) / capital:.3f},")
    print("} as const;\n")
    print("/** How dark each dot of the grid is, row by row, from 0 to f. */")
    print("const SHAPES = [")
    for text in TEXTS:
        picture = Image.new("L", (wide, high), 0)
        x = wide / 2 - font.getlength(text) / 2
        y = high / 2 - (top + bottom) / 2
        ImageDraw.Draw(picture).text((x, y), text, fill=255, font=font)
        small = picture.resize((COLUMNS, ROWS), Image.Resampling.BOX)
        shape = "".join(f"{round(dot / 17):x}" for dot in small.tobytes())
        print(f'  ["{text}", "{shape}"],')
    print("] as const;\n")
    print(
        """/** A character's shape: its darkness from 0 to 1, and the same evened out: its sum is 0 and its length 1. */
export interface Glyph {
  text: string;
  shape: Float32Array;
  cell: Float32Array;
}

function glyph(text: string, digits: string): Glyph {
  const shape = Float32Array.from(digits, (digit) => Number.parseInt(digit, 16) / 15);
  const mean = shape.reduce((sum, dark) => sum + dark, 0) / shape.length;
  const length = Math.sqrt(shape.reduce((sum, dark) => sum + (dark - mean) ** 2, 0));
  return { text, shape, cell: shape.map((dark) => (dark - mean) / length) };
}

export const GLYPHS: readonly Glyph[] = SHAPES.map(([text, digits]) => glyph(text, digits));"""
    )


main()
