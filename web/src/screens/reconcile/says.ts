import type { TFunction } from "i18next";
import type { Schema } from "../../api/client";
import type { House } from "../../lib/house";
import { word } from "../../lib/words";

/** A value of a finding in words: an amount, a number, dates, a state. */
export function says(
  t: TFunction<"desk">,
  house: House,
  said: Schema<"FindingValue">,
  currency: string,
  field?: string,
): string {
  switch (said.is) {
    case "nothing":
      return t("reconcile.nothing");
    case "amount":
      return house.f.money(said.value, currency);
    case "count":
      // A booking says its discount as a share.
      return field === "discount" ? house.f.percent(said.value) : house.f.count(said.value);
    case "day":
      return house.f.day(said.value);
    case "nights":
      return house.f.range(said.value.from, said.value.to);
    case "code":
      return word(t, "says", said.value);
  }
}
