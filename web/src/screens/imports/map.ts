/**
 * A map says of each field of a record where its text comes from. Here it is looked at from the other side, as somebody with a file sees it: what
 * is each column? It is JSON with the keys of the mapping language (docs/import.md); keys that are not understood here stay as they are.
 */

type Json = unknown;
export type Entry = Readonly<Record<string, Json>>;
export interface FileMap {
  readonly name?: string;
  readonly kind?: string;
  readonly property?: Entry;
  readonly format?: Entry;
  readonly fields?: Readonly<Record<string, Entry>>;
  readonly person?: Readonly<Record<string, Entry>>;
  readonly [key: string]: Json;
}

/** What a column can be: a field (`arrival`), a fact about the guest (`person.phone`), or the property. */
export type Meaning = string;

export const KINDS = ["bookings", "guests", "bills", "payments", "points", "rooms", "rates"] as const;
export type Kind = (typeof KINDS)[number];

const PERSON = [
  "person.full_name",
  "person.surname",
  "person.given",
  "person.phone",
  "person.email",
  "person.document_type",
  "person.document_number",
  "person.sex",
  "person.birth",
  "person.language",
  "person.city",
  "person.address",
  "person.id",
] as const;
const MONEY = ["date", "amount", "currency", "code", "booking", "guest", "room", "source_key", "text"] as const;

/** What columns can be in a file of each kind, the usual first. */
export const MEANINGS: Record<Kind, readonly Meaning[]> = {
  bookings: [
    "source_key",
    "status",
    "arrival",
    "departure",
    "adults",
    "children",
    "babies",
    "room_type_booked",
    "room_type_assigned",
    "room",
    "rooms",
    "rate",
    "total",
    "tax",
    "currency",
    "rate_plan",
    "meal",
    "channel",
    "segment",
    "agent",
    "company",
    "booked_at",
    "status_date",
    "deposit",
    "nationality",
    "customer_type",
    "repeat_guest",
    "changes",
    "parking",
    "requests",
    "waiting_days",
    ...PERSON,
    "property",
  ],
  guests: [...PERSON, "nationality", "property"],
  bills: [...MONEY, "property"],
  payments: [...MONEY, "property"],
  points: ["date", "points", "guest", "booking", "source_key", "text", "property"],
  rooms: ["room", "room_type_booked", "floor", "property"],
  rates: ["room_type_booked", "amount", "rate_plan", "date", "until", "currency", "property"],
};

/** What a file of each kind has to say; of several, one. */
const REQUIRED: Record<Kind, readonly (readonly Meaning[])[]> = {
  bookings: [["status"], ["arrival"], ["departure"], ["adults"], ["room_type_booked"], ["rate", "total"], ["property"]],
  guests: [["person.full_name", "person.surname"], ["property"]],
  bills: [["date"], ["amount"], ["property"]],
  payments: [["date"], ["amount"], ["property"]],
  points: [["date"], ["points"], ["property"]],
  rooms: [["room"], ["room_type_booked"], ["property"]],
  rates: [["room_type_booked"], ["amount"], ["property"]],
};

export function kindOf(map: FileMap): Kind {
  return KINDS.find((kind) => kind === map.kind) ?? "bookings";
}

/** Keys of an entry that name columns. */
const SOURCES = ["column", "join", "sum", "date_parts", "arrival_plus_nights", "arrival_minus_days"] as const;
/** Keys that say where a text comes from, and how it is taken apart. They go when another column takes the place. */
const ORIGIN = [...SOURCES, "with", "value", "split", "part", "values"] as const;

const isEntry = (value: Json): value is Entry => typeof value === "object" && value !== null && !Array.isArray(value);
const fold = (text: string) => text.trim().toLowerCase();

function without(entry: Entry, ...keys: readonly string[]): Entry {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => !keys.includes(key)));
}

/** How a map names a column of the file: by its name, or by its place where the name is none, or that of several. */
export function nameOf(columns: readonly string[], at: number): string | number {
  const name = columns[at] ?? "";
  const same = columns.filter((one) => fold(one) === fold(name)).length;
  return name.trim() === "" || same > 1 ? at + 1 : name;
}

/** Whether a reference of a map is to a column of the file. */
function isColumn(reference: Json, columns: readonly string[], at: number): boolean {
  if (typeof reference === "number") return reference === at + 1;
  return typeof reference === "string" && columns.findIndex((one) => fold(one) === fold(reference)) === at;
}

const referencesIn = (entry: Entry): Json[] => SOURCES.flatMap((key) => entry[key] ?? []);

/** Every entry of a map with what it is about. */
function entriesOf(map: FileMap): [Meaning, Entry][] {
  const named = (part: Json, prefix: string): [Meaning, Entry][] =>
    isEntry(part)
      ? Object.entries(part).flatMap(([name, entry]): [Meaning, Entry][] =>
          isEntry(entry) ? [[`${prefix}${name}`, entry]] : [],
        )
      : [];
  return [
    ...named(map.fields, ""),
    ...named(map.person, "person."),
    ...(isEntry(map.property) ? ([["property", map.property]] as [Meaning, Entry][]) : []),
  ];
}

/** What an entry of a map says of one meaning; `undefined` if nothing. */
export function entryOf(map: FileMap, meaning: Meaning): Entry | undefined {
  return entriesOf(map).find(([name]) => name === meaning)?.[1];
}

/** What each column of the file is by the map: none, one, or several meanings. */
export function meaningsOf(map: FileMap, columns: readonly string[]): Meaning[][] {
  const entries = entriesOf(map);
  return columns.map((_, at) =>
    entries.flatMap(([meaning, entry]) =>
      referencesIn(entry).some((one) => isColumn(one, columns, at)) ? [meaning] : [],
    ),
  );
}

/** The map with another entry for a meaning, or with none. */
function put(map: FileMap, meaning: Meaning, entry: Entry | undefined): FileMap {
  if (meaning === "property") return { ...map, property: entry ?? {} };
  const [part, name] = meaning.startsWith("person.")
    ? (["person", meaning.slice("person.".length)] as const)
    : (["fields", meaning] as const);
  const before = map[part] ?? {};
  const after = entry ? { ...before, [name]: entry } : without(before, name);
  return { ...map, [part]: after as Record<string, Entry> };
}

/** An entry that reads one column less; `undefined` if nothing is left that it could read. */
function drop(entry: Entry, columns: readonly string[], at: number): Entry | undefined {
  let left: Entry = entry;
  for (const key of SOURCES) {
    const value = left[key];
    if (value === undefined) continue;
    const references = Array.isArray(value) ? value : [value];
    const kept = references.filter((one) => !isColumn(one, columns, at));
    if (kept.length === references.length) continue;
    // A date of which a part is gone is none.
    if (kept.length === 0 || key === "date_parts") left = without(left, key);
    else left = { ...left, [key]: key === "column" && kept.length === 1 ? kept[0] : kept };
  }
  return referencesIn(left).length > 0 || left.value !== undefined ? left : undefined;
}

/**
 * The map in which a column is what somebody says it is, and nothing else; without a meaning it is not imported. What was said of that meaning
 * beside where it comes from (what is taken where the cell is empty, how dates are written) stays.
 */
export function assign(map: FileMap, columns: readonly string[], at: number, meaning: Meaning | undefined): FileMap {
  let next = map;
  for (const [name, entry] of entriesOf(map)) {
    if (referencesIn(entry).some((one) => isColumn(one, columns, at)))
      next = put(next, name, drop(entry, columns, at) ?? (name === "property" ? without(entry, ...ORIGIN) : undefined));
  }
  if (meaning === undefined) return next;
  const before = entryOf(next, meaning) ?? {};
  return put(next, meaning, { ...without(before, ...ORIGIN), column: nameOf(columns, at) });
}

/** The map in which a meaning is one text for every row; without a text it is said by nothing. */
export function fix(map: FileMap, meaning: Meaning, value: string | undefined): FileMap {
  const before = entryOf(map, meaning) ?? {};
  const rest = without(before, ...ORIGIN, "default", "optional");
  if (value !== undefined) return put(map, meaning, { ...rest, value });
  return put(map, meaning, meaning === "property" ? rest : undefined);
}

/** What is the same in every row, as the map says it: meanings with a constant and no column. */
export function fixedOf(map: FileMap): [Meaning, string][] {
  return entriesOf(map).flatMap(([meaning, entry]): [Meaning, string][] =>
    entry.value === undefined || entry.value === null || referencesIn(entry).length > 0
      ? []
      : [[meaning, String(entry.value)]],
  );
}

/** What the file has to say and the map does not; of several that would do, all are named. */
export function missingOf(map: FileMap, columns: readonly string[]): (readonly Meaning[])[] {
  // What is taken where a cell is empty will do without the column too.
  const usual = entriesOf(map).flatMap(([meaning, entry]) => (entry.default == null ? [] : [meaning]));
  const fixed = fixedOf(map).map(([meaning]) => meaning);
  const said = new Set([...meaningsOf(map, columns).flat(), ...fixed, ...usual]);
  return REQUIRED[kindOf(map)].filter((group) => !group.some((meaning) => said.has(meaning)));
}

/** The meanings that no column has and nothing fixes. */
export function freeOf(map: FileMap, columns: readonly string[]): Meaning[] {
  const said = new Set([...meaningsOf(map, columns).flat(), ...fixedOf(map).map(([meaning]) => meaning)]);
  return MEANINGS[kindOf(map)].filter((meaning) => !said.has(meaning));
}

/** How the file writes dates or decimals, where its columns do not say it. */
export function formatOf(map: FileMap, key: "dates" | "decimal"): string {
  const value = map.format?.[key];
  return typeof value === "string" ? value : "";
}

export function withFormat(map: FileMap, key: "dates" | "decimal", value: string): FileMap {
  const before = map.format ?? {};
  return { ...map, format: value === "" ? without(before, key) : { ...before, [key]: value } };
}
