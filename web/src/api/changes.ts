/** What is asked anew when something changed, and when. */

/** What of a property changed: which kind of thing, and of which visit and room where that may be known. */
export interface Changed {
  kind: string;
  visit?: string | null | undefined;
  room?: string | null | undefined;
}

/** Answers that a change of each kind makes old, by the first part of their keys. */
const TOUCHED: Record<string, readonly string[]> = {
  booking: [
    "today",
    "list",
    "availability",
    "free-rooms",
    "bookings",
    "groups",
    "group",
    "rooming-list",
    "audit-check",
    "quote",
    "benefits",
    "wake-ups",
    "visit",
  ],
  stay: [
    "today",
    "list",
    "rooms",
    "free-rooms",
    "availability",
    "tasks",
    "audit-check",
    "bookings",
    "wake-ups",
    "visit",
  ],
  bill: ["today", "list", "shifts", "shift", "audit-check", "visit", "visit-invoices", "split"],
  points: ["visit", "benefits"],
  note: ["traces", "wake-ups", "visit"],
  key: ["visit", "visit-keys"],
  room: ["rooms", "free-rooms", "property", "availability", "today", "list", "out-of-order", "found"],
  task: ["tasks", "rooms"],
  price: ["calendar", "availability", "quote", "exchange-rates"],
  cash: ["shifts", "shift"],
  group: ["groups", "group", "rooming-list", "availability"],
  channel: ["channels", "channel-messages"],
  finding: ["findings", "finding", "finding-history", "counts", "today"],
  setup: ["property", "properties", "availability", "calendar", "billing", "rooms", "free-rooms", "quote"],
};

/** Everything is old: the business date moved, or nobody knows what changed. */
export const EVERYTHING = "*";

/** The answers that are old after some changes: `today`, or one visit as `visit 5275730002`; [`EVERYTHING`] for all. */
export function oldAfter(changes: readonly Changed[]): Set<string> {
  const old = new Set<string>();
  for (const { kind, visit } of changes) {
    const touched = TOUCHED[kind];
    // A kind that is new to this page may be about anything.
    if (!touched) return new Set([EVERYTHING]);
    for (const one of touched) {
      if (one !== "visit") old.add(one);
      else old.add(visit ? `visit ${visit.replace(/\D/g, "")}` : "visit");
    }
  }
  return old;
}

/** Whether an answer is old, by its key. Answers of other properties are not meant. */
export function isOld(key: readonly unknown[], property: string, old: ReadonlySet<string>): boolean {
  const [first, second, third] = key.map((part) => (typeof part === "string" ? part : undefined));
  if (first === undefined) return false;
  const isVisit = first === "visit";
  const of = isVisit ? third : second;
  // Groups, properties and the like are asked for the chain.
  const isChains = ["properties", "groups", "group"].includes(first);
  if (!isChains && of !== property) return false;
  if (old.has(EVERYTHING)) return true;
  if (!isVisit) return old.has(first);
  // Under a number of another system the visit may be any.
  const isOwn = /^\d{10}$/.test(second ?? "");
  return old.has("visit") || (isOwn ? old.has(`visit ${second}`) : [...old].some((one) => one.startsWith("visit ")));
}

/** How often answers are asked anew at most, milliseconds; and by how much thirty desks are spread. */
const EVERY = 2_000;
const SPREAD = 500;

/** Gathers what is old, and says when to ask: soon after the first change, and then not more often than every two seconds. */
export class Gather {
  #old = new Set<string>();
  #asked = Number.NEGATIVE_INFINITY;

  /** Adds what is old; how long to wait before it is asked anew, or nothing where that was said already. */
  add(old: ReadonlySet<string>, now: number, random: number): number | undefined {
    const first = this.#old.size === 0;
    for (const one of old) this.#old.add(one);
    if (!first || this.#old.size === 0) return undefined;
    return Math.max(0, this.#asked + EVERY - now) + random * SPREAD;
  }

  /** What is to be asked anew now. */
  take(now: number): ReadonlySet<string> {
    const old = this.#old;
    this.#old = new Set();
    this.#asked = now;
    return old;
  }
}

/** How long to wait before the stream is tried again after so many failures, milliseconds: longer each time, and never all at once. */
export function waitAfter(failures: number, random: number): number {
  const most = Math.min(30_000, 2_000 * 2 ** Math.min(failures, 4));
  return 2_000 + random * (most - 2_000);
}

/** An event of a stream, read without the browser's own reader. */
export interface StreamEvent {
  event: string;
  data: string;
  id: string;
}

/** Reads a stream of events (HTML standard, 9.2.6) as its text comes in. */
export class StreamReader {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #id = "";

  push(text: string): StreamEvent[] {
    const found: StreamEvent[] = [];
    this.#rest += text;
    // The end of a line may be cut in two: what is behind the last one waits.
    const lines = this.#rest.replace(/\r\n/g, "\n").split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (this.#data.length > 0)
          found.push({ event: this.#event || "message", data: this.#data.join("\n"), id: this.#id });
        this.#event = "";
        this.#data = [];
        continue;
      }
      const [, field = "", value = ""] = /^([^:]*)(?::\x20?(.*))?$/s.exec(line) ?? [];
      if (field === "event") this.#event = value;
      else if (field === "data") this.#data.push(value);
      else if (field === "id") this.#id = value;
    }
    return found;
  }

  /** The id behind which to go on. */
  get id(): string {
    return this.#id;
  }
}
