/**
 * What stands in the machine-readable zone of a passport or a card (ICAO Doc 9303, parts 4 to 6), as a reader types it: three shapes, check digits,
 * and the letters and digits that readers take for each other. A character is put right where only one of the kind can stand there, or where the
 * check digit leaves one possibility; nothing is guessed beyond that.
 */

/** A part of a document that a check digit speaks of. */
export type Part = "number" | "birth" | "expires" | "optional" | "whole";

/** A document as it was read. A person compares it with the one in their hand. */
export interface Scanned {
  form: "td1" | "td2" | "td3" | "resident";
  /** The code of the kind of document; a guess for cards that do not say it. */
  type: string;
  number: string;
  /** Who issued it, ISO 3166 alpha-3. */
  country?: string | undefined;
  surname: string;
  given: string;
  fullName: string;
  /** The name may go on: it fills its place. */
  isCut: boolean;
  nationality?: string | undefined;
  birth?: string | undefined;
  expires?: string | undefined;
  sex?: "female" | "male" | undefined;
  /** Parts in which a character was put right. */
  repaired: Part[];
  /** Parts whose check digit says another thing, and what they may be if the check digit is right. */
  wrong: { part: Part; wanted: string; read: string; maybe: string[] }[];
}

/** What readers take letters for, and digits. */
const DIGIT: Record<string, string> = {
  O: "0",
  Q: "0",
  D: "0",
  I: "1",
  L: "1",
  Z: "2",
  S: "5",
  G: "6",
  T: "7",
  B: "8",
};
const LETTER: Record<string, string> = { "0": "O", "1": "I", "2": "Z", "5": "S", "6": "G", "7": "T", "8": "B" };
const FILLER = "<";

/** A text in a place where only digits, or only letters, can stand. */
export const asDigits = (text: string): string => text.replace(/[A-Z]/g, (letter) => DIGIT[letter] ?? letter);
export const asLetters = (text: string): string => text.replace(/\d/g, (digit) => LETTER[digit] ?? digit);

const weightOf = (character: string): number =>
  character === FILLER ? 0 : /\d/.test(character) ? Number(character) : character.charCodeAt(0) - 55;

/** The check digit of a text. */
export function checkDigit(text: string): string {
  const weights = [7, 3, 1];
  return String([...text].reduce((sum, character, at) => sum + weightOf(character) * (weights[at % 3] ?? 1), 0) % 10);
}

/** What a character may be in truth, itself left out. */
function mistaken(character: string): string[] {
  const digit = DIGIT[character];
  if (digit !== undefined) return [digit];
  return Object.keys(DIGIT).filter((letter) => DIGIT[letter] === character);
}

/** Texts that come of a text when `count` characters of it were mistaken. */
function variants(text: string, count: number, from = 0): string[] {
  if (count === 0) return [text];
  const found: string[] = [];
  for (let at = from; at <= text.length - count; at += 1) {
    for (const other of mistaken(text.charAt(at)))
      found.push(...variants(text.slice(0, at) + other + text.slice(at + 1), count - 1, at + 1));
  }
  return found;
}

/** Characters of a number that may be mistaken at once: with more, too much agrees by chance. */
const MOST_MISTAKEN = 2;

/** Whether a check digit is that of a text; an empty part may have a filler for it. */
const isChecked = (text: string, check: string): boolean =>
  check === checkDigit(text) || (check === FILLER && /^<*$/.test(text));

/** What a part of letters and digits may be by its check digit: as it was read, or with as few characters put right as will do. */
function candidates(raw: string, check: string): string[] {
  if (isChecked(raw, check)) return [raw];
  for (let count = 1; count <= MOST_MISTAKEN; count += 1) {
    const right = [...new Set(variants(raw, count))].filter((text) => checkDigit(text) === check);
    if (right.length > 0) return right;
  }
  return [];
}

/** The shapes of the zone: how many lines, how long, and which of them may have lost the fillers at their end. */
const SHAPES = [
  { form: "td3", width: 44, open: [true, false] },
  { form: "td2", width: 36, open: [true, false] },
  { form: "td1", width: 30, open: [true, false, true] },
] as const;

/** The lines of a text as the zone has them: capital letters, digits and fillers, whatever the keyboard made of those. */
export function zoneLines(text: string): string[] {
  return text
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[《〈‹]/g, FILLER)
    .replace(/«/g, FILLER + FILLER)
    .split(/[\r\n]+/)
    .map((line) => line.replace(/[^A-Z0-9<]/g, ""))
    .filter((line) => line !== "");
}

function zoneOf(text: string): { form: Scanned["form"]; lines: string[] } | undefined {
  const read = zoneLines(text);
  for (const { form, width, open } of SHAPES) {
    // A reader may send all lines as one.
    const cut = read.flatMap((line) =>
      line.length === width * open.length ? open.map((_, at) => line.slice(at * width, (at + 1) * width)) : [line],
    );
    for (let at = 0; at + open.length <= cut.length; at += 1) {
      const lines = cut.slice(at, at + open.length);
      const fits = lines.every((line, nth) =>
        open[nth] ? line.length >= 5 && line.length <= width : line.length === width,
      );
      // Dates stand in the second line: any other text of that length has none there.
      const dates = form === "td1" ? [0, 8] : [13, 21];
      const isDated = dates.every((from) => /^[\d<]{6}$/.test(asDigits(lines[1]?.slice(from, from + 6) ?? "")));
      if (fits && isDated && /^[PIAC]/.test(asLetters(lines[0]?.charAt(0) ?? "")))
        return { form, lines: lines.map((line) => line.padEnd(width, FILLER)) };
    }
  }
  return undefined;
}

/** Two digits of a year: of a birth the past is meant, of the end of a document the future or the nearer past. */
function dateOf(text: string, today: string, isBirth: boolean): string | undefined {
  if (!/^\d{6}$/.test(text)) return undefined;
  const [year, month, day] = [text.slice(0, 2), text.slice(2, 4), text.slice(4)];
  const thisCentury = `20${year}-${month}-${day}`;
  const date = (isBirth ? thisCentury > today : Number(year) >= 70) ? `19${year}-${month}-${day}` : thisCentury;
  return Number.isNaN(Date.parse(date)) || new Date(date).toISOString().slice(0, 10) !== date ? undefined : date;
}

/** Codes of Doc 9303 that are not those of ISO 3166. */
const STATES: Record<string, string> = {
  D: "DEU",
  GBD: "GBR",
  GBN: "GBR",
  GBO: "GBR",
  GBP: "GBR",
  GBS: "GBR",
  RKS: "XKX",
};

function stateOf(raw: string): string | undefined {
  const code = asLetters(raw).replaceAll(FILLER, "");
  return code === "" ? undefined : (STATES[code] ?? code);
}

/** Where the family name comes first. */
const FAMILY_FIRST = new Set(["CHN", "HKG", "MAC", "TWN", "KOR", "PRK", "VNM", "HUN"]);

function namesOf(raw: string): { surname: string; given: string; isCut: boolean } {
  const text = asLetters(raw);
  const [surname = "", given = ""] = text.split("<<").map((part) => part.replace(/<+/g, " ").trim());
  return { surname, given, isCut: !text.endsWith(FILLER) };
}

/** The kind of document: passports say it; of a card of China the number does, of any other it is one of many. */
function typeOf(code: string, country: string | undefined, number: string): string {
  if (code.startsWith("P")) return "passport";
  if (country === "CHN" && /^[HM]\d{8}(\d{2})?$/.test(number)) return "hk_macau_permit";
  if (country === "CHN" && /^\d{8}$/.test(number)) return "taiwan_permit";
  return "other";
}

/** The parts of a zone as they were read, and the check digit over several of them. */
interface Parts {
  code: string;
  country: string;
  names: string;
  number: string;
  numberCheck: string;
  birth: string;
  birthCheck: string;
  sex: string;
  expires: string;
  expiresCheck: string;
  nationality: string;
  optional: string;
  /** Passports have one for their optional part. */
  optionalCheck: string | undefined;
  last: string;
  /** What the last check digit is over. */
  whole: (number: string, optional: string, dates: string) => string;
}

/** A number of more than nine characters goes on in the optional part, with its check digit behind it. */
function longNumber(first: string, check: string, optional: string) {
  const end = optional.indexOf(FILLER);
  if (check !== FILLER || end < 2 || first.endsWith(FILLER))
    return { number: first, check, rest: optional, isLong: false };
  return {
    number: first + optional.slice(0, end - 1),
    check: optional.charAt(end - 1),
    rest: optional.slice(end),
    isLong: true,
  };
}

function partsOf(form: Scanned["form"], [one = "", two = "", three = ""]: readonly string[]): Parts {
  const place = form === "td1" ? one.slice(5, 15) : two.slice(0, 10);
  const tail = form === "td1" ? one.slice(15) : two.slice(28, form === "td3" ? 42 : 35);
  const first = { number: place.slice(0, 9), check: place.charAt(9), rest: tail, isLong: false };
  const { number, check, rest, isLong } = form === "td3" ? first : longNumber(place.slice(0, 9), place.charAt(9), tail);
  const numberCheck = asDigits(check);
  const upper = (n: string) => n.slice(0, 9) + (isLong ? FILLER : numberCheck);
  const lower = (n: string) => (isLong ? n.slice(9) + numberCheck + rest : rest);
  const common = { code: asLetters(one.slice(0, 2)), country: one.slice(2, 5), number, numberCheck: check };
  if (form === "td1") {
    return {
      ...common,
      names: three,
      birth: two.slice(0, 6),
      birthCheck: two.charAt(6),
      sex: two.charAt(7),
      expires: two.slice(8, 14),
      expiresCheck: two.charAt(14),
      nationality: two.slice(15, 18),
      optional: "",
      optionalCheck: undefined,
      last: two.charAt(29),
      whole: (n, _, dates) => upper(n) + lower(n) + dates + two.slice(18, 29),
    };
  }
  const optionalCheck = form === "td3" ? two.charAt(42) : undefined;
  return {
    ...common,
    names: one.slice(5),
    nationality: two.slice(10, 13),
    birth: two.slice(13, 19),
    birthCheck: two.charAt(19),
    sex: two.charAt(20),
    expires: two.slice(21, 27),
    expiresCheck: two.charAt(27),
    optional: form === "td3" ? tail : "",
    optionalCheck,
    last: two.charAt(form === "td3" ? 43 : 35),
    whole: (n, optional, dates) =>
      upper(n) + dates + (form === "td3" ? optional + asDigits(optionalCheck ?? "") : lower(n)),
  };
}

/** Reads the machine-readable zone in a text; `undefined` if there is none, or not all of it. `today` says which century is meant. */
export function readMrz(text: string, today: string): Scanned | undefined {
  const zone = zoneOf(text);
  if (!zone) return undefined;
  const parts = partsOf(zone.form, zone.lines);
  const repaired = new Set<Part>();
  const wrong: Scanned["wrong"] = [];
  /** A part of digits, as its check digit says it. */
  const digits = (part: "birth" | "expires") => {
    const [raw, rawCheck] = [parts[part], parts[`${part}Check`]];
    const [date, check] = [asDigits(raw), asDigits(rawCheck)];
    if (date !== raw || check !== rawCheck) repaired.add(part);
    if (!isChecked(date, check)) wrong.push({ part, wanted: checkDigit(date), read: check, maybe: [] });
    return { date, checked: date + check };
  };
  const birth = digits("birth");
  const expires = digits("expires");
  const isDated = wrong.length === 0;
  const dates = birth.checked + expires.checked;
  const numberCheck = asDigits(parts.numberCheck);
  const optionalCheck = parts.optionalCheck === undefined ? undefined : asDigits(parts.optionalCheck);
  const last = asDigits(parts.last);
  if (numberCheck !== parts.numberCheck) repaired.add("number");
  if (optionalCheck !== parts.optionalCheck) repaired.add("optional");
  if (last !== parts.last) repaired.add("whole");
  // A part is put right only where the digit over all parts agrees: else the check digit itself may be what was misread.
  const numbers = candidates(parts.number, numberCheck);
  const optionals = optionalCheck === undefined ? [parts.optional] : candidates(parts.optional, optionalCheck);
  const agreeing = isDated
    ? numbers.flatMap((number) =>
        optionals
          .filter((optional) => checkDigit(parts.whole(number, optional, dates)) === last)
          .map((optional) => ({ number, optional })),
      )
    : [];
  const isNumber = numbers[0] === parts.number;
  const isOptional = optionals[0] === parts.optional;
  const [only] = agreeing;
  let { number } = parts;
  if (agreeing.length === 1 && only) {
    number = only.number;
    if (!isNumber) repaired.add("number");
    if (!isOptional) repaired.add("optional");
  } else if (isNumber && isOptional) {
    if (isDated)
      wrong.push({
        part: "whole",
        wanted: checkDigit(parts.whole(parts.number, parts.optional, dates)),
        read: last,
        maybe: [],
      });
  } else {
    const maybe = [...new Set(isDated ? agreeing.map((one) => one.number) : numbers)];
    if (!isNumber)
      wrong.push({
        part: "number",
        wanted: checkDigit(parts.number),
        read: numberCheck,
        maybe: maybe.slice(0, 6).map((one) => one.replaceAll(FILLER, "")),
      });
    if (!isOptional)
      wrong.push({ part: "optional", wanted: checkDigit(parts.optional), read: optionalCheck ?? "", maybe: [] });
  }
  const { surname, given, isCut } = namesOf(parts.names);
  const nation = stateOf(parts.nationality);
  const country = stateOf(parts.country);
  const plain = number.replaceAll(FILLER, "");
  return {
    form: zone.form,
    type: typeOf(parts.code, country, plain),
    number: plain,
    country,
    surname,
    given,
    fullName: (FAMILY_FIRST.has(nation ?? "") ? [surname, given] : [given, surname]).filter(Boolean).join(" "),
    isCut,
    nationality: nation,
    birth: dateOf(birth.date, today, true),
    expires: dateOf(expires.date, today, false),
    sex: parts.sex === "F" ? "female" : parts.sex === "M" ? "male" : undefined,
    repaired: [...repaired],
    wrong,
  };
}
