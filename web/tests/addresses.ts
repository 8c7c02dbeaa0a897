import type { Page } from "@playwright/test";
import { board, channelOf, findings, PROPERTY, partyOf, peopleOf } from "./desk";

/** What addresses speak of: a visit in house, one that arrives, a guest, a group, a finding, and people with a room to share or benefits. */
interface Known {
  living: string;
  coming: string;
  guest: string;
  group: string;
  finding: string;
  party: Awaited<ReturnType<typeof partyOf>>;
}

const HOUSE = `/p/${PROPERTY}`;

/** Every screen by a name, with its address. */
const SCREENS: readonly (readonly [name: string, address: (known: Known) => string])[] = [
  ["today", () => `${HOUSE}/today`],
  ["in-house", () => `${HOUSE}/today?tab=in_house`],
  ["record", ({ living }) => `${HOUSE}/visits/${living}?list=in_house`],
  ["record-arrival", ({ coming }) => `${HOUSE}/visits/${coming}?list=arrivals`],
  ["charge", ({ living }) => `${HOUSE}/visits/${living}?do=charge`],
  ["pay", ({ living }) => `${HOUSE}/visits/${living}?do=pay`],
  ["move", ({ living }) => `${HOUSE}/visits/${living}?do=move`],
  ["extend", ({ living }) => `${HOUSE}/visits/${living}?do=extend`],
  ["trace", ({ living }) => `${HOUSE}/visits/${living}?do=trace`],
  ["keys", ({ living }) => `${HOUSE}/visits/${living}?do=keys`],
  ["assign", ({ coming }) => `${HOUSE}/visits/${coming}?do=assign`],
  ["wake", ({ living }) => `${HOUSE}/visits/${living}?do=wake`],
  ["late", ({ living }) => `${HOUSE}/visits/${living}?do=late`],
  ["swap", ({ living }) => `${HOUSE}/visits/${living}?do=swap`],
  ["share", ({ living }) => `${HOUSE}/visits/${living}?do=share`],
  ["people", ({ living }) => `${HOUSE}/visits/${living}?do=people`],
  ["booker", ({ living }) => `${HOUSE}/visits/${living}?do=booker`],
  ["add-room", ({ living }) => `${HOUSE}/visits/${living}?do=add-room`],
  ["leave", ({ party }) => `${HOUSE}/visits/${party.shared}?do=leave`],
  ["upgrade", ({ party }) => `${HOUSE}/visits/${party.member}?do=upgrade`],
  ["benefits", ({ party }) => `${HOUSE}/visits/${party.member}?do=benefits`],
  ["part", ({ party }) => `${HOUSE}/visits/${party.member}?do=part`],
  ["check-in", ({ coming }) => `${HOUSE}/visits/${coming}/check-in`],
  ["folio", ({ living }) => `${HOUSE}/visits/${living}/folio`],
  ["pre-auth", ({ living }) => `${HOUSE}/visits/${living}/folio?do=pre-auth`],
  ["book", () => `${HOUSE}/book`],
  ["book-hours", () => `${HOUSE}/book?by=hours&at=840`],
  ["walk-in-hours", () => `${HOUSE}/book?by=hours&walkin=yes`],
  ["bookings", () => `${HOUSE}/bookings`],
  ["chart", () => `${HOUSE}/chart`],
  ["chart-year", () => `${HOUSE}/chart?days=365`],
  ["chart-list", () => `${HOUSE}/chart?view=list`],
  ["rooms", () => `${HOUSE}/rooms`],
  ["wake-ups", () => `${HOUSE}/services`],
  ["wake-ups-none", () => `${HOUSE}/services?date=2031-01-02`],
  ["found", () => `${HOUSE}/services?tab=found&all=yes`],
  ["found-new", () => `${HOUSE}/services?tab=found&do=new`],
  ["found-hand", ({ party }) => `${HOUSE}/services?tab=found&item=${party.found}`],
  ["cashier", () => `${HOUSE}/cashier`],
  ["audit", () => `${HOUSE}/audit`],
  ["rates", () => `${HOUSE}/rates`],
  ["search", () => `${HOUSE}/today#find=zhang`],
  ["find", () => `${HOUSE}/find`],
  ["guests", () => `${HOUSE}/guests#q=zhang`],
  ["guest", ({ guest }) => `${HOUSE}/guests/${guest}`],
  ["guest-vip", ({ guest }) => `${HOUSE}/guests/${guest}?do=vip`],
  ["guest-member", ({ party }) => `${HOUSE}/guests/${party.guest}`],
  ["guest-voucher", ({ party }) => `${HOUSE}/guests/${party.guest}?do=voucher`],
  ["reconcile", () => `${HOUSE}/reconcile`],
  ["reconcile-narrowed", () => `${HOUSE}/reconcile?kind=rate&owner=finance&stake=100`],
  ["finding", ({ finding }) => `${HOUSE}/reconcile/${finding}`],
  ["identity", () => `${HOUSE}/identity`],
  ["imports", () => `${HOUSE}/imports`],
  ["channels", () => `${HOUSE}/channels`],
  ["channel-new", () => `${HOUSE}/channels?do=new`],
  ["channels-dropped", () => `${HOUSE}/channels?state=dropped`],
  ["alarms", () => `${HOUSE}/alarms?tab=all`],
  ["canaries", () => `${HOUSE}/alarms?tab=canaries`],
  ["journal", () => `${HOUSE}/journal`],
  ["journal-entry", () => `${HOUSE}/journal?entry=3`],
  ["groups", () => `${HOUSE}/groups`],
  ["group", ({ group }) => `${HOUSE}/groups/${group}`],
  ["group-block", ({ group }) => `${HOUSE}/groups/${group}?do=block`],
  ["group-list", ({ group }) => `${HOUSE}/groups/${group}?do=list`],
  ["group-check-in", ({ group }) => `${HOUSE}/groups/${group}?do=check-in`],
  ["companies", () => `${HOUSE}/companies`],
  ["company-new", () => `${HOUSE}/companies?do=new`],
  ["company-account", () => `${HOUSE}/companies/YUNLING/account`],
  ["access", () => `${HOUSE}/access`],
  ["programs", () => `${HOUSE}/access?tab=programs`],
  ["roles", () => `${HOUSE}/access?tab=roles`],
  ["me", () => `${HOUSE}/me`],
  ["settings-property", () => `${HOUSE}/settings?step=property`],
  ["settings-types", () => `${HOUSE}/settings?step=types`],
  ["settings-rooms", () => `${HOUSE}/settings?step=rooms`],
  ["settings-codes", () => `${HOUSE}/settings?step=codes`],
  ["settings-policy", () => `${HOUSE}/settings?step=policy`],
  ["settings-plan", () => `${HOUSE}/settings?step=plan`],
  ["settings-billing", () => `${HOUSE}/settings?step=billing`],
  ["first-property", () => "/?new=property"],
  ["setup", () => "/setup#token"],
  ["missing", () => `${HOUSE}/visits/000-000-0000`],
];

/** The names of all screens. */
export const NAMES: readonly string[] = SCREENS.map(([name]) => name);

/** Every screen by its name, with the address it has on the server of a page. */
export async function screensOf(page: Page): Promise<[name: string, path: string][]> {
  const day = await board(page.request);
  const living = day.in_house.find((row) => row.room !== null)?.number ?? "";
  const coming = day.arrivals[0]?.number ?? living;
  const { guest, group } = await peopleOf(page.request);
  await channelOf(page.request, "demo", "DEMO-9");
  const [finding = ""] = await findings(page.request);
  const party = await partyOf(page.request);
  return SCREENS.map(([name, address]) => [name, address({ living, coming, guest, group, finding, party })]);
}
