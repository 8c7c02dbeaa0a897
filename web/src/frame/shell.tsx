import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useLocation, useNavigate, useParams } from "@tanstack/react-router";
import { ChevronDown, Menu as MenuIcon, Search as SearchIcon, WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { channelsQuery } from "../api/channels";
import { useLostSince } from "../api/connection";
import { useIsLive, useLive } from "../api/live";
import { unseenAlarmsQuery } from "../api/office";
import { propertiesQuery, roomsQuery, todayQuery } from "../api/queries";
import { countsQuery } from "../api/settle";
import { keepSending } from "../api/waiting";
import { useFormat, useLanguage, useTexts } from "../i18n";
import { Bones, cx, Kbd, Refusal } from "../kit";
import { Notices, say } from "../kit/notices";
import { HouseOf, useHouse } from "../lib/house";
import { useKeys } from "../lib/keys";
import { store } from "../lib/stored";
import { KeyList } from "./keys";
import { Mark } from "./mark";
import { useOffered } from "./may";
import { PLACES, type Place } from "./nav";
import { PersonMenu } from "./person";
import { Search, useFind } from "./search";
import "./frame.css";

/** How much work waits behind a place of the sidebar. */
function useWaiting(property: string): Partial<Record<Place["id"], string>> {
  const offered = useOffered(property);
  const rooms = useQuery({
    ...roomsQuery(property),
    enabled: offered("rooms"),
    select: (all) => all.filter((room) => room.state === "dirty" && room.today.includes("arrival")).length,
  });
  const findings = useQuery({ ...countsQuery(property), enabled: offered("reconcile") });
  const alarms = useQuery({ ...unseenAlarmsQuery, enabled: offered("alarms") });
  const channels = useQuery({
    ...channelsQuery(property),
    enabled: offered("channels"),
    select: (all) => all.reduce((sum, one) => sum + one.waiting, 0),
  });
  return {
    channels: channels.data ? String(channels.data) : "",
    alarms: alarms.data ?? "",
    rooms: rooms.data ? String(rooms.data) : "",
    reconcile: findings.data?.open ? String(findings.data.open) : "",
  };
}

/** The places of the sidebar that somebody is offered, without groups that would be empty. */
function useOfferedPlaces(property: string) {
  const offered = useOffered(property);
  return PLACES.map((group) => ({ ...group, places: group.places.filter((place) => offered(place.id)) })).filter(
    (group) => group.places.length > 0,
  );
}

function Sidebar({ property }: { property: string }) {
  const t = useTexts();
  const waiting = useWaiting(property);
  const places = useOfferedPlaces(property);
  const first = places[0]?.places[0];
  return (
    <div className="side">
      <Link className="brand" to={first?.to ?? "/p/$property/me"} params={{ property }}>
        <Mark />
        <span lang="zh-CN">{t("app.chinese")}</span>
        <small>{t("app.latin")}</small>
      </Link>
      <nav aria-label={t("nav.main")}>
        {places.map((group) => (
          <div key={group.id}>
            {group.id !== "desk" && <h2>{t(`nav.${group.id}`)}</h2>}
            {group.places.map(({ id, icon: Icon, to }) => (
              <Link
                key={id}
                className="place"
                to={to}
                params={{ property }}
                activeOptions={{ exact: false, includeSearch: false }}
                title={t(`nav.${id}`)}
              >
                <Icon size={16} aria-hidden="true" />
                <span>{t(`nav.${id}`)}</span>
                {waiting[id] && (
                  <span className="badge">
                    {waiting[id]}
                    <span className="vh"> {t("nav.waiting")}</span>
                  </span>
                )}
              </Link>
            ))}
          </div>
        ))}
      </nav>
    </div>
  );
}

function HouseMenu({ property, name }: { property: string; name: string }) {
  const t = useTexts();
  const language = useLanguage();
  const navigate = useNavigate();
  const { data: all = [] } = useQuery(propertiesQuery);
  return (
    <MenuTrigger>
      <AriaButton className="house-button" aria-label={t("top.property", { name })}>
        <span>{name}</span>
        <ChevronDown size={16} aria-hidden="true" />
      </AriaButton>
      <Popover className="popover" placement="bottom start">
        <Menu
          className="options"
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[property]}
          aria-label={t("top.properties")}
          onAction={(key) => {
            store("hefu.property", String(key));
            void navigate({ to: "/" });
          }}
        >
          {all.map((one) => (
            <MenuItem key={one.code} id={one.code} className="option" textValue={one.name}>
              <span className="grow">{language === "en" ? one.name_en || one.name : one.name}</span>
              <span className="meta">{one.code}</span>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function Live() {
  const t = useTexts();
  const lost = useLostSince() !== undefined;
  const isLive = useIsLive();
  return (
    <span className="live" data-lost={lost || undefined} role="status">
      <i aria-hidden="true" />
      <span>{t(lost ? "top.away" : isLive ? "top.live" : "top.connected")}</span>
    </span>
  );
}

function LostBar() {
  const t = useTexts();
  const f = useFormat();
  const since = useLostSince();
  if (since === undefined) return null;
  return (
    <div className="lost-bar" role="alert">
      <WifiOff size={16} aria-hidden="true" />
      <b>{t("state.lost")}</b>
      <span>{t("state.lost_since", { time: f.time(new Date(since).toISOString(), undefined) })}</span>
    </div>
  );
}

function TopBar({ onKeys }: { onKeys: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const find = useFind();
  const offered = useOffered(house.code);
  return (
    <header className="top">
      <div className="top-house">
        <HouseMenu property={house.code} name={house.name} />
        <span className="top-date">
          <span className="vh">{t("top.business_date")} </span>
          <span className="top-date-label" aria-hidden="true">
            {t("top.business_date")}{" "}
          </span>
          <span className="num">{house.f.longDay(house.today)}</span>
        </span>
      </div>
      {offered("find") && (
        <button type="button" className="seek" onClick={() => find.open("")}>
          <SearchIcon size={16} aria-hidden="true" />
          <span className="grow">{t("find.placeholder")}</span>
          <Kbd>/</Kbd>
        </button>
      )}
      <div className="top-end">
        <Live />
        <PersonMenu onKeys={onKeys} />
      </div>
    </header>
  );
}

/** The places that stand on a phone without opening a menu. */
const USUAL: readonly Place["id"][] = ["today", "chart", "rooms"];

function Tabs({ property }: { property: string }) {
  const t = useTexts();
  const navigate = useNavigate();
  const waiting = useWaiting(property);
  const offered = useOffered(property);
  const places = useOfferedPlaces(property).flatMap((group) => group.places);
  // The three most used of them stand below, the others behind the last tab.
  const usual = places.filter((place) => USUAL.includes(place.id));
  const shown = [...usual, ...places.filter((place) => !usual.includes(place))].slice(0, 3);
  const rest = places.filter((place) => !shown.includes(place));
  const tab = (place: Place | undefined) => {
    if (!place) return null;
    const Icon = place.icon;
    return (
      <Link className="tab" to={place.to} params={{ property }} activeOptions={{ exact: false, includeSearch: false }}>
        <Icon size={20} aria-hidden="true" />
        <span>{t(`nav.short.${place.id}`)}</span>
        {waiting[place.id] && <span className="tab-badge">{waiting[place.id]}</span>}
      </Link>
    );
  };
  return (
    <nav className="tabs-bar" aria-label={t("nav.tabs")}>
      {tab(shown[0])}
      {tab(shown[1])}
      {offered("find") && (
        <Link className="tab" to="/p/$property/find" params={{ property }}>
          <SearchIcon size={20} aria-hidden="true" />
          <span>{t("nav.short.find")}</span>
        </Link>
      )}
      {tab(shown[2])}
      {rest.length > 0 && (
        <MenuTrigger>
          <AriaButton className="tab">
            <MenuIcon size={20} aria-hidden="true" />
            <span>{t("nav.short.more")}</span>
          </AriaButton>
          <Popover className="popover" placement="top end">
            <Menu
              className="options"
              aria-label={t("nav.short.more")}
              onAction={(key) => {
                const place = rest.find((one) => one.id === key);
                if (place) void navigate({ to: place.to, params: { property } });
              }}
            >
              {rest.map(({ id, icon: Icon }) => (
                <MenuItem key={id} id={id} className="option" textValue={t(`nav.${id}`)}>
                  <Icon size={16} aria-hidden="true" />
                  {t(`nav.${id}`)}
                </MenuItem>
              ))}
            </Menu>
          </Popover>
        </MenuTrigger>
      )}
    </nav>
  );
}

/** Screens of which changes are told: who has none of them may not follow. */
const FOLLOWED: readonly Place["id"][] = ["today", "chart", "bookings", "rooms", "cashier"];

/** Everything around a screen, and the keys that act on every one. */
function Frame() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const find = useFind();
  const [keys, setKeys] = useState(false);
  const path = useLocation({ select: (location) => location.pathname });
  // The board is asked for by every screen that steps through it; here it is only kept warm.
  const offered = useOffered(house.code);
  useQuery({ ...todayQuery(house.code), refetchInterval: false, enabled: offered("today") });
  const client = useQueryClient();
  useLive(house.code, client, FOLLOWED.some(offered));
  useEffect(() => store("hefu.property", house.code), [house.code]);
  useEffect(
    () =>
      keepSending((sent, refused) => {
        void client.invalidateQueries();
        if (sent > 0) say(t("rooms.caught_up", { count: sent }));
        for (const { one, error } of refused)
          say(t("rooms.not_taken", { room: one.room, why: error instanceof Error ? error.message : "" }));
      }),
    [client, t],
  );
  const go = (to: "/p/$property/today" | "/p/$property/chart") =>
    void navigate({ to, params: { property: house.code } });
  const book = (walkin?: "yes") =>
    void navigate({ to: "/p/$property/book", params: { property: house.code }, search: { walkin } });
  useKeys([
    { key: "/", says: t("keys.find"), run: () => find.open("") },
    { key: "Ctrl+k", says: t("keys.find"), run: () => find.open("") },
    { key: "?", says: t("keys.list"), run: () => setKeys(true) },
    { key: "F2", says: t("keys.book"), run: () => book() },
    { key: "F4", says: t("keys.walk_in"), run: () => book("yes") },
    { key: "F5", says: t("keys.arrivals"), run: () => go("/p/$property/today") },
    { key: "t", says: t("keys.chart"), run: () => go("/p/$property/chart") },
  ]);
  const narrow = /\/(chart|identity)$/.test(path);
  return (
    <div className={cx("shell", narrow && "shell-rail")}>
      <a className="skip btn" href="#main">
        {t("nav.skip")}
      </a>
      <Sidebar property={house.code} />
      <TopBar onKeys={() => setKeys(true)} />
      <main className="main" id="main" tabIndex={-1} data-scroll-restoration-id="main">
        <LostBar />
        <Outlet />
      </main>
      <Tabs property={house.code} />
      <Search />
      {keys && <KeyList onClose={() => setKeys(false)} />}
      <Notices />
    </div>
  );
}

/** The frame of a property's screens. */
export function Shell() {
  const { property } = useParams({ from: "/p/$property" });
  return (
    <HouseOf
      code={property}
      waiting={<Bones />}
      failed={(error) => (
        <main className="alone">
          <Refusal error={error} retry={() => window.location.assign("/")} />
        </main>
      )}
    >
      <Frame />
    </HouseOf>
  );
}
