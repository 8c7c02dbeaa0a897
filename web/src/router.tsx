import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";
import { Home } from "./frame/home";
import { Broken, Missing } from "./frame/missing";
import { Shell } from "./frame/shell";
import { isDate } from "./lib/format";
import { Today } from "./screens/today/today";

const root = createRootRoute({ component: Outlet, notFoundComponent: Missing, errorComponent: Broken });

const home = createRoute({ getParentRoute: () => root, path: "/", component: Home });

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
  })),
  component: lazyRouteComponent(() => import("./screens/chart/chart"), "Chart"),
});

const states = oneOf("requested", "reserved", "waitlisted", "cancelled", "no_show");
const bookings = createRoute({
  getParentRoute: () => house,
  path: "bookings",
  validateSearch: reads((search) => ({ from: date(search.from), to: date(search.to), state: states(search.state) })),
  component: lazyRouteComponent(() => import("./screens/bookings/bookings"), "Bookings"),
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
  })),
  component: lazyRouteComponent(() => import("./screens/book/book"), "BookScreen"),
});

const rooms = createRoute({
  getParentRoute: () => house,
  path: "rooms",
  validateSearch: reads((search) => ({
    only: oneOf("dirty", "clean", "inspected", "out")(search.only),
    floor: text(search.floor),
    room: text(search.room),
  })),
  component: lazyRouteComponent(() => import("./screens/rooms/rooms"), "Rooms"),
});

const audit = createRoute({
  getParentRoute: () => house,
  path: "audit",
  validateSearch: reads((search) => ({ date: date(search.date) })),
  component: lazyRouteComponent(() => import("./screens/audit/audit"), "Audit"),
});

const rates = createRoute({
  getParentRoute: () => house,
  path: "rates",
  validateSearch: reads((search) => ({ from: date(search.from), plan: text(search.plan) })),
  component: lazyRouteComponent(() => import("./screens/rates/rates"), "Rates"),
});

const cashier = createRoute({
  getParentRoute: () => house,
  path: "cashier",
  validateSearch: reads((search) => ({ shift: count(search.shift) })),
  component: lazyRouteComponent(() => import("./screens/cashier/cashier"), "Cashier"),
});

const group = createRoute({
  getParentRoute: () => house,
  path: "groups/$code",
  component: lazyRouteComponent(() => import("./screens/groups/group"), "Group"),
});

const visit = createRoute({
  getParentRoute: () => house,
  path: "visits/$number",
  validateSearch: reads((search) => ({
    do: oneOf("charge", "pay", "move", "extend", "cancel", "assign", "change")(search.do),
    list: oneOf("arrivals", "departures", "in_house")(search.list),
  })),
  component: lazyRouteComponent(() => import("./screens/record/record"), "RecordScreen"),
});

const checkIn = createRoute({
  getParentRoute: () => house,
  path: "visits/$number/check-in",
  validateSearch: reads((search) => ({ line: count(search.line) })),
  component: lazyRouteComponent(() => import("./screens/checkin/check-in"), "CheckInScreen"),
});

const folio = createRoute({
  getParentRoute: () => house,
  path: "visits/$number/folio",
  validateSearch: reads((search) => ({ do: oneOf("charge", "pay")(search.do) })),
  component: lazyRouteComponent(() => import("./screens/folio/folio"), "FolioScreen"),
});

const find = createRoute({
  getParentRoute: () => house,
  path: "find",
  component: lazyRouteComponent(() => import("./frame/search"), "FindScreen"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    house.addChildren([today, chart, bookings, book, rooms, audit, rates, cashier, group, visit, checkIn, folio, find]),
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
