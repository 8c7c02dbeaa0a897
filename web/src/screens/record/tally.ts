import type { Schema } from "../../api/client";
import type { Seam } from "../../kit";

export type VisitView = Schema<"VisitView">;
export type Difference = Schema<"DifferenceView">;

/** The facts that the parts of a record have in common. */
export type Fact = "guest" | "dates" | "room" | "people" | "rate" | "amount" | "points";

/** Of which fact a field of a difference is. */
const FACT_OF: Partial<Record<Schema<"ClaimField">, Fact>> = {
  status: "dates",
  arrival: "dates",
  departure: "dates",
  people: "people",
  rate: "rate",
  room: "room",
  room_type: "room",
  guest: "guest",
};

/** The open differences of a fact; `undefined` for those of the booking as a whole: channel, segment, company, guarantee. */
export function differencesOf(view: VisitView, fact: Fact | undefined): Difference[] {
  return view.differences.filter((one) => one.state === "open" && FACT_OF[one.field] === fact);
}

/** The stays that count: not those that were undone. */
export function staysOf(view: VisitView): VisitView["stay"] {
  return view.stay.filter((stay) => stay.state !== "undone");
}

/** Rooms of the booking that are not called off. */
export function roomsOf(view: VisitView): VisitView["booking"]["rooms"] {
  const kept = view.booking.rooms.filter((room) => room.state !== "cancelled" && room.state !== "no_show");
  return kept.length > 0 ? kept : view.booking.rooms;
}

/**
 * How booking, stay and charges stand to each other in a fact. A seam is broken only where the server has an open difference. It is closed
 * where both sides name the same guest, dates, room or number of people. Everything else is not comparable, and money is never compared here.
 */
export function seamsOf(
  view: VisitView,
  fact: Fact,
  typeOfRoom: (room: string) => string | undefined,
  today: string,
): [Seam, Seam] {
  if (differencesOf(view, fact).length > 0) return ["broken", "empty"];
  const stays = staysOf(view);
  const rooms = roomsOf(view);
  const closed = (is: boolean): Seam => (is ? "closed" : "empty");
  if (stays.length === 0) return ["empty", "empty"];
  const bookedFor = (stay: VisitView["stay"][number]) => rooms.find((room) => room.line === stay.line);
  const nights = view.consumption.postings.filter((posting) => posting.night != null && posting.reverses == null);
  switch (fact) {
    case "guest": {
      const people = new Set(stays.flatMap((stay) => stay.guests.map((one) => one.guest.id)));
      const payer = view.consumption.folios.find((folio) => folio.window === 1)?.guest_id;
      return [closed(people.has(view.booking.reservation.guest_id)), closed(payer != null && people.has(payer))];
    }
    case "dates": {
      const same = stays.every((stay) => {
        const room = bookedFor(stay);
        return room?.arrival === stay.arrival && room.departure === stay.departure;
      });
      const within = nights.every((posting) =>
        stays.some((stay) => (posting.night ?? "") >= stay.arrival && (posting.night ?? "") <= stay.departure),
      );
      const due = stays.every((stay) => stay.arrival >= today || nights.length > 0);
      return [closed(same), closed(nights.length > 0 && within && due)];
    }
    case "room": {
      const same = stays.every((stay) => typeOfRoom(stay.room_number) === bookedFor(stay)?.room_type);
      const lived = new Set(stays.flatMap((stay) => [stay.room_number, ...stay.rooms.map((move) => move.room_number)]));
      const charged = view.consumption.postings.flatMap((posting) => posting.room_number ?? []);
      return [closed(same), closed(charged.length > 0 && charged.every((room) => lived.has(room)))];
    }
    case "people":
      return [
        closed(
          stays.every((stay) => {
            const room = bookedFor(stay);
            return room?.adults === stay.adults && room.children === stay.children;
          }),
        ),
        "empty",
      ];
    default:
      return ["empty", "empty"];
  }
}

/** Where a visit stands, for its next step. */
export type Stage = "cancelled" | "requested" | "arriving" | "future" | "in_house" | "leaving" | "left";

export function stageOf(view: VisitView, today: string): Stage {
  const stays = staysOf(view);
  const living = stays.filter((stay) => stay.state === "in_house");
  if (living.length > 0) return living.some((stay) => stay.departure <= today) ? "leaving" : "in_house";
  if (stays.length > 0) return "left";
  switch (view.booking.reservation.state) {
    case "cancelled":
    case "no_show":
      return "cancelled";
    case "requested":
    case "waitlisted":
      return "requested";
    default:
      return roomsOf(view).some((room) => room.arrival <= today) ? "arriving" : "future";
  }
}

export type Posting = VisitView["consumption"]["postings"][number];

/** The charges of nights that stand: one for each night of a room, without the fee, tax and inclusions that came with it. */
export function nightsPosted(postings: readonly Posting[]): Posting[] {
  const reversed = new Set(postings.flatMap((one) => one.reverses ?? []));
  const seen = new Set<string>();
  return postings.filter((one) => {
    if (
      one.night == null ||
      one.kind !== "revenue" ||
      one.belongs_to != null ||
      one.reverses != null ||
      reversed.has(one.id)
    )
      return false;
    const night = `${one.stay_id}/${one.night}`;
    if (seen.has(night)) return false;
    seen.add(night);
    return true;
  });
}

/** A line of a bill with what came with it: fee, tax, discount, and what was taken off it. */
export interface BillLine {
  posting: Posting;
  with: Posting[];
  /** Whether another line takes it back. */
  reversed: boolean;
}

/** Whether a part of a line was split off it: what is done to the line is done to the rest alone. */
export function isSplit(line: BillLine): boolean {
  return line.with.some((one) => one.split && one.amount < 0);
}

/** The lines of a window, each with what belongs to it, and to that in turn. */
export function linesOf(postings: readonly Posting[], window?: number): BillLine[] {
  const mine = postings.filter((one) => window === undefined || one.window === window);
  const reversed = new Set(postings.flatMap((one) => one.reverses ?? []));
  const known = new Map(mine.map((one) => [one.id, one]));
  const headOf = (line: Posting): Posting => {
    let head: Posting | undefined = line;
    while (head?.belongs_to != null) head = known.get(head.belongs_to);
    // What came with a line that stands in another window stands for itself.
    return head ?? line;
  };
  const heads = new Map(mine.map((one) => [one.id, headOf(one)]));
  return mine
    .filter((one) => heads.get(one.id) === one)
    .map((posting) => ({
      posting,
      with: mine.filter((one) => one !== posting && heads.get(one.id) === posting),
      reversed: reversed.has(posting.id),
    }));
}
