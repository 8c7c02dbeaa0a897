import type { Schema } from "../../api/client";

export type BoardRow = Schema<"BoardRow">;
type RoomStatus = Schema<"RoomStatus">;

/** What somebody has to do about an arrival before the guest can go up, or the state of the room. */
export type ArrivalNext = "assign" | "dirty" | "pickup" | "out" | "clean" | "inspected";
/** What somebody has to do about a departure. */
export type DepartureNext = "overdue" | "over" | "settle" | "refund" | "ready" | "gone";

/** What filters the board. */
export type Tile = "overbooked" | "overdue" | "unassigned" | "dirty" | "unpaid";

/** The next step of an arrival. */
export function arrivalNext(row: BoardRow, rooms: ReadonlyMap<string, RoomStatus>): ArrivalNext {
  const room = row.room ? rooms.get(row.room) : undefined;
  if (!row.room) return "assign";
  switch (room?.state) {
    case "dirty":
    case "pickup":
    case "inspected":
    case "clean":
      return room.state;
    case undefined:
      return "clean";
    default:
      return "out";
  }
}

/** The next step of a departure. */
export function departureNext(row: BoardRow): DepartureNext {
  if (row.desk_state === "checked_out") return "gone";
  if (row.desk_state === "pending_check_out") return "overdue";
  if ((row.minutes_over ?? 0) > 0) return "over";
  if (row.balance > 0) return "settle";
  return row.balance < 0 ? "refund" : "ready";
}

/** The board as the screen shows it. */
export interface Day {
  arrivals: BoardRow[];
  departures: BoardRow[];
  inHouse: BoardRow[];
  overdue: BoardRow[];
  /** Guests by the hour whose hours are over. */
  over: BoardRow[];
  unassigned: BoardRow[];
  dirty: BoardRow[];
  unpaid: BoardRow[];
}

/** Sorts the board into what the screen shows; with a tile chosen, only what it is about. */
export function dayOf(
  board: Schema<"Board">,
  rooms: ReadonlyMap<string, RoomStatus>,
  only: Tile | undefined,
  floor: string | undefined,
): Day {
  const overdue = board.in_house.filter((row) => row.desk_state === "pending_check_out");
  const over = board.in_house.filter((row) => departureNext(row) === "over");
  const first = new Set([...overdue, ...over].map((row) => `${row.number}/${row.line}`));
  const unassigned = board.arrivals.filter((row) => arrivalNext(row, rooms) === "assign");
  const dirty = board.arrivals.filter((row) => ["dirty", "pickup", "out"].includes(arrivalNext(row, rooms)));
  const leaving = [...overdue, ...over, ...board.due_out.filter((row) => !first.has(`${row.number}/${row.line}`))];
  const unpaid = leaving.filter((row) => row.balance !== 0);
  const onFloor = (row: BoardRow) => floor === undefined || (row.room != null && rooms.get(row.room)?.floor === floor);
  const arrivals = only === "unassigned" ? unassigned : only === "dirty" ? dirty : board.arrivals;
  const departures =
    only === "overdue" ? [...overdue, ...over] : only === "unpaid" ? unpaid : [...leaving, ...board.departed];
  return {
    arrivals: arrivals.filter(onFloor),
    departures: departures.filter(onFloor),
    inHouse: board.in_house.filter(onFloor),
    overdue,
    over,
    unassigned,
    dirty,
    unpaid,
  };
}

/** What is left to sell tonight. */
export interface Night {
  sold: number;
  capacity: number;
  left: number;
  types: { code: string; left: number }[];
}

/** Sums the room types of a night. */
export function nightOf(availability: readonly Schema<"NightLeft">[], date: string): Night {
  const tonight = availability.filter((one) => one.night === date);
  const sum = (of: (one: Schema<"NightLeft">) => number) => tonight.reduce((total, one) => total + of(one), 0);
  return {
    sold: sum((one) => one.sold),
    capacity: sum((one) => one.capacity),
    left: sum((one) => Math.max(0, one.left)),
    types: tonight.map((one) => ({ code: one.room_type, left: one.left - one.overbooked })),
  };
}
