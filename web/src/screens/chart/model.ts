import type { Schema } from "../../api/client";
import { addDays, nightsBetween } from "../../lib/format";
import { type Hours, hoursOf } from "../../lib/hours";

export type ListRow = Schema<"ListRow">;
type BoardRow = Schema<"BoardRow">;

/** A room of a visit on the chart: from noon of the day of arrival to noon of the day of departure. */
export interface Bar {
  key: string;
  number: string;
  line: number;
  guest: string;
  room: string | undefined;
  type: string;
  arrival: string;
  departure: string;
  state: Schema<"DeskState"> | undefined;
  living: boolean;
  /** Of a guest by the hour: the hours, as far as they are known. */
  hours?: Hours | undefined;
  /** Whether the hours are over and the guest is still there. */
  over?: boolean;
  /** Of a bar that stands for all guests by the hour of a room on a date: who they are, the first of them too. */
  guests?: readonly Bar[];
}

/** A row of the chart. */
export type ChartRow =
  | { kind: "tray"; type: string; bars: Bar[] }
  | { kind: "type"; type: string }
  | { kind: "room"; room: string; type: string; state: Schema<"RoomState">; bars: Bar[] }
  /** Guests by the hour: of a room below it, or of a type in the tray. */
  | { kind: "hours"; room: string | undefined; type: string; bars: Bar[] };

/** Whether a bar is of a guest by the hour: it has hours of one date, and no night. */
export const isHourly = (bar: Bar): boolean => bar.arrival === bar.departure;

/**
 * The hours of a guest by the hour. The board of the day says them as they are; of other days, the list says when the guest comes, and the plan
 * for how long.
 */
function hoursFor(row: ListRow, today: ReadonlyMap<string, BoardRow>, sold: ReadonlyMap<string, number>) {
  if (row.arrival !== row.departure) return undefined;
  const known = today.get(`${row.number}/${row.line}`);
  if (known) return hoursOf(known);
  const long = row.rate_plan == null ? undefined : sold.get(row.rate_plan);
  if (row.arrival_minute == null || long === undefined) return undefined;
  return { from: row.arrival_minute, until: row.arrival_minute + long * 60 };
}

/** What is known beside the lists of guests by the hour: today's board, and how many hours each plan sells. */
export interface Hourly {
  board: readonly BoardRow[];
  sold: ReadonlyMap<string, number>;
}

/** The bars of everybody in house and everybody who arrives, each once. */
export function barsOf(rows: readonly ListRow[], { board, sold }: Hourly = { board: [], sold: new Map() }): Bar[] {
  const today = new Map(board.map((row) => [`${row.number}/${row.line}`, row]));
  const bars = new Map<string, Bar>();
  for (const row of rows) {
    const key = `${row.number}/${row.line}`;
    const living =
      row.desk_state === "in_house" || row.desk_state === "due_out" || row.desk_state === "pending_check_out";
    const known = bars.get(key);
    if (row.desk_state === "checked_out" || known?.living) continue;
    bars.set(key, {
      key,
      number: row.number,
      line: row.line,
      guest: row.guest,
      room: row.room ?? undefined,
      type: row.room_type,
      arrival: row.arrival,
      departure: row.departure,
      state: row.desk_state ?? undefined,
      living,
      hours: hoursFor(row, today, sold),
      over: (today.get(key)?.minutes_over ?? 0) > 0,
    });
  }
  // Dates and numbers are compared as they are: by the rules of a language it takes twenty times as long.
  const before = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [...bars.values()].sort((a, b) => before(a.arrival, b.arrival) || before(a.number, b.number));
}

/** Guests by the hour of one place, one bar for each date: the earliest first, those who say no hour last. */
export function byDate(bars: readonly Bar[]): Bar[] {
  const dates = new Map<string, Bar[]>();
  for (const bar of bars) dates.set(bar.arrival, [...(dates.get(bar.arrival) ?? []), bar]);
  const when = (bar: Bar) => bar.hours?.from ?? Number.POSITIVE_INFINITY;
  return [...dates.values()].flatMap((all) => {
    const guests = [...all].sort((a, b) => when(a) - when(b) || a.key.localeCompare(b.key));
    const [first] = guests;
    if (!first) return [];
    return [{ ...first, living: guests.some((one) => one.living), over: guests.some((one) => one.over), guests }];
  });
}

/** The rows of the chart: what has no room yet, by type; then each type with its rooms. */
export function rowsOf(view: Schema<"PropertyView">, bars: readonly Bar[]): ChartRow[] {
  const byRoom = new Map<string, Bar[]>();
  const tray = new Map<string, Bar[]>();
  const hourly = new Map<string, Bar[]>();
  const add = <T>(to: Map<string, T[]>, key: string, one: T) => {
    const known = to.get(key);
    if (known) known.push(one);
    else to.set(key, [one]);
  };
  for (const bar of bars) {
    if (isHourly(bar)) add(hourly, bar.room === undefined ? `type ${bar.type}` : `room ${bar.room}`, bar);
    else add(bar.room === undefined ? tray : byRoom, bar.room ?? bar.type, bar);
  }
  const roomsOf = new Map<string, (typeof view.rooms)[number][]>();
  for (const room of view.rooms) add(roomsOf, room.room_type, room);
  const rows: ChartRow[] = [];
  for (const { code } of view.room_types) {
    // Bars of the tray that touch each other stand below each other.
    for (const lane of lanesOf(tray.get(code) ?? [])) rows.push({ kind: "tray", type: code, bars: lane });
    const unassigned = hourly.get(`type ${code}`);
    if (unassigned) rows.push({ kind: "hours", room: undefined, type: code, bars: byDate(unassigned) });
  }
  for (const { code } of view.room_types) {
    rows.push({ kind: "type", type: code });
    for (const room of roomsOf.get(code) ?? []) {
      rows.push({
        kind: "room",
        room: room.number,
        type: code,
        state: room.state,
        bars: byRoom.get(room.number) ?? [],
      });
      const guests = hourly.get(`room ${room.number}`);
      if (guests) rows.push({ kind: "hours", room: room.number, type: code, bars: byDate(guests) });
    }
  }
  return rows;
}

/** Shares bars out into as few lanes as they need, so that none lie over each other. */
export function lanesOf(bars: readonly Bar[]): Bar[][] {
  const lanes: Bar[][] = [];
  for (const bar of bars) {
    const lane = lanes.find((one) => {
      const last = one.at(-1);
      return last === undefined || last.departure <= bar.arrival;
    });
    if (lane) lane.push(bar);
    else lanes.push([bar]);
  }
  return lanes;
}

/** Where a bar lies on an axis of days, in days: half a day in, because it begins at noon; guests by the hour have their date. */
export function spanOf(
  arrival: string,
  departure: string,
  from: string,
  days: number,
): { left: number; width: number; cutLeft: boolean; cutRight: boolean } | undefined {
  const [first, last] = [nightsBetween(from, arrival), nightsBetween(from, departure)];
  const begin = first === last ? first : first + 0.5;
  const end = first === last ? first + 1 : last + 0.5;
  if (end <= 0 || begin >= days) return undefined;
  const left = Math.max(0, begin);
  return { left, width: Math.min(days, end) - left, cutLeft: begin < 0, cutRight: end > days };
}

/** What somebody wants to do with a bar; nothing is saved by it. */
export interface Wish {
  bar: Bar;
  arrival: string;
  departure: string;
  room: string | undefined;
}

/** A bar moved by days (a booking only), its end moved by days, or put into another room. */
export function wish(
  bar: Bar,
  change: { move?: number; extend?: number; room?: string | undefined },
  today: string,
): Wish | undefined {
  // Hours are no days: a guest by the hour is moved on the record.
  if (isHourly(bar)) return undefined;
  const move = bar.living ? 0 : (change.move ?? 0);
  const arrival = addDays(bar.arrival, move);
  const departure = addDays(bar.departure, move + (change.extend ?? 0));
  const room = change.room ?? bar.room;
  const earliest = bar.living ? today : arrival;
  if (departure <= arrival || departure < earliest || (!bar.living && arrival < today)) return undefined;
  if (arrival === bar.arrival && departure === bar.departure && room === bar.room) return undefined;
  return { bar, arrival, departure, room };
}

/** The bars that stand in the way of a wish, in its room. */
export function inTheWay(wanted: Wish, bars: readonly Bar[]): Bar[] {
  if (wanted.room === undefined) return [];
  return bars.filter(
    (bar) =>
      bar.key !== wanted.bar.key &&
      bar.room === wanted.room &&
      bar.arrival < wanted.departure &&
      wanted.arrival < bar.departure,
  );
}

/** A period in which a room can't be let, from its first night to the date it can be let again. */
export type Closed = Schema<"ClosedPeriod">;

/** The periods of each room. */
export function closedBy(periods: readonly Closed[]): Map<string, Closed[]> {
  const rooms = new Map<string, Closed[]>();
  for (const one of periods) rooms.set(one.room, [...(rooms.get(one.room) ?? []), one]);
  return rooms;
}

const NONE: readonly Closed[] = [];
/** The periods of a room. */
export const closedOn = (closed: ReadonlyMap<string, readonly Closed[]>, room: string): readonly Closed[] =>
  closed.get(room) ?? NONE;

/** The periods that stand in the way of a wish, in its room. */
export function closedInTheWay(wanted: Wish, closed: ReadonlyMap<string, readonly Closed[]>): readonly Closed[] {
  if (wanted.room === undefined) return NONE;
  return closedOn(closed, wanted.room).filter((one) => one.from < wanted.departure && wanted.arrival < one.until);
}

/** Whether a bar is elsewhere than it was when a wish was made of it: somebody moved it meanwhile. */
export const isElsewhere = (was: Bar, is: Bar): boolean =>
  was.room !== is.room || was.arrival !== is.arrival || was.departure !== is.departure || was.living !== is.living;
