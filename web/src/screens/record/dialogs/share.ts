import { nightsBetween, readMoney } from "../../../lib/format";
import type { VisitView } from "../tally";

type Stay = VisitView["stay"][number];

/** How many prices a guest agrees who moves in on a date and leaves on another: one a night, and one where they leave on the same date. */
export function nightsOf(from: string, departure: string): number {
  return Math.max(1, nightsBetween(from, departure));
}

/** Prices a night, in minor units: one for every night, or as many as nights with spaces between; `undefined` if they are neither. */
export function readPrices(text: string, nights: number, currency: string): number[] | undefined {
  const parts = text.split(/[\s;；、]+/).filter((part) => part !== "");
  const prices = parts.flatMap((part) => readMoney(part, currency) ?? []);
  if (prices.length !== parts.length || prices.some((price) => price < 0)) return undefined;
  const [first] = prices;
  if (prices.length === 1 && first !== undefined) return Array.from({ length: nights }, () => first);
  return prices.length === nights ? prices : undefined;
}

/** The stays of rooms that several share, of whom one may leave before the others. */
export function sharersOf(stays: readonly Stay[]): Stay[] {
  const living = stays.filter((stay) => stay.state === "in_house");
  return living.filter((stay) => living.some((other) => other.line === stay.line && other.id !== stay.id));
}

/** The name under which a stay is. */
export function nameOf(stay: Stay): string {
  const primary = stay.guests.find((one) => one.role === "primary") ?? stay.guests[0];
  return primary?.guest.profile.full_name ?? "–";
}
