import { useQuery } from "@tanstack/react-query";
import type { Schema } from "../api/client";
import { meQuery } from "../api/office";
import { useBarrier } from "../api/session";
import type { Place } from "./nav";

/** What is offered: a screen, the search box, or what only some roles may do there. */
export type Offered =
  | Place["id"]
  | "find"
  | "correct"
  | "decide"
  | "emergency"
  | "channel_setup"
  | "channel_key"
  | "channel_messages"
  | "channel_mend"
  | "account"
  | "voucher";

/**
 * Which of the roles that come with Hefu have work with what. It decides what is offered only; what is allowed, the server says. Somebody with
 * a role of the hotel's own is offered everything.
 */
const WORK: Record<string, readonly Offered[]> = {
  front_desk: [
    "find",
    "today",
    "chart",
    "bookings",
    "rooms",
    "services",
    "groups",
    "guests",
    "cashier",
    "rates",
    "companies",
    "reconcile",
    "correct",
  ],
  manager: [
    "find",
    "today",
    "chart",
    "bookings",
    "rooms",
    "services",
    "groups",
    "guests",
    "cashier",
    "audit",
    "rates",
    "companies",
    "settings",
    "reconcile",
    "correct",
    "decide",
    "emergency",
    "channels",
    "channel_setup",
    "channel_messages",
    "channel_mend",
    "account",
    "voucher",
  ],
  finance: [
    "find",
    "bookings",
    "cashier",
    "audit",
    "rates",
    "companies",
    "reconcile",
    "correct",
    "decide",
    "channels",
    "channel_messages",
    "account",
  ],
  housekeeping: ["rooms", "services"],
  data_steward: [
    "find",
    "guests",
    "reconcile",
    "decide",
    "identity",
    "imports",
    "channels",
    "channel_setup",
    "channel_messages",
    "channel_mend",
  ],
  auditor: ["alarms", "journal", "access"],
  administrator: ["access", "settings", "channels", "channel_setup", "channel_key"],
};

/** Whether somebody is offered something in a property; `null` is whoever sits at a machine where nobody signs in. */
export function isOffered(me: Schema<"MeView"> | null, property: string, what: Offered): boolean {
  if (me === null) return true;
  return me.grants.some(
    (grant) =>
      grant.in_force &&
      (grant.property == null || grant.property === property) &&
      (WORK[grant.role]?.includes(what) ?? true),
  );
}

/** What is offered to whoever is signed in; nothing until that is known. */
export function useOffered(property: string): (what: Offered) => boolean {
  const { data: me } = useQuery(meQuery);
  const barrier = useBarrier();
  // Where nobody signs in there is no door: while one stands, whoever comes is not known yet.
  const isKnown = me !== undefined && !(me === null && barrier !== undefined);
  return (what) => isKnown && isOffered(me, property, what);
}
