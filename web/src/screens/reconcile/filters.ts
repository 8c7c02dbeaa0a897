import type { Wanted } from "../../api/reconcile";

/** What the address of the board and of a finding says; all of it may be missing. */
export type Filters = Wanted;

export const STATES = ["open", "decided", "resolved"] as const satisfies readonly Filters["state"][];
export const KINDS = [
  "headcount",
  "rooms",
  "nights",
  "rate",
  "discount_missing",
  "discount_late",
  "charge_without_stay",
  "charge_doubled",
  "stay_without_booking",
  "no_show_charged",
  "duplicate_booking",
  "points_twice",
  "points_missing",
  "deposit_not_applied",
  "currency",
  "status",
  "identity",
  "payment_missing",
  "payment_doubled",
  "not_registered",
  "double_record",
  "settlement_missing",
  "settlement_unknown",
  "settlement_doubled",
  "settlement_differs",
  "settlement_fee",
  "settlement_unclear",
] as const satisfies readonly Filters["kind"][];
export const CAUSES = [
  "branch_silos",
  "member_versus_stay",
  "finance_copies",
  "double_identity_check",
  "sync_delay",
  "operator_error",
  "repeated_booking",
  "platform_out_of_step",
] as const satisfies readonly Filters["cause"][];
export const OWNERS = [
  "front_desk",
  "reservations",
  "finance",
  "membership",
] as const satisfies readonly Filters["owner"][];
