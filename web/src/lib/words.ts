import type { TFunction } from "i18next";
import type { Schema } from "../api/client";
import type { Tone } from "../kit";

type DeskState = Schema<"DeskState">;
type ReservationState = Schema<"ReservationState">;

/** How the state of a room of a visit looks. */
export const deskTone: Record<DeskState, Tone> = {
  due_in: "planned",
  expected: "planned",
  in_house: "house",
  due_out: "house",
  pending_check_out: "wrong",
  checked_out: "done",
};

/** How the state of a reservation looks. */
export const bookingTone: Record<ReservationState, Tone> = {
  requested: "act",
  reserved: "planned",
  waitlisted: "act",
  cancelled: "done",
  no_show: "done",
};

/** How the state of a room looks. */
export const roomTone: Record<Schema<"RoomState">, Tone> = {
  clean: "done",
  inspected: "done",
  dirty: "act",
  pickup: "act",
  out_of_order: "planned",
  out_of_service: "planned",
};

/** The kinds of documents, the usual first. */
export const DOCUMENTS = [
  "resident_id",
  "passport",
  "hk_macau_permit",
  "taiwan_permit",
  "hk_macau_taiwan_residence",
  "foreign_permanent_resident",
  "other",
] as const;

type Known =
  | "channel"
  | "guarantee"
  | "action"
  | "actor"
  | "document"
  | "reason"
  | "tier"
  | "points"
  | "field"
  | "subject"
  | "role"
  | "says"
  | "finding_field"
  | "import_field"
  | "import_doubt"
  | "hold"
  | "channel_fault";

/** The name of a code that others may add to: as the catalogue has it, or the code itself. */
export function word(t: TFunction<"desk">, kind: Known, code: string): string {
  const said = (t as unknown as (key: string, options: object) => string)(
    `code.${kind}.${code.replaceAll(".", "_").replaceAll("-", "_")}`,
    {
      defaultValue: "",
    },
  );
  return said || code;
}

/** How many people a booking is for. A channel may leave that unsaid. */
export function peopleOf(t: TFunction<"desk">, { adults, children }: { adults: number; children: number }): string {
  if (adults + children === 0) return t("word.people_untold");
  const grown = t("word.adults", { count: adults });
  return children === 0
    ? grown
    : t("word.people_children", { adults: grown, children: t("word.children", { count: children }) });
}
