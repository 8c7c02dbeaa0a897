import type { TFunction } from "i18next";
import type { House } from "../../lib/house";
import { word } from "../../lib/words";

/** What a record says, as the server tells it: one of a few kinds of values. */
interface Value {
  is: string;
  value?: unknown;
}

function isValue(said: unknown): said is Value {
  return typeof said === "object" && said !== null && "is" in said && typeof said.is === "string";
}

function isSpan(value: unknown): value is { from: string; to: string } {
  return typeof value === "object" && value !== null && "from" in value && "to" in value;
}

/** A value of a finding in words: an amount, a number, dates, a state. */
export function says(t: TFunction<"desk">, house: House, said: unknown, currency: string, field?: string): string {
  if (!isValue(said) || said.is === "nothing") return t("reconcile.nothing");
  const { is, value } = said;
  if (is === "amount") return house.f.money(Number(value), currency);
  // A booking says its discount as a share.
  if (is === "count") return field === "discount" ? house.f.percent(Number(value)) : house.f.count(Number(value));
  if (is === "day") return house.f.day(String(value));
  if (is === "nights" && isSpan(value)) return house.f.range(value.from, value.to);
  return word(t, "says", String(value));
}
