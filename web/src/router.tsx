import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
  Outlet,
} from "@tanstack/react-router";
import { session } from "./api/session";
import { Home } from "./frame/home";
import { Broken, Missing } from "./frame/missing";
import { FindScreen } from "./frame/search";
import { Shell } from "./frame/shell";
import { allTexts } from "./i18n";
import { isDate } from "./lib/format";
import { LATEST } from "./lib/hours";
import { CAUSES, KINDS, OWNERS, STATES } from "./screens/reconcile/filters";
import { DOINGS } from "./screens/record/doings";
import { Today } from "./screens/today/today";

/** A screen, with the texts that the first one does without. */
const withTexts = async <T,>(screen: Promise<T>): Promise<T> => {
  await allTexts();
  return screen;
};

const root = createRootRoute({ component: Outlet, notFoundComponent: Missing, errorComponent: Broken });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: (search: Record<string, unknown>): { new?: "property" } =>
    search.new === "property" ? { new: "property" } : {},
  component: Home,
});

const house = createRoute({ getParentRoute: () => root, path: "/p/$property", component: Shell });

type Search = Record<string, unknown>;
/** What an address may say; all of it may be missing. */
const reads =
  <T extends object>(read: (search: Search) => T) =>
  (search: Search): Partial<T> =>
    read(search);
const text = (value: unknown): string | undefined => {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
};
const date = (value: unknown): string | undefined => {
  const said = text(value);
  return isDate(said) ? said : undefined;
};
const oneOf =
  <T extends string>(...known: T[]) =>
  (value: unknown): T | undefined =>
    known.find((one) => one === value);
const count = (value: unknown): number | undefined => {
  const n = Number(value);
  return Number.isInteger(n) && n >= 0 && n < 1000 ? n : undefined;
};

/** A place in the ledger, or an amount of 0 or more in minor units. */
const place = (value: unknown): number | undefined => {
  const n = Number(value);
  return value !== "" && value !== null && Number.isSafeInteger(n) && n >= 0 ? n : undefined;
};
/** A minute after midnight at which a guest by the hour may come. */
const minute = (value: unknown): number | undefined => {
  const n = place(value);
  return n !== undefined && n <= LATEST ? n : undefined;
};
const steps = oneOf("property", "types", "rooms", "codes", "policy", "plan", "billing");
const tabs = oneOf("arrivals", "departures", "in_house", "traces");
const tiles = oneOf("overbooked", "overdue", "unassigned", "dirty", "unpaid");
const today = createRoute({
  getParentRoute: () => house,
  path: "today",
  validateSearch: reads((search) => ({ tab: tabs(search.tab), only: tiles(search.only), floor: text(search.floor) })),
  component: Today,
});

const chart = createRoute({
  getParentRoute: () => house,
  path: "chart",
  validateSearch: reads((search) => ({
    from: date(search.from),
    visit: text(search.visit),
    view: oneOf("rooms", "list")(search.view),
    // Two months, or a year.
    days: Number(search.days) === 365 ? (365 as const) : undefined,
  })),
  component: lazyRouteComponent(() => withTexts(import("./screens/chart/chart")), "Chart"),
});

const states = oneOf("requested", "reserved", "waitlisted", "cancelled", "no_show");
const bookings = createRoute({
  getParentRoute: () => house,
  path: "bookings",
  validateSearch: reads((search) => ({ from: date(search.from), to: date(search.to), state: states(search.state) })),
  component: lazyRouteComponent(() => withTexts(import("./screens/bookings/bookings")), "Bookings"),
});

const book = createRoute({
  getParentRoute: () => house,
  path: "book",
  validateSearch: reads((search) => ({
    arrival: date(search.arrival),
    departure: date(search.departure),
    adults: count(search.adults),
    children: count(search.children),
    type: text(search.type),
    plan: text(search.plan),
    walkin: oneOf("yes")(search.walkin),
    by: oneOf("hours")(search.by),
    at: minute(search.at),
  })),
  component: lazyRouteComponent(() => withTexts(import("./screens/book/book")), "BookScreen"),
});

const rooms = createRoute({
  getParentRoute: () => house,
  path: "rooms",
  validateSearch: reads((search) => ({
    only: oneOf("dirty", "clean", "inspected", "out")(search.only),
    floor: text(search.floor),
    room: text(search.room),
  })),
  component: lazyRouteComponent(() => withTexts(import("./screens/rooms/rooms")), "Rooms"),
});

const services = createRoute({
  getParentRoute: () => house,
  path: "services",
  validateSearch: reads((search) => ({
    tab: oneOf("found")(search.tab),
    date: date(search.date),
    all: oneOf("yes")(search.all),
    do: oneOf("new")(search.do),
    item: text(search.item),
  })),
  component: lazyRouteComponent(() => withTexts(import("./screens/services/services")), "Services"),
});

const audit = createRoute({
  getParentRoute: () => house,
  path: "audit",
  validateSearch: reads((search) => ({ date: date(search.date) })),
  component: lazyRouteComponent(() => withTexts(import("./screens/audit/audit")), "Audit"),
});

const rates = createRoute({
  getParentRoute: () => house,
  path: "rates",
  validateSearch: reads((search) => ({ from: date(search.from), plan: text(search.plan) })),
  component: lazyRouteComponent(() => withTexts(import("./screens/rates/rates")), "Rates"),
});

const cashier = createRoute({
  getParentRoute: () => house,
  path: "cashier",
  validateSearch: reads((search) => ({ shift: count(search.shift) })),
  component: lazyRouteComponent(() => withTexts(import("./screens/cashier/cashier")), "Cashier"),
});

const groups = createRoute({
  getParentRoute: () => house,
  path: "groups",
  validateSearch: reads((search) => ({ do: oneOf("new")(search.do) })),
  component: lazyRouteComponent(() => withTexts(import("./screens/groups/groups")), "Groups"),
});
const group = createRoute({
  getParentRoute: () => house,
  path: "groups/$code",
  validateSearch: reads((search) => ({
    do: oneOf("block", "list", "check-in", "check-out")(search.do),
  })),
  component: lazyRouteComponent(() => withTexts(import("./screens/groups/group")), "Group"),
});
const companies = createRoute({
  getParentRoute: () => house,
  path: "companies",
  validateSearch: reads((search) => ({ company: text(search.company), do: oneOf("new", "edit")(search.do) })),
  component: lazyRouteComponent(() => withTexts(import("./screens/companies/companies")), "Companies"),
});
const account = createRoute({
  getParentRoute: () => house,
  path: "companies/$company/account",
  validateSearch: reads((search) => ({ from: date(search.from), to: date(search.to) })),
  component: lazyRouteComponent(() => withTexts(import("./screens/companies/account")), "AccountScreen"),
});
const guests = createRoute({
  getParentRoute: () => house,
  path: "guests",
  component: lazyRouteComponent(() => withTexts(import("./screens/guests/guests")), "Guests"),
});
const guest = createRoute({
  getParentRoute: () => house,
  path: "guests/$id",
  validateSearch: reads((search) => ({ do: oneOf("vip", "blacklist", "voucher")(search.do) })),
  component: lazyRouteComponent(() => withTexts(import("./screens/guests/guest")), "GuestScreen"),
});
const findingState = oneOf(...STATES);
const findingKind = oneOf(...KINDS);
const findingCause = oneOf(...CAUSES);
const findingOwner = oneOf(...OWNERS);
const findings = reads((search) => ({
  state: findingState(search.state),
  kind: findingKind(search.kind),
  cause: findingCause(search.cause),
  owner: findingOwner(search.owner),
  stake: place(search.stake),
  found_from: date(search.found_from),
  found_to: date(search.found_to),
  chain: oneOf("yes")(search.chain),
}));
const reconcile = createRoute({
  getParentRoute: () => house,
  path: "reconcile",
  validateSearch: findings,
  component: lazyRouteComponent(() => withTexts(import("./screens/reconcile/board")), "Reconcile"),
});
const finding = createRoute({
  getParentRoute: () => house,
  path: "reconcile/$id",
  validateSearch: findings,
  component: lazyRouteComponent(() => withTexts(import("./screens/reconcile/finding")), "FindingScreen"),
});
const identity = createRoute({
  getParentRoute: () => house,
  path: "identity",
  validateSearch: reads((search) => ({ pair: text(search.pair) })),
  component: lazyRouteComponent(() => withTexts(import("./screens/identity/identity")), "Identity"),
});
const imports = createRoute({
  getParentRoute: () => house,
  path: "imports",
  validateSearch: reads((search) => ({ run: text(search.run), file: text(search.file) })),
  component: lazyRouteComponent(() => withTexts(import("./screens/imports/imports")), "Imports"),
});
const channels = createRoute({
  getParentRoute: () => house,
  path: "channels",
  validateSearch: reads((search) => ({
    channel: text(search.channel),
    state: oneOf("taken", "overtaken", "dropped")(search.state),
    do: oneOf("new")(search.do),
  })),
  component: lazyRouteComponent(() => withTexts(import("./screens/channels/channels")), "Channels"),
});
const alarms = createRoute({
  getParentRoute: () => house,
  path: "alarms",
  validateSearch: reads((search) => ({ tab: oneOf("all", "canaries")(search.tab) })),
  component: lazyRouteComponent(() => withTexts(import("./screens/alarms/alarms")), "AlarmsScreen"),
});
const journal = createRoute({
  getParentRoute: () => house,
  path: "journal",
  validateSearch: reads((search) => ({
    visit: text(search.visit),
    opened: text(search.opened),
    entry: place(search.entry),
  })),
  component: lazyRouteComponent(() => withTexts(import("./screens/journal/journal")), "JournalScreen"),
});
const access = createRoute({
  getParentRoute: () => house,
  path: "access",
  validateSearch: reads((search) => ({ tab: oneOf("programs", "roles")(search.tab), chosen: text(search.chosen) })),
  component: lazyRouteComponent(() => withTexts(import("./screens/access/access")), "AccessScreen"),
});
const me = createRoute({
  getParentRoute: () => house,
  path: "me",
  component: lazyRouteComponent(() => withTexts(import("./screens/access/me")), "MeScreen"),
});
const settings = createRoute({
  getParentRoute: () => house,
  path: "settings",
  validateSearch: reads((search) => ({ step: steps(search.step), first: oneOf("yes")(search.first) })),
  component: lazyRouteComponent(() => withTexts(import("./screens/settings/settings")), "SettingsScreen"),
});
const refused = reads((search) => ({ refused: oneOf("1")(text(search.refused)) }));
/** The app asks for a sign-in wherever it is wanted; who comes for it goes on to the beginning. Whom the chain's own sign-in refused is told there. */
const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: refused,
  beforeLoad: ({ search }) => {
    if (search.refused) session.turnAway();
  },
  component: () => <Navigate to="/" replace />,
});
const start = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  component: lazyRouteComponent(() => withTexts(import("./frame/door")), "SetupScreen"),
});

const doings = oneOf(...DOINGS);
const visit = createRoute({
  getParentRoute: () => house,
  path: "visits/$number",
  validateSearch: reads((search) => ({
    do: doings(search.do),
    list: oneOf("arrivals", "departures", "in_house")(search.list),
  })),
  component: lazyRouteComponent(() => withTexts(import("./screens/record/record")), "RecordScreen"),
});

const checkIn = createRoute({
  getParentRoute: () => house,
  path: "visits/$number/check-in",
  validateSearch: reads((search) => ({ line: count(search.line) })),
  component: lazyRouteComponent(() => withTexts(import("./screens/checkin/check-in")), "CheckInScreen"),
});

const folio = createRoute({
  getParentRoute: () => house,
  path: "visits/$number/folio",
  validateSearch: reads((search) => ({ do: oneOf("charge", "pay", "pre-auth")(search.do) })),
  component: lazyRouteComponent(() => withTexts(import("./screens/folio/folio")), "FolioScreen"),
});

const find = createRoute({
  getParentRoute: () => house,
  path: "find",
  component: FindScreen,
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    signIn,
    start,
    house.addChildren([
      ...[today, chart, bookings, book, rooms, services, audit, rates, cashier],
      ...[groups, group, companies, account, guests, guest, reconcile, finding, identity, imports, channels],
      ...[alarms, journal, access, me, settings],
      ...[visit, checkIn, folio, find],
    ]),
  ]),
  scrollRestoration: true,
  defaultHashScrollIntoView: false,
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
  interface HistoryState {
    /** The name somebody looked for, for the booking that follows: it stays out of the address. */
    name?: string;
  }
}
