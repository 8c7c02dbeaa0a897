import type { Schema } from "../../api/client";

type Likeness = Schema<"Likeness">;
type Guest = Schema<"GuestView">;

/** The facts that are laid side by side, in the order in which people look at them. */
export const FACTS = ["name", "phone", "birth", "document", "email", "address", "locality", "nationality"] as const;
export type Fact = (typeof FACTS)[number];

/** Which fact a piece of evidence is about. */
const factOf = (field: string): string => (field === "surname" || field === "given" ? "name" : field);

/** A fact of two guests with what the model makes of it. */
export interface Compared {
  fact: Fact;
  /** What each side says, a value a line. */
  values: [one: string[], two: string[]];
  /** For the same person above zero, against it below; `undefined` where the model says nothing about it. */
  bits: number | undefined;
  /** The levels of agreement, as codes. */
  levels: string[];
}

/** What a guest's profile says of a fact. A document's type is left to whoever shows it. */
export function valuesOf(guest: Guest, fact: Fact, document: (type: string, number: string) => string): string[] {
  const { profile } = guest;
  const some = (...values: (string | null | undefined)[]) => values.flatMap((value) => (value ? [value] : []));
  switch (fact) {
    case "name":
      return [...some(profile.full_name), ...(profile.other_names ?? [])];
    case "phone":
      return profile.phones ?? [];
    case "birth":
      return some(profile.birth);
    case "document":
      return (profile.documents ?? []).map((one) => document(one.type, one.number));
    case "email":
      return profile.emails ?? [];
    case "address":
      return some(profile.address);
    case "locality":
      return some(profile.city);
    case "nationality":
      return some(profile.nationality);
  }
}

/** The facts that either side knows or that the model has weighed. */
export function compare(
  one: Guest,
  two: Guest,
  likeness: Likeness,
  document: (type: string, number: string) => string,
): Compared[] {
  return FACTS.map((fact): Compared => {
    const evidence = likeness.evidence.filter((piece) => factOf(piece.field) === fact && piece.level !== "missing");
    return {
      fact,
      values: [valuesOf(one, fact, document), valuesOf(two, fact, document)],
      bits: evidence.length === 0 ? undefined : evidence.reduce((sum, piece) => sum + piece.bits, 0),
      levels: [...new Set(evidence.map((piece) => piece.level))],
    };
  }).filter((row) => row.bits !== undefined || row.values.some((values) => values.length > 0));
}

/** What counts beside the facts: where two people at random begin, and what people of one household share anyway. */
export function besides(likeness: Likeness): { prior: number; household: number } {
  const rest = likeness.bits - likeness.evidence.reduce((sum, piece) => sum + piece.bits, 0);
  const household = Number(/(?:^| )household([+-][\d.]+)/.exec(likeness.code)?.[1] ?? 0);
  return { prior: rest - household, household };
}

/** `+7.6` or `−1.4`. */
export function bitsText(bits: number): string {
  const text = Math.abs(bits).toFixed(1);
  return text === "0.0" ? text : `${bits < 0 ? "−" : "+"}${text}`;
}

/** A probability as `96.8%`; never more sure than one in a thousand. */
export function shareText(probability: number): string {
  return `${(Math.min(0.999, Math.max(0.001, probability)) * 100).toFixed(1)}%`;
}
