import { appendFileSync } from "node:fs";
import { type APIRequestContext, expect, type Page, type Request } from "@playwright/test";
import type { Catalogue } from "../src/i18n/catalogue";
import { en } from "../src/i18n/en";
import { more as moreEn } from "../src/i18n/more.en";
import { more as moreZh } from "../src/i18n/more.zh";
import { zh } from "../src/i18n/zh";
import { addDays } from "../src/lib/format";

export type Language = "zh-CN" | "en";
export const LANGUAGES: readonly Language[] = ["zh-CN", "en"];
export const PROPERTY = "SH01";

/** The texts of a language, as they stand on the screen. */
export function textsOf(language: Language): Catalogue {
  const [first, more] = language === "en" ? [en, moreEn] : [zh, moreZh];
  return { ...first, ...more, code: { ...first.code, ...more.code } };
}

/** A text with its gaps filled in. */
export function filled(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** What each page has asked for and got no answer to. */
const asked = new WeakMap<Page, Set<Request>>();

/** Keeps count of what is on its way. A stream of events is open for as long as the page is. */
function count(page: Page): void {
  if (asked.has(page)) return;
  const open = new Set<Request>();
  asked.set(page, open);
  page.on("request", (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) open.clear();
    if (request.resourceType() !== "eventsource") open.add(request);
  });
  page.on("requestfinished", (request) => open.delete(request));
  page.on("requestfailed", (request) => open.delete(request));
}

/** Where how long each interaction took until the next paint is written, while figures are taken. */
const INTERACTIONS = process.env.HEFU_WEB_INTERACTIONS;

/** Writes down every key and press of a page, and how long those took that took longer than a frame. */
async function time(page: Page): Promise<void> {
  if (!INTERACTIONS) return;
  await page.exposeBinding("hefuInteraction", (_, line: string) => appendFileSync(INTERACTIONS, `${line}\n`));
  await page.addInitScript(() => {
    const { hefuInteraction: tell } = window as unknown as { hefuInteraction: (line: string) => void };
    for (const kind of ["keydown", "click"])
      addEventListener(kind, (event) => event.isTrusted && tell(`${kind} ${event.timeStamp}`), true);
    new PerformanceObserver((list) => {
      for (const one of list.getEntries() as (PerformanceEntry & { interactionId?: number })[])
        if (one.interactionId) tell(`slow ${performance.timeOrigin}-${one.interactionId} ${one.duration} ${one.name}`);
    }).observe({ type: "event", buffered: true, durationThreshold: 16 } as PerformanceObserverInit);
  });
}

/** Opens a page in a language and theme, and fails the test for whatever the browser complains about. */
export async function speak(page: Page, language: Language | "long", theme: "light" | "dark" = "light"): Promise<void> {
  count(page);
  await time(page);
  await page.addInitScript(
    ([chosen, look]) => {
      // An empty page between two screens has no storage.
      if (location.protocol === "about:") return;
      localStorage.setItem("hefu.lang", chosen);
      localStorage.setItem("hefu.theme", look);
      localStorage.setItem("hefu.property", "SH01");
    },
    [language, theme] as const,
  );
  page.on("pageerror", (error) => {
    throw error;
  });
  page.on("console", (message) => {
    // Refusals are answers like others; a broken policy or a warning of React is not.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) throw new Error(message.text());
  });
}

/** Changes language and theme of a page that is open, as a choice in another window does. */
export async function turn(page: Page, language: Language | "long", theme: "light" | "dark"): Promise<void> {
  await page.evaluate(
    (choices) => {
      for (const [key, newValue] of choices) {
        const oldValue = localStorage.getItem(key);
        if (oldValue === newValue) continue;
        localStorage.setItem(key, newValue);
        dispatchEvent(new StorageEvent("storage", { key, oldValue, newValue, storageArea: localStorage }));
      }
    },
    [
      ["hefu.lang", language],
      ["hefu.theme", theme],
    ] as const,
  );
  const html = page.locator("html");
  await expect(html).toHaveAttribute("lang", language === "zh-CN" ? language : "en");
  await expect(html).toHaveAttribute("data-theme", theme);
  await painted(page);
}

/** Waits until what is on the page has been painted. */
export function painted(page: Page): Promise<void> {
  return page.evaluate(
    () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
  );
}

/** Waits until nothing has been on its way for so many milliseconds. */
export async function settled(page: Page, quiet = 500): Promise<void> {
  await page.waitForLoadState("load");
  const open = asked.get(page);
  let since = Date.now();
  await expect
    .poll(
      () => {
        if (open && open.size > 0) since = Date.now();
        return Date.now() - since > quiet;
      },
      { timeout: 30_000, intervals: [50] },
    )
    .toBe(true);
  await expect(page.getByRole("status", { name: /正在取|^Loo*a*di+ng/ })).toHaveCount(0);
}

/** What the server answers under an address. */
export async function read<T>(request: APIRequestContext, path: string): Promise<T> {
  const answer = await request.get(path);
  expect(answer.ok(), `${path}: ${answer.status()}`).toBe(true);
  return (await answer.json()) as T;
}

interface Row {
  number: string;
  room: string | null;
}
interface Board {
  business_date: string;
  arrivals: Row[];
  in_house: Row[];
}

/** The board of the property, from the server. */
export function board(request: APIRequestContext): Promise<Board> {
  return read<Board>(request, `/api/v1/properties/${PROPERTY}/today`);
}

export interface Visit {
  number: string;
  booking: {
    reservation: { state: string; guest_id: string };
    rooms: { line: number; room_number?: string | null; departure: string; departure_minute?: number | null }[];
  };
  stay: {
    id: string;
    state: string;
    room_number: string;
    departure: string;
    share?: { prices: number[]; window: number | null } | null;
    guests: { role: string; guest: { id: string; profile: { full_name: string } } }[];
  }[];
  consumption: {
    balance: number;
    charged: number;
    folios: { balance: number }[];
    postings: { code: string; amount: number; reverses: string | null }[];
  };
}

/** A visit, from the server. */
export function visit(request: APIRequestContext, number: string): Promise<Visit> {
  return read<Visit>(request, `/api/v1/visits/${number}`);
}

/** The open findings of the property by their ids, from the server. */
export async function findings(request: APIRequestContext): Promise<string[]> {
  const page = await read<{ items: { id: string }[] }>(request, `/api/v1/findings?property=${PROPERTY}`);
  return page.items.map((one) => one.id);
}

/** Does something through the API, as another system would; gives back what it answers. */
export async function posted<T>(request: APIRequestContext, path: string, body: object): Promise<T> {
  const answer = await request.post(path, { data: body });
  expect(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
  return (await answer.json()) as T;
}

/** Makes a guest through the API, as another system would. */
export async function guestOf(request: APIRequestContext, profile: object): Promise<string> {
  return (await posted<{ id: string }>(request, "/api/v1/guests", profile)).id;
}

/** Books a guest for tonight, in the type of which most rooms are left; says under which number. */
export async function bookedToday(request: APIRequestContext, guest: object): Promise<string> {
  const today = (await board(request)).business_date;
  const stay = { arrival: today, departure: addDays(today, 1), adults: 2 };
  const quote = await request.post(`/api/v1/properties/${PROPERTY}/quote`, { data: { ...stay, rate_plans: ["BAR"] } });
  const { offers } = (await quote.json()) as { offers: { room_type: string; left: number; refusals: unknown[] }[] };
  const offer = offers.filter((one) => one.refusals.length === 0).sort((a, b) => b.left - a.left)[0];
  const answer = await request.post("/api/v1/reservations", {
    data: { property: PROPERTY, guest, rooms: [{ room_type: offer?.room_type, rate_plan: "BAR", ...stay }] },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  return ((await answer.json()) as { number: string }).number;
}

/** A number that no other guest of a test has. */
let phones = 0;
const freshPhone = () => {
  phones += 1;
  return `137${String(Date.now()).slice(-6)}${String(phones).padStart(2, "0")}`;
};

/** A booking of two rooms some weeks ahead, by a member whose tier gives everything: with two vouchers, and points for two nights. */
export async function memberVisit(
  request: APIRequestContext,
  name = "Thaddeus Brightwater",
): Promise<{ number: string; guest: string; card: string; arrival: string }> {
  const every = { late_check_out: 13 * 60, upgrade: true };
  const programme = await request.put("/api/v1/member-programme", {
    data: {
      tiers: ["classic", "silver", "gold", "platinum"].map((tier) => ({ tier, ...every })),
      night_points: 40_000,
    },
  });
  expect(programme.ok(), await programme.text()).toBe(true);
  const guest = await guestOf(request, { full_name: name, phones: [freshPhone()] });
  const { number: card } = await posted<{ number: string }>(request, `/api/v1/guests/${guest}/membership`, {});
  const today = (await board(request)).business_date;
  const arrival = addDays(today, 45);
  await posted(request, `/api/v1/members/${card}/vouchers`, {
    count: 2,
    expires: addDays(today, 300),
    reason: "after a complaint",
  });
  await posted(request, `/api/v1/members/${card}/adjust`, { points: 100_000, reason: "from the system before" });
  const room = { room_type: "DBL", rate_plan: "BAR", arrival, departure: addDays(arrival, 2), adults: 2 };
  const { number } = await posted<{ number: string }>(request, "/api/v1/reservations", {
    property: PROPERTY,
    guest: { id: guest },
    rooms: [room, room],
  });
  return { number, guest, card, arrival };
}

/** A visit that is lived in, made for a test. */
export async function livingVisit(request: APIRequestContext, name = "Maren Oakley"): Promise<string> {
  const number = await bookedToday(request, { profile: { full_name: name } });
  await posted(request, `/api/v1/visits/${number}/check-in`, { accept_dirty: true, accept_early: true });
  return number;
}

let party: { shared: string; member: string; guest: string; found: string } | undefined;

/** A room that two share, a member with a booking, a wake-up call and something that was found: made once, since the demonstration has none. */
export async function partyOf(request: APIRequestContext): Promise<NonNullable<typeof party>> {
  if (party) return party;
  const today = (await board(request)).business_date;
  const shared = await livingVisit(request);
  await posted(request, `/api/v1/visits/${shared}/share`, {
    guest: { profile: { full_name: "Ottoline Fairbrother" } },
    window: 2,
    prices: [9_900],
  });
  await posted(request, `/api/v1/visits/${shared}/wake-ups`, { date: today, minute: 7 * 60 });
  const found = await posted<{ id: string }>(request, `/api/v1/properties/${PROPERTY}/found-items`, {
    item: "a black charger",
    place: "lobby",
    finder: "night shift",
  });
  const { number: member, guest } = await memberVisit(request);
  party = { shared, member, guest, found: found.id };
  return party;
}

let seeded: { guest: string; group: string } | undefined;

/** A guest with a history, a pair of guests to be decided, companies, and a group: made once where the demonstration has none. */
export async function peopleOf(request: APIRequestContext): Promise<{ guest: string; group: string }> {
  if (seeded) return seeded;
  const [found] = (await read<{ guests: { id: string }[] }>(request, "/api/v1/search?q=zhang&limit=1")).guests;
  await guestOf(request, { full_name: "何思齐", city: "苏州", phones: ["139 1111 2222"] });
  await guestOf(request, { full_name: "何思齐", city: "苏州" });
  for (const [code, body] of [
    ["YUNLING", { name: "云岭科技有限公司", tax_id: "91310000MA1FL0000X", credit_limit: 5_000_000, currency: "CNY" }],
    ["YL-BJ", { name: "云岭科技北京分公司", parent: "YUNLING" }],
    ["HAIWAN", { name: "海湾旅行社", kind: "agent", commission: 800 }],
  ] as const) {
    const answer = await request.put(`/api/v1/companies/${code}`, { data: body });
    expect(answer.ok(), `${code}: ${answer.status()}`).toBe(true);
  }
  const [group] = await read<{ code: string }[]>(request, "/api/v1/groups");
  seeded = { guest: found?.id ?? "", group: group?.code ?? "" };
  return seeded;
}

/** A booking as a channel sends it. */
export function bookingOf(id: string, type: string, arrival: string, departure: string): string {
  return `<OTA_HotelResNotifRQ xmlns="http://www.opentravel.org/OTA/2003/05" Version="7.000"><HotelReservations>
<HotelReservation CreateDateTime="2026-10-01T08:00:00Z" ResStatus="Reserved"><UniqueID Type="14" ID="${id}"/>
<RoomStays><RoomStay><RoomTypes><RoomType RoomTypeCode="${type}"/></RoomTypes><GuestCounts><GuestCount Count="2"/></GuestCounts>
<TimeSpan Start="${arrival}" End="${departure}"/><Total AmountAfterTax="600.00" CurrencyCode="CNY"/></RoomStay></RoomStays>
<ResGuests><ResGuest><Profiles><ProfileInfo><Profile><Customer><PersonName><GivenName>Erika</GivenName><Surname>Musterfrau</Surname></PersonName>
</Customer></Profile></ProfileInfo></Profiles></ResGuest></ResGuests></HotelReservation></HotelReservations></OTA_HotelResNotifRQ>`;
}

/** Sends a message to a channel's door, as the channel would. */
export async function sendToDoor(request: APIRequestContext, channel: string, text: string): Promise<string> {
  const answer = await request.post(`/channels/${PROPERTY}/${channel}`, {
    headers: { "content-type": "application/xml" },
    data: text,
  });
  expect(answer.ok(), `${channel}: ${answer.status()}`).toBe(true);
  return answer.text();
}

/** A channel whose codes are set, of which a booking waits because its code is not. */
export async function channelOf(request: APIRequestContext, code: string, number: string): Promise<void> {
  const body = { name: "Demo channel", room_types: { TWIN: "DBL" }, rate_plans: { FLEXI: "BAR" } };
  const answer = await request.put(`/api/v1/properties/${PROPERTY}/channels/${code}`, { data: body });
  expect(answer.ok(), `${code}: ${answer.status()}`).toBe(true);
  await sendToDoor(request, code, bookingOf(number, "KING", "2027-05-01", "2027-05-03"));
}
