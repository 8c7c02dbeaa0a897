import { describe, expect, it } from "vitest";
import { checkDigit, readMrz, type Scanned } from "./mrz";
import { checkCharacter, readResident } from "./resident";

const TODAY = "2026-11-28";

/** Numbers that follow from a seed: a failure says which, and comes again. */
function chance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
type Chance = ReturnType<typeof chance>;

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS = "0123456789";
/** What a reader may make of a character. */
const MISREAD: Record<string, string> = {
  "0": "O",
  "1": "I",
  "2": "Z",
  "5": "S",
  "6": "G",
  "7": "T",
  "8": "B",
  O: "0",
  I: "1",
  Z: "2",
  S: "5",
  G: "6",
  T: "7",
  B: "8",
};

const text = (some: Chance, from: string, length: number) =>
  Array.from({ length }, () => from.charAt(some(from.length))).join("");
const fill = (written: string, width: number) => written.slice(0, width).padEnd(width, "<");
const two = (n: number) => String(n).padStart(2, "0");
const checked = (written: string) => written + checkDigit(written);

interface Made {
  form: "td1" | "td2" | "td3";
  lines: string[];
  number: string;
  surname: string;
  given: string;
  birth: string;
  expires: string;
}

/** A document as it would be printed. */
function made(some: Chance): Made {
  const form = (["td1", "td2", "td3"] as const)[some(3)] ?? "td3";
  const number = text(some, LETTERS, some(3)) + text(some, DIGITS, 5 + some(2));
  const [surname, given] = [text(some, LETTERS, 2 + some(8)), text(some, LETTERS, 1 + some(8))];
  const birth = `${1930 + some(95)}-${two(1 + some(12))}-${two(1 + some(28))}`;
  const expires = `${2026 + some(10)}-${two(1 + some(12))}-${two(1 + some(28))}`;
  const short = (date: string) => date.slice(2).replaceAll("-", "");
  const sex = some(2) === 0 ? "F" : "M";
  const upper = checked(fill(number, 9));
  const dates = [checked(short(birth)), checked(short(expires))] as const;
  const name = `${surname}<<${given}`;
  let lines: string[];
  if (form === "td3") {
    const optional = checked(fill(some(2) === 0 ? "" : text(some, DIGITS, 6), 14));
    lines = [
      fill(`P<UTO${name}`, 44),
      `${upper}UTO${dates[0]}${sex}${dates[1]}${optional}${checkDigit(upper + dates[0] + dates[1] + optional)}`,
    ];
  } else if (form === "td2") {
    const optional = fill("", 7);
    lines = [
      fill(`I<UTO${name}`, 36),
      `${upper}UTO${dates[0]}${sex}${dates[1]}${optional}${checkDigit(upper + dates[0] + dates[1] + optional)}`,
    ];
  } else {
    const [one, other] = [fill("", 15), fill("", 11)];
    lines = [
      `I<UTO${upper}${one}`,
      `${dates[0]}${sex}${dates[1]}UTO${other}${checkDigit(upper + one + dates[0] + dates[1] + other)}`,
      fill(name, 30),
    ];
  }
  return { form, lines, number, surname, given, birth, expires };
}

function expectSame(scan: Scanned | undefined, of: Made, seed: number): void {
  expect(
    {
      form: scan?.form,
      number: scan?.number,
      surname: scan?.surname,
      given: scan?.given,
      birth: scan?.birth,
      expires: scan?.expires,
      wrong: scan?.wrong,
    },
    `seed ${seed}`,
  ).toEqual({
    form: of.form,
    number: of.number,
    surname: of.surname,
    given: of.given,
    birth: of.birth,
    expires: of.expires,
    wrong: [],
  });
}

const SEEDS = Array.from({ length: 250 }, (_, seed) => seed + 1);
/** Where the dates stand: line, first, last. */
const DATES = { td3: [1, 13, 27], td2: [1, 13, 27], td1: [1, 0, 14] } as const;

describe("the machine-readable zone", { timeout: 60_000 }, () => {
  it("of the specimens of Doc 9303 is read", () => {
    const td3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10";
    expect(readMrz(td3, TODAY)).toEqual({
      form: "td3",
      type: "passport",
      number: "L898902C3",
      country: "UTO",
      surname: "ERIKSSON",
      given: "ANNA MARIA",
      fullName: "ANNA MARIA ERIKSSON",
      isCut: false,
      nationality: "UTO",
      birth: "1974-08-12",
      expires: "2012-04-15",
      sex: "female",
      repaired: [],
      wrong: [],
    });
    const td1 = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<";
    const td2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6";
    for (const zone of [td1, td2])
      expect(readMrz(zone, TODAY)).toMatchObject({
        number: "D23145890",
        given: "ANNA MARIA",
        type: "other",
        wrong: [],
      });
  });
  it("says which digit was wanted where it can't be put right", () => {
    const scan = readMrz(
      "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C35UTO7408122F1204159ZE184226B<<<<<10",
      TODAY,
    );
    expect(scan?.wrong).toEqual([{ part: "number", wanted: "6", read: "5", maybe: [] }]);
  });
  it("of a number longer than its place goes on in the optional part", () => {
    const zone = "IDBEL000590448<301<<<<<<<<<<<<\n8512017F0901015BEL85120120016<\nVAN<DER<VELDEN<<GREET<HILDE<<<";
    const scan = readMrz(zone, TODAY);
    expect(scan?.number).toBe("00059044830");
    expect(scan?.wrong.filter((one) => one.part === "number")).toEqual([]);
    expect(scan?.surname).toBe("VAN DER VELDEN");
  });
  it("puts the family name first where people do, and knows codes that are no country's", () => {
    const names = (state: string) =>
      `P<${state}LI<<MING${"<".repeat(31)}\n${checked("E12345678")}${state}${checked("900101")}M${checked("300101")}${checked("<".repeat(14))}`;
    const zone = (state: string) => {
      const [one = "", open = ""] = names(state).split("\n");
      return `${one}\n${open}${checkDigit(open.slice(0, 10) + open.slice(13, 20) + open.slice(21))}`;
    };
    expect(readMrz(zone("CHN"), TODAY)).toMatchObject({ fullName: "LI MING", nationality: "CHN", wrong: [] });
    expect(readMrz(zone("D<<"), TODAY)).toMatchObject({ fullName: "MING LI", nationality: "DEU", wrong: [] });
  });

  it("is read back as it was made, however a reader sends it", () => {
    for (const seed of SEEDS) {
      const some = chance(seed);
      const of = made(some);
      const ways = [
        of.lines.join("\n"),
        `${of.lines.join("\r\n")}\r\n`,
        of.lines.join(""),
        of.lines.join("\n").toLowerCase(),
        of.lines.join("\n").replaceAll("<", "＜"),
        of.lines.join("\n").replaceAll("<", "《"),
        `\n\nSOMETHING BEFORE\n${of.lines.join("\n")}`,
        of.lines.map((line) => line.replace(/(.{10})/g, "$1 ")).join("\n"),
        // Readers leave out fillers at the end of what has no digit there.
        of.lines.map((line, at) => (at === (of.form === "td1" ? 2 : 0) ? line.replace(/<+$/, "") : line)).join("\n"),
      ];
      const way = ways[some(ways.length)] ?? "";
      const scan = readMrz(way, TODAY);
      expectSame(scan, of, seed);
      expect(scan?.repaired, `seed ${seed}`).toEqual([]);
    }
  });

  it("is put right where digits were taken for letters in dates, and letters for digits in names", () => {
    for (const seed of SEEDS) {
      const some = chance(seed);
      const of = made(some);
      const [line, first, last] = DATES[of.form];
      const names = of.form === "td1" ? 2 : 0;
      const lines = of.lines.map((written, at) =>
        [...written]
          .map((character, place) => {
            const inDates = at === line && place >= first && place <= last && /\d/.test(character);
            const inNames = at === names && (names === 2 || place >= 5) && /[A-Z]/.test(character);
            return (inDates || inNames) && some(4) === 0 ? (MISREAD[character] ?? character) : character;
          })
          .join(""),
      );
      expectSame(readMrz(lines.join("\n"), TODAY), of, seed);
    }
  });

  it("never makes another number of one misread character without a word", () => {
    let repaired = 0;
    for (const seed of SEEDS) {
      const some = chance(seed);
      const of = made(some);
      const start = of.form === "td1" ? 5 : 0;
      const line = of.form === "td1" ? 0 : 1;
      const at = start + some(of.number.length);
      const written = of.lines[line] ?? "";
      const other = MISREAD[written.charAt(at)];
      if (other === undefined) continue;
      const lines = of.lines.with(line, written.slice(0, at) + other + written.slice(at + 1));
      const scan = readMrz(lines.join("\n"), TODAY);
      const read = (lines[line] ?? "").slice(start, start + 9);
      // Some letters weigh as much as the digit they look like: then nothing in the zone tells.
      if (checkDigit(read) === written.charAt(start + 9)) continue;
      const wrong = scan?.wrong.find((one) => one.part === "number");
      if (wrong) expect(wrong.maybe, `seed ${seed}`).toContain(of.number);
      else {
        expect(scan?.number, `seed ${seed}`).toBe(of.number);
        expect(scan?.repaired, `seed ${seed}`).toContain("number");
        repaired += 1;
      }
    }
    expect(repaired).toBeGreaterThan(40);
  });

  it("tells of any other wrong character of a number, a date or a check digit", () => {
    for (const seed of SEEDS) {
      const some = chance(seed);
      const of = made(some);
      if (of.form !== "td3") continue;
      const written = of.lines[1] ?? "";
      const places = [
        ...Array.from({ length: 10 }, (_, n) => n),
        13,
        14,
        15,
        16,
        17,
        18,
        19,
        21,
        22,
        23,
        24,
        25,
        26,
        27,
      ];
      const at = places[some(places.length)] ?? 0;
      const other = DIGITS.charAt(some(10));
      if (other === written.charAt(at)) continue;
      const lines = of.lines.with(1, written.slice(0, at) + other + written.slice(at + 1));
      const scan = readMrz(lines.join("\n"), TODAY);
      const told = (scan?.wrong.length ?? 0) + (scan?.repaired.length ?? 0) > 0;
      const same = scan?.number === of.number && scan.birth === of.birth && scan.expires === of.expires;
      // A letter of a number may weigh as much as the digit that was read: that is the limit of such digits.
      const blind = at < 9 && checkDigit((lines[1] ?? "").slice(0, 9)) === written.charAt(9);
      expect(told || same || blind, `seed ${seed}`).toBe(true);
    }
  });

  it("is nothing in any other text", () => {
    for (const seed of SEEDS) {
      const some = chance(seed);
      const noise = text(some, `${LETTERS}${DIGITS}<<<<\n 张三，`, some(200));
      const scan = readMrz(noise, TODAY);
      if (scan) expect(scan.wrong.length + scan.repaired.length, `seed ${seed}`).toBeGreaterThan(0);
    }
    for (const nothing of ["", "\n", "P<UTO", "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO"])
      expect(readMrz(nothing, TODAY)).toBeUndefined();
  });
});

/** A number of a resident card. */
function resident(some: Chance): string {
  const body = `${1 + some(6)}${text(some, DIGITS, 5)}${1930 + some(90)}${two(1 + some(12))}${two(1 + some(28))}${text(some, DIGITS, 3)}`;
  return body + checkCharacter(body);
}

describe("a resident card", { timeout: 60_000 }, () => {
  it("of the standard's examples is read", () => {
    for (const [number, birth, sex] of [
      ["11010519491231002X", "1949-12-31", "female"],
      ["440524188001010014", undefined, undefined],
    ] as const) {
      const scan = readResident(number, TODAY);
      if (birth === undefined) expect(scan, "nobody is so old").toBeUndefined();
      else expect(scan).toMatchObject({ number, birth, sex, type: "resident_id", wrong: [], repaired: [] });
    }
  });
  it("is read with the words of the card and without, and with signs between", () => {
    for (const written of [
      "姓名 欧阳静好 性别 女 民族 汉 出生 1949年12月31日 住址 示例市示例路1号 公民身份号码 11010519491231002X 签发机关 示例市公安局 有效期限 2020.01.01-2040.01.01",
      "欧阳静好|女|汉|19491231|示例市示例路1号|11010519491231002X|示例市公安局|20200101-20400101",
      "欧阳静好,女,汉,1949-12-31,示例市示例路1号,11010519491231002x,示例市公安局,2020-01-01~2040-01-01",
    ])
      expect(readResident(written, TODAY)).toMatchObject({
        number: "11010519491231002X",
        fullName: "欧阳静好",
        expires: "2040-01-01",
        wrong: [],
      });
    expect(readResident("姓名 阿依古丽·买买提 性别 女 11010519491231002X", TODAY)?.fullName).toBe("阿依古丽·买买提");
    expect(readResident("11010519491231002X", TODAY)?.fullName).toBe("");
  });
  it("is put right where digits were taken for letters, and says so", () => {
    for (const seed of SEEDS) {
      const some = chance(seed);
      const number = resident(some);
      expect(readResident(number, TODAY), `seed ${seed}`).toMatchObject({ number, wrong: [], repaired: [] });
      const misread = [...number].map((digit) => (some(4) === 0 && digit !== "X" ? (MISREAD[digit] ?? digit) : digit));
      const scan = readResident(misread.join(""), TODAY);
      expect(scan, `seed ${seed}`).toMatchObject({ number, wrong: [] });
      expect(scan?.repaired.length, `seed ${seed}`).toBe(misread.join("") === number ? 0 : 1);
    }
  });
  it("of which a digit is another one says which check character was wanted", () => {
    for (const seed of SEEDS) {
      const some = chance(seed);
      const number = resident(some);
      // Not in the region's first digit or the birth: those have other rules.
      const at = 14 + some(3);
      const digit = String((Number(number.charAt(at)) + 1 + some(9)) % 10);
      const scan = readResident(number.slice(0, at) + digit + number.slice(at + 1), TODAY);
      expect(scan?.wrong, `seed ${seed}`).toHaveLength(1);
    }
  });
  it("is told from what is none by its date, its length and what stands beside it", () => {
    for (const nothing of [
      "",
      "1101051949123100",
      "11010519491331002X",
      "111010519491231002X",
      "11010520991231002X",
      "01010519491231002X",
      "订单 6405182297",
    ])
      expect(readResident(nothing, TODAY), nothing).toBeUndefined();
  });
  it("tells residents of Hong Kong, Macau and Taiwan and permanent residents from abroad by their numbers", () => {
    const with_ = (first: string) => {
      const body = `${first}000019900307001`;
      return readResident(body + checkCharacter(body), TODAY);
    };
    expect(with_("83")).toMatchObject({ type: "hk_macau_taiwan_residence", nationality: undefined });
    expect(with_("91")).toMatchObject({ type: "foreign_permanent_resident", nationality: undefined });
  });
});
