import { describe, expect, it } from "vitest";
import { drawn } from "./drawn";
import { turned } from "./picture";
import { readPicture } from "./read";

const TODAY = "2026-11-30";
/** The specimen of ICAO's Doc 9303, and invented numbers of GB 11643. */
const PASSPORT = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"];
const CARD = ["I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"];
const RESIDENT = ["11010519491231002X"];

describe("a document in a picture", () => {
  it("is read where it lies straight and clear", () => {
    const found = readPicture(drawn(PASSPORT, { height: 28 }), TODAY);
    expect(found).toMatchObject({ number: "L898902C3", surname: "ERIKSSON", given: "ANNA MARIA", wrong: [] });
  });
  it("is read askew, in a shadow, with noise and out of focus", () => {
    for (const look of [
      { height: 26, turn: 4 },
      { height: 26, turn: -6 },
      { height: 22, shadow: 0.6 },
      { height: 24, noise: 30 },
      { height: 24, blur: 2 },
      { height: 20, turn: 3, shadow: 0.4, noise: 18, blur: 1 },
    ])
      expect(readPicture(drawn(PASSPORT, look), TODAY)?.number, JSON.stringify(look)).toBe("L898902C3");
    // Six pictures are drawn and read; a machine with other work takes its time.
  }, 60_000);
  it("is read on its side and on its head", () => {
    let picture = drawn(PASSPORT, { height: 24, noise: 10 });
    for (let quarter = 0; quarter < 3; quarter += 1) {
      picture = turned(picture);
      expect(readPicture(picture, TODAY)?.number, `${quarter}`).toBe("L898902C3");
    }
  }, 60_000);
  it("is read where it is a card of three lines, or a resident card", () => {
    expect(readPicture(drawn(CARD, { height: 26, turn: 2 }), TODAY)).toMatchObject({ number: "D23145890" });
    expect(readPicture(drawn(RESIDENT, { height: 28, turn: -2, noise: 12 }), TODAY)).toMatchObject({
      form: "resident",
      number: "11010519491231002X",
      wrong: [],
    });
  });
  it("is none where nothing of the kind is in the picture", () => {
    expect(readPicture({ width: 400, height: 300, at: new Uint8Array(120_000).fill(200) }, TODAY)).toBeUndefined();
    expect(readPicture(drawn(["HELLO<WORLD<AND<GOOD<DAY"], { height: 24 }), TODAY)).toBeUndefined();
  });
});
