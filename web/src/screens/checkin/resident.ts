import type { Scanned } from "./mrz";

/**
 * What a reader types of a Chinese resident identity card, with or without the words that stand on it, and what its number says: the check character
 * of GB 11643 (ISO 7064, MOD 11-2), the birth, the sex.
 */

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/** What readers take digits for. */
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

/** The last character of a number by the seventeen before. */
export function checkCharacter(digits: string): string {
  const sum = [...digits].reduce((total, digit, at) => total + Number(digit) * (WEIGHTS[at] ?? 0), 0);
  return "10X98765432".charAt(sum % 11);
}

function birthOf(number: string): string | undefined {
  const date = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
  if (Number.isNaN(Date.parse(date))) return undefined;
  return new Date(date).toISOString().slice(0, 10) === date ? date : undefined;
}

/** A number in a text: eighteen characters that no letter or digit stands beside, digits but for what a reader mistook. */
function numberIn(text: string, today: string): { number: string; isRepaired: boolean; read: string } | undefined {
  for (const [found] of text.toUpperCase().matchAll(/(?<![0-9A-Z])[0-9OQDILZSGTB]{17}[0-9XOQDILZSGTB](?![0-9A-Z])/g)) {
    const number = found.replace(/[A-Z]/g, (letter) => DIGIT[letter] ?? letter);
    const birth = birthOf(number);
    // The first digit is a region, or 9 for a permanent resident from abroad.
    if (/^[1-9]/.test(number) && birth !== undefined && birth <= today && birth >= "1900")
      return { number, isRepaired: number !== found, read: found };
  }
  return undefined;
}

const HAN = /^\p{Script=Han}[\p{Script=Han}·•.]{0,29}$/u;
/** Words of the card, which are no name. */
const WORDS = /^(姓名|性别|民族|出生|住址|公民身份号码|签发机关|有效期限|男|女|汉)$/;

/** The name: behind its word, or the first Chinese text where the card's words are not typed. */
function nameIn(text: string): string {
  const behind = /姓\s*名[\s:：|,，]*([\p{Script=Han}·•]{2,30}?)(?=\s|[|,，;；]|性\s*别|$)/u.exec(text)?.[1];
  if (behind) return behind.replaceAll("•", "·");
  if (/姓\s*名/.test(text)) return "";
  const first = text.split(/[\s|,，;；]+/).find((part) => part.length >= 2 && HAN.test(part) && !WORDS.test(part));
  return (first ?? "").replaceAll("•", "·");
}

/** Until when it is valid: the later of two dates behind each other. */
function expiryIn(text: string): string | undefined {
  const [, year, month, day] =
    /\d{4}[-./]?\d{2}[-./]?\d{2}\s*[-~至—]+\s*(\d{4})[-./]?(\d{2})[-./]?(\d{2})/.exec(text) ?? [];
  return year ? `${year}-${month}-${day}` : undefined;
}

function typeOf(number: string): string {
  if (/^8[123]/.test(number)) return "hk_macau_taiwan_residence";
  return number.startsWith("9") ? "foreign_permanent_resident" : "resident_id";
}

/** Reads a resident card in a text; `undefined` if no number stands in it. */
export function readResident(text: string, today: string): Scanned | undefined {
  const plain = text.normalize("NFKC");
  const found = numberIn(plain, today);
  if (!found) return undefined;
  const { number, isRepaired } = found;
  const wanted = checkCharacter(number.slice(0, 17));
  const fullName = nameIn(plain);
  const type = typeOf(number);
  return {
    form: "resident",
    type,
    number,
    country: "CHN",
    surname: "",
    given: "",
    fullName,
    isCut: false,
    // A permanent resident from abroad is of another nationality, which the number does not tell.
    nationality: type === "resident_id" ? "CHN" : undefined,
    birth: birthOf(number),
    expires: expiryIn(plain),
    sex: Number(number.charAt(16)) % 2 === 1 ? "male" : "female",
    repaired: isRepaired ? ["number"] : [],
    wrong: wanted === number.charAt(17) ? [] : [{ part: "number", wanted, read: number.charAt(17), maybe: [] }],
  };
}
