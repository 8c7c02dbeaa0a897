import type { Page } from "@playwright/test";
import { board, channelOf, findings, PROPERTY, partyOf, peopleOf } from "./desk";

/** Every screen by a name, with the address it has for a visit in house and one that arrives. */
export async function screensOf(page: Page): Promise<[name: string, path: string][]> {
  const day = await board(page.request);
  const living = day.in_house.find((row) => row.room !== null)?.number;
  const coming = day.arrivals[0]?.number ?? living;
  const house = `/p/${PROPERTY}`;
  const { guest, group } = await peopleOf(page.request);
  await channelOf(page.request, "demo", "DEMO-9");
  const [finding] = await findings(page.request);
  const party = await partyOf(page.request);
  return [
    ["today", `${house}/today`],
    ["in-house", `${house}/today?tab=in_house`],
    ["record", `${house}/visits/${living}?list=in_house`],
    ["record-arrival", `${house}/visits/${coming}?list=arrivals`],
    ["charge", `${house}/visits/${living}?do=charge`],
    ["pay", `${house}/visits/${living}?do=pay`],
    ["move", `${house}/visits/${living}?do=move`],
    ["extend", `${house}/visits/${living}?do=extend`],
    ["trace", `${house}/visits/${living}?do=trace`],
    ["keys", `${house}/visits/${living}?do=keys`],
    ["assign", `${house}/visits/${coming}?do=assign`],
    ...["wake", "late", "swap", "share", "people", "booker", "add-room"].map((what): [string, string] => [
      what,
      `${house}/visits/${living}?do=${what}`,
    ]),
    ["leave", `${house}/visits/${party.shared}?do=leave`],
    ...["upgrade", "benefits", "part"].map((what): [string, string] => [
      what,
      `${house}/visits/${party.member}?do=${what}`,
    ]),
    ["check-in", `${house}/visits/${coming}/check-in`],
    ["folio", `${house}/visits/${living}/folio`],
    ["pre-auth", `${house}/visits/${living}/folio?do=pre-auth`],
    ["book", `${house}/book`],
    ["book-hours", `${house}/book?by=hours&at=840`],
    ["walk-in-hours", `${house}/book?by=hours&walkin=yes`],
    ["bookings", `${house}/bookings`],
    ["chart", `${house}/chart`],
    ["chart-year", `${house}/chart?days=365`],
    ["chart-list", `${house}/chart?view=list`],
    ["rooms", `${house}/rooms`],
    ["wake-ups", `${house}/services`],
    ["wake-ups-none", `${house}/services?date=2031-01-02`],
    ["found", `${house}/services?tab=found&all=yes`],
    ["found-new", `${house}/services?tab=found&do=new`],
    ["found-hand", `${house}/services?tab=found&item=${party.found}`],
    ["cashier", `${house}/cashier`],
    ["audit", `${house}/audit`],
    ["rates", `${house}/rates`],
    ["search", `${house}/today#find=zhang`],
    ["find", `${house}/find`],
    ["guests", `${house}/guests#q=zhang`],
    ["guest", `${house}/guests/${guest}`],
    ["guest-vip", `${house}/guests/${guest}?do=vip`],
    ["guest-member", `${house}/guests/${party.guest}`],
    ["guest-voucher", `${house}/guests/${party.guest}?do=voucher`],
    ["reconcile", `${house}/reconcile`],
    ["reconcile-narrowed", `${house}/reconcile?kind=rate&owner=finance&stake=100`],
    ["finding", `${house}/reconcile/${finding}`],
    ["identity", `${house}/identity`],
    ["imports", `${house}/imports`],
    ["channels", `${house}/channels`],
    ["channel-new", `${house}/channels?do=new`],
    ["channels-dropped", `${house}/channels?state=dropped`],
    ["alarms", `${house}/alarms?tab=all`],
    ["canaries", `${house}/alarms?tab=canaries`],
    ["journal", `${house}/journal`],
    ["journal-entry", `${house}/journal?entry=3`],
    ["groups", `${house}/groups`],
    ["group", `${house}/groups/${group}`],
    ["group-block", `${house}/groups/${group}?do=block`],
    ["group-list", `${house}/groups/${group}?do=list`],
    ["group-check-in", `${house}/groups/${group}?do=check-in`],
    ["companies", `${house}/companies`],
    ["company-new", `${house}/companies?do=new`],
    ["company-account", `${house}/companies/YUNLING/account`],
    ["access", `${house}/access`],
    ["programs", `${house}/access?tab=programs`],
    ["roles", `${house}/access?tab=roles`],
    ["me", `${house}/me`],
    ...["property", "types", "rooms", "codes", "policy", "plan", "billing"].map((step): [string, string] => [
      `settings-${step}`,
      `${house}/settings?step=${step}`,
    ]),
    ["first-property", "/?new=property"],
    ["setup", "/setup#token"],
    ["missing", `${house}/visits/000-000-0000`],
  ];
}
