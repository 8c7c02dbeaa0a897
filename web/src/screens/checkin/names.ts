/** Whether two names are one, as far as letters tell; `undefined` where one is in Chinese and the other is not, or one may not be whole. */
export function sameName(booked: string, scanned: string, isCut: boolean): boolean | undefined {
  const han = (text: string) => /\p{Script=Han}/u.test(text);
  if (booked.trim() === "" || scanned.trim() === "" || han(booked) !== han(scanned)) return undefined;
  const is = folded(booked, false) === folded(scanned, false) || folded(booked, true) === folded(scanned, true);
  return is || !isCut ? is : undefined;
}

/** How passports write letters that the machine-readable zone has not. */
const WRITTEN: Record<string, string> = {
  Ä: "AE",
  Ö: "OE",
  Ü: "UE",
  Å: "AA",
  Ø: "OE",
  Æ: "AE",
  Œ: "OE",
  ß: "SS",
  Ñ: "N",
};

/** The parts of a name in one order, without what marks letters. */
function folded(name: string, isWritten: boolean): string {
  if (/\p{Script=Han}/u.test(name)) return name.replace(/[\s·•.]/g, "");
  const upper = name.normalize("NFC").replaceAll("ß", "SS").toUpperCase();
  const plain = isWritten ? upper.replace(/[ÄÖÜÅØÆŒÑ]/g, (letter) => WRITTEN[letter] ?? letter) : upper;
  return plain
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .split(/[^A-Z]+/)
    .filter(Boolean)
    .sort()
    .join(" ");
}
