import { expect, it } from "vitest";
import type { Schema } from "../api/client";
import { isOffered } from "./may";

const me = (...grants: [role: string, property: string | null, inForce?: boolean][]): Schema<"MeView"> => ({
  id: "00000000-0000-7000-8000-000000000001",
  login: "xu",
  name: "许念安",
  must_change_password: false,
  must_enrol_second_factor: false,
  password_at: "2026-11-29T00:00:00Z",
  recovery_codes: 10,
  second_factor: true,
  second_factor_fresh: true,
  totp: true,
  passkeys: 0,
  grants: grants.map(([role, property, in_force = true], at) => ({ id: String(at), role, property, in_force })),
});

it("offers what somebody's roles have work with, in the property where they count", () => {
  const desk = me(["front_desk", "SH01"], ["auditor", null]);
  expect(isOffered(desk, "SH01", "today")).toBe(true);
  expect(isOffered(desk, "HZ01", "today")).toBe(false);
  expect(isOffered(desk, "HZ01", "journal")).toBe(true);
  expect(isOffered(desk, "SH01", "settings")).toBe(false);
  expect(isOffered(me(["housekeeping", "SH01"]), "SH01", "services")).toBe(true);
  // Vouchers are worth money: the desk takes them, and managers issue them.
  expect(isOffered(desk, "SH01", "voucher")).toBe(false);
  expect(isOffered(me(["manager", "SH01"]), "SH01", "voucher")).toBe(true);
});

it("offers nothing for grants that have ended, and everything where nobody signs in or the role is unknown", () => {
  expect(isOffered(me(["manager", null, false]), "SH01", "today")).toBe(false);
  expect(isOffered(null, "SH01", "journal")).toBe(true);
  expect(isOffered(me(["night_manager", null]), "SH01", "audit")).toBe(true);
});
