import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight, X } from "lucide-react";
import {
  type KeyboardEvent,
  type PointerEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { act, type Schema, type VisitState } from "../../api/client";
import { whileUntold } from "../../api/live";
import { availabilityQuery, listQuery, outOfOrderQuery, quoteQuery, todayQuery, visitQuery } from "../../api/queries";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, Field, Kbd, Refusal, ScrollX, Warning } from "../../kit";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { addDays, latest, nightsBetween, weekday } from "../../lib/format";
import { useHouse } from "../../lib/house";
import { useKeys } from "../../lib/keys";
import { deskTone, roomTone, word } from "../../lib/words";
import { DAY, type Days, Ghost, LABEL, type OnBar, ROW, Row } from "./grid";
import {
  type Bar,
  barsOf,
  type ChartRow,
  type Closed,
  closedBy,
  closedInTheWay,
  inTheWay,
  isElsewhere,
  isHourly,
  type ListRow,
  rowsOf,
  type Wish,
  wish,
} from "./model";
import { isSame, type Stretch, stretchOf } from "./stretch";
import "./chart.css";

/** Arrivals of so many days before those in sight are followed too: their stays may reach into them. */
const LONG = 31;
const ONE_DAY: Stretch = [0, 1];
/** How many lists are asked for at a time. */
const AT_A_TIME = 6;

/** Everybody in house and everybody who arrives until the last of the days that are drawn. */
function useBars(
  from: string,
  [first, end]: Stretch,
): { bars: Bar[]; waiting: boolean; error: unknown; again: () => void } {
  const house = useHouse();
  const client = useQueryClient();
  const inHouse = useQuery({ ...listQuery(house.code, "in_house"), refetchInterval: whileUntold(10_000) });
  const near = latest(house.today, addDays(from, first - LONG));
  const dates = useMemo(() => {
    const until = addDays(from, end);
    const all: string[] = [];
    for (let date = near; date < until; date = addDays(date, 1)) all.push(date);
    return all;
  }, [near, from, end]);
  const arrivals = useQueries({ queries: dates.map((date) => listQuery(house.code, "arrivals", date)) });
  // Who arrives long before the days in sight may still be there in them: these lists are asked for once, and followed when they come into sight.
  const { data: before } = useQuery({
    queryKey: ["chart-before", house.code, house.today, near],
    queryFn: async () => {
      const rows: ListRow[] = [];
      const earlier = Array.from({ length: nightsBetween(house.today, near) }, (_, at) => addDays(house.today, at));
      for (let at = 0; at < earlier.length; at += AT_A_TIME) {
        const some = earlier
          .slice(at, at + AT_A_TIME)
          .map((date) => client.ensureQueryData(listQuery(house.code, "arrivals", date)));
        for (const list of await Promise.all(some)) rows.push(...list.rows.filter((row) => row.departure > near));
      }
      return rows;
    },
    enabled: near > house.today,
    staleTime: 60_000,
    placeholderData: (known) => known,
  });
  // Of guests by the hour the board says their hours.
  const { data: board } = useQuery({ ...todayQuery(house.code), enabled: house.sellsHours });
  const sold = useMemo(
    () =>
      new Map(house.view.rate_plans.flatMap((plan) => (plan.hours == null ? [] : [[plan.code, plan.hours] as const]))),
    [house.view.rate_plans],
  );
  const waiting = inHouse.data === undefined || arrivals.some((one) => one.data === undefined);
  const stamp = arrivals.map((one) => one.dataUpdatedAt).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stamp says when an answer changed
  const bars = useMemo(
    () =>
      barsOf([...(inHouse.data?.rows ?? []), ...(before ?? []), ...arrivals.flatMap((one) => one.data?.rows ?? [])], {
        board: board ? [...board.arrivals, ...board.in_house] : [],
        sold,
      }),
    [inHouse.data, before, stamp, board, sold],
  );
  const error = inHouse.error ?? arrivals.find((one) => one.error)?.error;
  return {
    bars,
    waiting: waiting && !error,
    error,
    again: () => [inHouse, ...arrivals].forEach((one) => void one.refetch()),
  };
}

/** What of the rows and days is drawn: what is in sight and a little more. */
interface Drawn {
  rows: Stretch;
  days: Stretch;
}
const drawnOf = (top: number, height: number, left: number, width: number, rows: number, days: number): Drawn => ({
  rows: stretchOf({ at: top, length: height }, ROW, rows, 2, 4),
  days: stretchOf({ at: left, length: width }, DAY, days, 7, 2),
});

function useDrawn(days: number) {
  const ref = useRef<HTMLElement>(null);
  const [count, setCount] = useState(0);
  // Until the box is there its size is that of the window without the frame.
  const [drawn, setDrawn] = useState(() =>
    drawnOf(0, window.innerHeight - 140, 0, Math.max(0, window.innerWidth - 56 - LABEL), 10_000, days),
  );
  const update = useCallback(() => {
    const box = ref.current;
    if (!box) return;
    const { scrollTop, clientHeight, scrollLeft, clientWidth } = box;
    const next = drawnOf(scrollTop, clientHeight, scrollLeft, Math.max(0, clientWidth - LABEL), count || 10_000, days);
    setDrawn((old) => (isSame(old.rows, next.rows) && isSame(old.days, next.days) ? old : next));
  }, [count, days]);
  useLayoutEffect(update, [update]);
  useEffect(() => {
    window.addEventListener("resize", update);
    return () => window.removeEventListener("resize", update);
  }, [update]);
  return { ref, drawn, onScroll: update, setCount };
}

interface Pulled {
  bar: Bar;
  kind: "move" | "extend";
  x: number;
  y: number;
  days: number;
  rows: number;
}

/** Carries out what a wish says. */
async function grant(wanted: Wish, reason: string, key: string): Promise<VisitState> {
  const { bar, arrival, departure, room } = wanted;
  const dates = arrival !== bar.arrival || departure !== bar.departure;
  const moved = room !== bar.room && room !== undefined;
  let state: VisitState | undefined;
  if (bar.living) {
    if (moved) state = await act(bar.number, "move", { line: bar.line, room, reason }, { key: `${key}-room` });
    if (departure > bar.departure)
      state = await act(bar.number, "extend", { line: bar.line, departure }, { key: `${key}-dates` });
    else if (dates)
      state = await act(bar.number, "early-departure", { line: bar.line, departure }, { key: `${key}-dates` });
  } else if (dates) {
    state = await act(
      bar.number,
      "change",
      { rooms: [{ line: bar.line, arrival, departure, ...(moved ? { room } : {}) }] },
      { key },
    );
  } else if (moved) state = await act(bar.number, "assign-room", { line: bar.line, room }, { key });
  if (!state) throw new Error("a wish that changes nothing");
  return state;
}

/** What a change comes to, as the server says before anything is saved. */
function usePrice(wanted: Wish | undefined, view: Schema<"VisitView"> | undefined) {
  const house = useHouse();
  const booked = view?.booking.rooms.find((room) => room.line === wanted?.bar.line);
  const longer = wanted?.bar.living && wanted.departure > wanted.bar.departure;
  const more = useQuery(
    quoteQuery(
      house.code,
      longer && booked?.rate_plan
        ? {
            arrival: wanted.bar.departure,
            departure: wanted.departure,
            adults: booked.adults,
            children: booked.children,
            rate_plans: [booked.rate_plan],
            room_types: [booked.room_type],
          }
        : undefined,
    ),
  );
  const dates =
    wanted !== undefined &&
    !wanted.bar.living &&
    (wanted.arrival !== wanted.bar.arrival || wanted.departure !== wanted.bar.departure);
  const preview = useQuery({
    queryKey: ["preview", wanted?.bar.key, wanted?.arrival, wanted?.departure],
    queryFn: () =>
      act(
        wanted?.bar.number ?? "",
        "change",
        {
          rooms: [
            { line: wanted?.bar.line ?? 1, arrival: wanted?.arrival ?? null, departure: wanted?.departure ?? null },
          ],
          preview: true,
        },
        { key: crypto.randomUUID() },
      ),
    enabled: dates,
    retry: false,
  });
  return {
    more: longer ? more.data?.offers[0] : undefined,
    preview: dates ? preview.data?.preview : undefined,
    error: dates ? preview.error : longer ? more.error : undefined,
    waiting: (longer && more.isFetching) || (dates && preview.isFetching),
  };
}

interface DrawerProps {
  bar: Bar;
  /** Of a guest by the hour: who has the room on that date, one after the other. */
  guests: readonly Bar[];
  onChoose: (bar: Bar) => void;
  wanted: Wish | undefined;
  blockers: readonly Bar[];
  closed: readonly Closed[];
  /** Whether somebody else moved the bar while a wish of it stood here. */
  isMoved: boolean;
  onPutBack: () => void;
  onClose: () => void;
}

function Drawer({ bar, guests, onChoose, wanted, blockers, closed, isMoved, onPutBack, onClose }: DrawerProps) {
  const t = useTexts();
  const house = useHouse();
  const { data: found } = useQuery({ ...visitQuery(bar.number, house.code), refetchInterval: false });
  const view = found?.data;
  const price = usePrice(wanted, view);
  const [reason, setReason] = useState("");
  const needsReason = wanted !== undefined && bar.living && wanted.room !== bar.room;
  const form = useSend<Wish, VisitState>(
    (one, key) => grant(one, reason.trim(), key),
    () => {
      say(t("chart.done", { guest: bar.guest }));
      onPutBack();
    },
  );
  const latestEntry = view?.journal.at(-1);
  const currency = view?.booking.reservation.currency ?? house.currency;
  const nights = wanted ? nightsBetween(wanted.arrival, wanted.departure) : 0;
  const title = !wanted
    ? ""
    : wanted.room !== bar.room
      ? t("chart.to_room", { room: wanted.room ?? "" })
      : wanted.arrival !== bar.arrival
        ? t("chart.to_dates")
        : wanted.departure > bar.departure
          ? t("act.do_extend", { count: nightsBetween(bar.departure, wanted.departure) })
          : t("chart.shorten", { count: nightsBetween(wanted.departure, bar.departure) });
  const params = { property: house.code, number: bar.number };
  return (
    <aside className="chart-drawer" aria-label={t("chart.drawer")}>
      <div className="part">
        <div className="dialog-head">
          <div className="grow">
            <h2>
              {bar.guest} {bar.state && <Chip tone={deskTone[bar.state]}>{t(`desk.${bar.state}`)}</Chip>}
            </h2>
            <span className="two num">
              {bar.number} · {bar.room ?? t("today.no_room")} · {house.typeName(bar.type)}
            </span>
          </div>
          <Button look="bare" aria-label={t("do.close")} onPress={onClose}>
            <X size={16} aria-hidden="true" />
          </Button>
        </div>
      </div>
      {isMoved && (
        <div className="part">
          <Warning>
            {t("chart.moved", {
              where: bar.room ?? t("today.no_room"),
              range: house.f.range(bar.arrival, bar.departure),
            })}
            {latestEntry && (
              <span className="block two">
                {word(t, "actor", latestEntry.actor)} · {word(t, "action", latestEntry.action)} ·{" "}
                <span className="num">{house.f.moment(latestEntry.at, house.zone)}</span>
              </span>
            )}
          </Warning>
        </div>
      )}
      {wanted && (
        <div className="part" data-wish>
          <div className="sum-line">
            <h3>{title}</h3>
            <span className="meta">{t("chart.unsaved")}</span>
          </div>
          <dl className="facts">
            {(wanted.arrival !== bar.arrival || wanted.departure !== bar.departure) && (
              <>
                <dt>{t("word.dates")}</dt>
                <dd className="num">
                  {t("chart.change", {
                    from: house.f.range(bar.arrival, bar.departure),
                    to: t("date.stay", {
                      range: house.f.range(wanted.arrival, wanted.departure),
                      nights: t("date.nights", { count: nights }),
                    }),
                  })}
                </dd>
              </>
            )}
            {wanted.room !== bar.room && (
              <>
                <dt>{t("word.room")}</dt>
                <dd className="num">
                  {t("chart.change", { from: bar.room ?? t("today.no_room"), to: wanted.room ?? "" })}
                </dd>
              </>
            )}
          </dl>
          {blockers.length > 0 && (
            <Warning>
              {t("chart.taken", {
                room: wanted.room ?? "",
                names: blockers
                  .map((one) => `${one.guest} ${house.f.range(one.arrival, one.departure)}`)
                  .join(t("word.comma")),
              })}
            </Warning>
          )}
          {closed.map((one) => (
            <Warning key={one.from}>
              {t("chart.closed", { room: one.room, range: house.f.range(one.from, one.until) })}
            </Warning>
          ))}
          {price.waiting && <Bones rows={1} />}
          {price.more && (
            <div className="chart-total">
              <span>{t("chart.more", { currency })}</span>
              <b className="num">+{house.f.money(price.more.total, currency)}</b>
            </div>
          )}
          {price.preview && (
            <div className="chart-total">
              <span>{t("chart.total", { currency })}</span>
              <span className="num">
                {house.f.money(price.preview.total, currency)} →{" "}
                <b>{house.f.money(price.preview.total_after, currency)}</b>
              </span>
            </div>
          )}
          {needsReason && (
            <Field
              label={t("word.reason")}
              value={reason}
              onChange={setReason}
              maxLength={200}
              placeholder={t("act.move_example")}
              error={form.at("/reason")}
            />
          )}
          <Refusal error={price.error ?? form.error} />
          <div className="dialog-foot">
            <Button
              look="fill"
              size="main"
              busy={form.busy}
              isDisabled={
                blockers.length > 0 ||
                closed.length > 0 ||
                Boolean(price.error) ||
                (needsReason && reason.trim() === "")
              }
              onPress={() => form.send(wanted)}
            >
              {t("chart.confirm")}
            </Button>
            <Button size="main" hotkey="Esc" onPress={onPutBack}>
              {t("chart.put_back")}
            </Button>
          </div>
        </div>
      )}
      <div className="part">
        <dl className="facts">
          <dt>{t("word.dates")}</dt>
          <dd className="num">
            {t("date.stay", {
              range: house.f.range(bar.arrival, bar.departure),
              nights: bar.hours ? house.hours(bar.hours) : house.length(bar.arrival, bar.departure),
            })}
          </dd>
          {view && (
            <>
              {view.guest.profile.phones?.[0] && (
                <>
                  <dt>{t("word.phone")}</dt>
                  <dd className="num">{view.guest.profile.phones[0]}</dd>
                </>
              )}
              <dt>{t("word.channel")}</dt>
              <dd>
                {word(t, "channel", view.booking.reservation.channel)} {view.aliases[0]?.number}
              </dd>
              <dt>{t("word.balance")}</dt>
              <dd className="num">
                <b>
                  {currency} {house.f.money(view.consumption.balance, currency)}
                </b>
              </dd>
            </>
          )}
        </dl>
      </div>
      {guests.length > 1 && (
        <div className="part">
          <h3>{t("hours.today")}</h3>
          <ul className="chart-hours">
            {guests.map((one) => (
              <li key={one.key}>
                <span className="num two">{one.hours ? house.hours(one.hours) : t("hours.unknown")}</span>
                <Button look="link" aria-pressed={one.key === bar.key} onPress={() => onChoose(one)}>
                  {one.guest}
                </Button>
                {one.state && <Chip tone={one.over ? "wrong" : deskTone[one.state]}>{t(`desk.${one.state}`)}</Chip>}
              </li>
            ))}
          </ul>
        </div>
      )}
      <div className="part">
        <div className="dialog-foot">
          {bar.state === "due_in" && (
            <Link
              className="btn"
              to="/p/$property/visits/$number/check-in"
              params={params}
              search={{ line: bar.line === 1 ? undefined : bar.line }}
            >
              {t("today.check_in")}
            </Link>
          )}
          {bar.living && (
            <Link className="btn" to="/p/$property/visits/$number/folio" params={params}>
              {t("folio.title")}
            </Link>
          )}
          <Link className="btn" to="/p/$property/visits/$number" params={params}>
            {t("find.open")}
            <Kbd>O</Kbd>
          </Link>
        </div>
        <div className="chart-keys">
          <span>
            <Kbd>←</Kbd> <Kbd>→</Kbd> <Kbd>↑</Kbd> <Kbd>↓</Kbd> {t("chart.keys.walk")}
          </span>
          {!isHourly(bar) && (
            <>
              <span>
                <Kbd>Shift</Kbd> <Kbd>→</Kbd> {t("chart.keys.extend")}
              </span>
              <span>
                <Kbd>Shift</Kbd> <Kbd>↓</Kbd> {t("chart.keys.move")}
              </span>
            </>
          )}
        </div>
      </div>
    </aside>
  );
}

/** Today's rooms as a list: for a phone, and for whoever listens to the screen. */
function RoomList({ rows }: { rows: readonly ChartRow[] }) {
  const t = useTexts();
  const house = useHouse();
  const hourly = new Map(
    rows.flatMap((row) =>
      row.kind === "hours" && row.room !== undefined
        ? [[row.room, row.bars.find((bar) => bar.arrival === house.today)?.guests ?? []] as const]
        : [],
    ),
  );
  return (
    <div className="page">
      <Card title={t("chart.rooms_today")} note={house.f.longDay(house.today)}>
        <ScrollX>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("word.room_no")}</th>
                <th scope="col">{t("word.guest")}</th>
                <th scope="col">{t("word.dates")}</th>
                <th scope="col" className="end">
                  {t("chart.state")}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => {
                if (row.kind !== "room") return null;
                const now = row.bars.find((bar) => bar.arrival <= house.today && bar.departure >= house.today);
                const guests = hourly.get(row.room) ?? [];
                return (
                  <tr key={row.room}>
                    <td className="num">
                      <b>{row.room}</b>
                    </td>
                    <td>
                      {guests.map((one) => (
                        <span key={one.key} className="chart-guest">
                          <Link to="/p/$property/visits/$number" params={{ property: house.code, number: one.number }}>
                            {one.guest}
                          </Link>
                          <span className="num two">{one.hours ? house.hours(one.hours) : t("hours.unknown")}</span>
                        </span>
                      ))}
                      {!now && guests.length > 0 ? null : now ? (
                        <Link to="/p/$property/visits/$number" params={{ property: house.code, number: now.number }}>
                          {now.guest}
                        </Link>
                      ) : (
                        <span className="three">{t("rooms.vacant")}</span>
                      )}
                    </td>
                    <td className="num two">{now && house.f.range(now.arrival, now.departure)}</td>
                    <td className="end">
                      {now?.living || guests.some((one) => one.living) ? (
                        <Chip tone={deskTone[now?.state ?? "in_house"]}>{t(`desk.${now?.state ?? "in_house"}`)}</Chip>
                      ) : (
                        <Chip tone={roomTone[row.state] === "act" ? "planned" : roomTone[row.state]}>
                          {t(`room_state.${row.state}`)}
                        </Chip>
                      )}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </ScrollX>
      </Card>
    </div>
  );
}

/** The day heads that are drawn. */
function DayHeads({ from, shown }: { from: string; shown: Stretch }) {
  const t = useTexts();
  const house = useHouse();
  const names = t("weekdays_short").split(" ");
  return Array.from({ length: shown[1] - shown[0] }, (_, index) => {
    const at = shown[0] + index;
    const day = addDays(from, at);
    return (
      <span
        key={day}
        className="chart-day"
        data-today={day === house.today || undefined}
        data-weekend={weekday(day) % 6 === 0 || undefined}
        style={{ left: LABEL + at * DAY }}
      >
        {names[weekday(day)]}
        <b className="num">{day.endsWith("-01") || at === 0 ? house.f.day(day) : Number(day.slice(8))}</b>
      </span>
    );
  });
}

/** The tape chart: rooms down, days across; what is pulled is shown with its price and saved only when it is confirmed. */
export function Chart() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/chart" });
  const from = search.from ?? addDays(house.today, -2);
  const count = search.days ?? 60;
  const { ref, drawn, onScroll, setCount } = useDrawn(count);
  const isList = search.view === "list";
  // The list is of today: nobody else is asked for.
  const { bars, waiting, error, again } = useBars(isList ? house.today : from, isList ? ONE_DAY : drawn.days);
  const until = addDays(from, drawn.days[1]);
  const { data: free = [] } = useQuery(
    availabilityQuery(house.code, latest(addDays(from, drawn.days[0]), house.today), latest(until, house.tomorrow)),
  );
  const { data: periods = [] } = useQuery(outOfOrderQuery(house.code, from, addDays(from, count)));
  const closed = useMemo(() => closedBy(periods), [periods]);
  const rows = useMemo(() => rowsOf(house.view, bars), [house.view, bars]);
  useLayoutEffect(() => setCount(rows.length), [rows.length, setCount]);
  const [wanted, setWanted] = useState<Wish>();
  const [pulled, setPulled] = useState<Pulled>();
  const [movedKey, setMovedKey] = useState<string>();
  const chosen = bars.find((bar) => bar.key === search.visit);
  const put = (next: Partial<typeof search>) =>
    void navigate({
      to: "/p/$property/chart",
      params: { property: house.code },
      search: { ...search, ...next },
      replace: true,
      resetScroll: false,
    });
  const choose = (bar: Bar | undefined) => {
    if (bar?.key !== wanted?.bar.key) setWanted(undefined);
    setMovedKey(undefined);
    put({ visit: bar?.key });
  };
  // Somebody else was quicker: the bar stands where it now is, and what was wanted of it is wanted no more.
  useEffect(() => {
    const now = wanted && bars.find((bar) => bar.key === wanted.bar.key);
    if (!now || !isElsewhere(wanted.bar, now)) return;
    setWanted(undefined);
    setMovedKey(now.key);
  }, [bars, wanted]);
  const blockers = wanted ? inTheWay(wanted, bars) : [];
  const closings = wanted ? closedInTheWay(wanted, closed) : [];
  const guestsBeside = useMemo(
    () =>
      rows
        .flatMap((row) => (row.kind === "hours" ? row.bars : []))
        .find((bar) => bar.guests?.some((one) => one.key === search.visit))?.guests ?? [],
    [rows, search.visit],
  );
  const leftOf = useMemo(
    () => new Map(free.map((one) => [`${one.room_type}/${one.night}`, one.left - one.overbooked])),
    [free],
  );
  const roomRows = useMemo(
    () => rows.flatMap((row, at) => (row.kind === "room" ? [{ room: row.room, type: row.type, at }] : [])),
    [rows],
  );

  /** The room so many rows below or above another one. */
  const roomBeside = (bar: Bar, by: number): string | undefined => {
    const now = roomRows.findIndex((row) => row.room === (wanted?.bar.key === bar.key ? wanted.room : bar.room));
    if (now < 0) return roomRows.find((row) => row.type === bar.type)?.room;
    return roomRows[Math.min(roomRows.length - 1, Math.max(0, now + by))]?.room;
  };
  const propose = (bar: Bar, change: Parameters<typeof wish>[1]) => {
    const same = wanted?.bar.key === bar.key ? wanted : undefined;
    const next = wish(
      bar,
      {
        move: change.move ?? (same ? nightsBetween(bar.arrival, same.arrival) : 0),
        extend:
          (change.extend ?? 0) +
          (same ? nightsBetween(bar.departure, same.departure) - nightsBetween(bar.arrival, same.arrival) : 0),
        room: change.room ?? same?.room,
      },
      house.today,
    );
    setWanted(next);
    setMovedKey(undefined);
    put({ visit: bar.key });
  };
  const rowOf = (bar: Bar) => rows.findIndex((row) => row.kind !== "type" && row.bars.includes(bar));
  /** Puts the focus on a bar, which may have to be scrolled into sight to be there at all. */
  const focusBar = (bar: Bar | undefined, at: number) => {
    if (!bar) return;
    const find = () => document.querySelector<HTMLElement>(`[data-bar="${bar.key}"]`);
    const here = find();
    if (here) return here.focus();
    const box = ref.current;
    if (!box) return;
    box.scrollTo({
      top: Math.max(0, at * ROW - box.clientHeight / 2),
      left: Math.max(0, nightsBetween(from, bar.arrival) * DAY - (box.clientWidth - LABEL) / 2),
    });
    requestAnimationFrame(() => requestAnimationFrame(() => find()?.focus()));
  };
  const press = (bar: Bar, event: KeyboardEvent) => {
    const sideways = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const down = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" && wanted) {
      event.preventDefault();
      setWanted(undefined);
    } else if (sideways !== undefined) {
      event.preventDefault();
      if (event.shiftKey) return propose(bar, { extend: sideways });
      const at = rowOf(bar);
      const mine = rows[at];
      const siblings = mine && mine.kind !== "type" ? mine.bars : [];
      focusBar(siblings[siblings.indexOf(bar) + sideways], at);
    } else if (down !== undefined) {
      event.preventDefault();
      if (event.shiftKey) return propose(bar, { room: roomBeside(bar, down) });
      const at = rowOf(bar);
      for (let next = at + down; next >= 0 && next < rows.length; next += down) {
        const row = rows[next];
        if (row && row.kind !== "type" && row.bars.length > 0) {
          const nearest = [...row.bars].sort(
            (a, b) => Math.abs(nightsBetween(bar.arrival, a.arrival)) - Math.abs(nightsBetween(bar.arrival, b.arrival)),
          )[0];
          return focusBar(nearest, next);
        }
      }
    }
  };

  const pull = (bar: Bar, event: PointerEvent, kind: Pulled["kind"]) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    setPulled({ bar, kind, x: event.clientX, y: event.clientY, days: 0, rows: 0 });
  };
  // Rows keep what they are given: what is called stays the same, and does what is meant now.
  const meant = useRef({ choose, pull, press });
  meant.current = { choose, pull, press };
  const on = useMemo<OnBar>(
    () => ({
      choose: (bar) => meant.current.choose(bar),
      pull: (bar, event, kind) => meant.current.pull(bar, event, kind),
      press: (bar, event) => meant.current.press(bar, event),
    }),
    [],
  );
  useEffect(() => {
    if (!pulled) return;
    const measure = (event: globalThis.PointerEvent) => ({
      days: Math.round((event.clientX - pulled.x) / DAY),
      rows: pulled.kind === "extend" ? 0 : Math.round((event.clientY - pulled.y) / ROW),
    });
    const move = (event: globalThis.PointerEvent) => {
      const { days, rows: down } = measure(event);
      if (days !== pulled.days || down !== pulled.rows) setPulled({ ...pulled, days, rows: down });
    };
    const drop = (event: globalThis.PointerEvent) => {
      const { days, rows: down } = measure(event);
      setPulled(undefined);
      if (days === 0 && down === 0) return;
      const target = rows[rowOf(pulled.bar) + down];
      const room = down !== 0 && target?.kind === "room" ? target.room : undefined;
      const next = wish(pulled.bar, pulled.kind === "extend" ? { extend: days } : { move: days, room }, house.today);
      setWanted(next);
      setMovedKey(undefined);
      put({ visit: pulled.bar.key });
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", drop);
    return () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", drop);
    };
  });
  const ghost: Wish | undefined = useMemo(() => {
    if (!pulled || (pulled.days === 0 && pulled.rows === 0)) return wanted;
    const at = rows.findIndex((row) => row.kind !== "type" && row.bars.includes(pulled.bar));
    const target = rows[at + pulled.rows];
    const room = pulled.rows !== 0 && target?.kind === "room" ? target.room : undefined;
    return wish(
      pulled.bar,
      pulled.kind === "extend" ? { extend: pulled.days } : { move: pulled.days, room },
      house.today,
    );
  }, [pulled, wanted, rows, house.today]);
  const isRefused = useMemo(
    () => ghost !== undefined && (inTheWay(ghost, bars).length > 0 || closedInTheWay(ghost, closed).length > 0),
    [ghost, bars, closed],
  );

  const openRecord = (doing?: "move") =>
    chosen &&
    void navigate({
      to: "/p/$property/visits/$number",
      params: { property: house.code, number: chosen.number },
      search: { do: doing },
    });
  const toToday = () => {
    put({ from: undefined });
    ref.current?.scrollTo({ left: 0 });
  };
  useKeys([
    { key: "Escape", says: t("chart.keys.back"), run: () => (wanted ? setWanted(undefined) : choose(undefined)) },
    { key: "o", says: t("find.open"), run: () => openRecord() },
    { key: "m", says: t("act.move"), run: () => chosen?.living && openRecord("move") },
    { key: "t", says: t("chart.today"), run: toToday },
  ]);
  const days = useMemo<Days>(() => ({ from, count, shown: drawn.days }), [from, count, drawn.days]);
  const todayAt = nightsBetween(from, house.today);
  const head = (
    <div className="chart-head">
      <h1>{t("nav.chart")}</h1>
      <nav className="segments" aria-label={t("chart.views")}>
        {([undefined, 365] as const).map((span) => (
          <Link
            key={span ?? 60}
            className="segment"
            to="/p/$property/chart"
            params={{ property: house.code }}
            search={{ from: search.from, days: span, view: undefined }}
            activeOptions={{ includeSearch: true, explicitUndefined: true }}
            {...(!isList && search.days === span ? { "data-selected": true } : {})}
          >
            {t(span === undefined ? "chart.two_months" : "chart.year")}
          </Link>
        ))}
        <Link
          className="segment"
          to="/p/$property/chart"
          params={{ property: house.code }}
          search={{ from: search.from, view: "list" }}
          {...(isList ? { "data-selected": true } : {})}
        >
          {t("chart.list")}
        </Link>
      </nav>
      {!isList && (
        <>
          <Button look="icon" aria-label={t("chart.earlier")} onPress={() => put({ from: addDays(from, -7) })}>
            <ChevronLeft size={16} aria-hidden="true" />
          </Button>
          <Button hotkey="T" onPress={toToday}>
            {t("chart.today")}
          </Button>
          <Button look="icon" aria-label={t("chart.later")} onPress={() => put({ from: addDays(from, 7) })}>
            <ChevronRight size={16} aria-hidden="true" />
          </Button>
          <span className="two num">{house.f.range(from, addDays(from, count - 1))}</span>
          <span className="legend">
            <span>
              <i data-house aria-hidden="true" />
              {t("word.in_house")}
            </span>
            <span>
              <i aria-hidden="true" />
              {t("booking.reserved")}
            </span>
            <span>
              <i data-act aria-hidden="true" />
              {t("chart.needs")}
            </span>
            <span>
              <i data-wrong aria-hidden="true" />
              {t("desk.pending_check_out")}
            </span>
            <span>
              <i data-closed aria-hidden="true" />
              {t("room_state.out_of_order")}
            </span>
          </span>
        </>
      )}
    </div>
  );
  if (error && bars.length === 0) {
    return (
      <div className="page">
        <Refusal error={error} retry={again} />
      </div>
    );
  }
  if (isList) {
    return (
      <>
        {head}
        {waiting ? <Bones rows={10} /> : <RoomList rows={rows} />}
      </>
    );
  }
  const isOver = (row: ChartRow) =>
    ghost !== undefined &&
    row.kind !== "type" &&
    (ghost.room === undefined ? row.bars.includes(ghost.bar) : row.kind === "room" && row.room === ghost.room);
  const isOf = (row: ChartRow, key: string) =>
    row.kind !== "type" &&
    row.bars.some((bar) => bar.key === key || (bar.guests?.some((one) => one.key === key) ?? false));
  return (
    <div className="chart-screen">
      {head}
      <section
        className="chart-scroll"
        ref={ref}
        onScroll={onScroll}
        aria-label={t("nav.chart")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard
        tabIndex={0}
        style={{
          ["--day" as string]: `${DAY}px`,
          ["--days" as string]: count,
          ["--label" as string]: `${LABEL}px`,
          ["--row" as string]: `${ROW}px`,
        }}
      >
        <div className="chart-days" style={{ width: LABEL + count * DAY }}>
          <span className="chart-corner">{t("rooms.count", { count: roomRows.length })}</span>
          <DayHeads from={from} shown={drawn.days} />
        </div>
        {waiting && bars.length === 0 ? (
          <Bones rows={12} />
        ) : (
          <div className="chart-body" style={{ height: rows.length * ROW, width: LABEL + count * DAY }}>
            {todayAt >= 0 && todayAt < count && <div className="chart-today" style={{ left: LABEL + todayAt * DAY }} />}
            {rows.slice(drawn.rows[0], drawn.rows[1]).map((row, index) => {
              const at = drawn.rows[0] + index;
              const above = rows[at - 1];
              return (
                <Row
                  key={row.kind === "room" ? row.room : `${row.kind}-${row.type}-${at}`}
                  row={row}
                  at={at}
                  isRepeated={row.kind === "tray" && above?.kind === "tray" && above.type === row.type}
                  days={days}
                  chosen={chosen && isOf(row, chosen.key) ? chosen.key : undefined}
                  left={leftOf}
                  closed={closed}
                  tomorrow={house.tomorrow}
                  on={on}
                  ghost={ghost && isOver(row) ? <Ghost wanted={ghost} isRefused={isRefused} days={days} /> : undefined}
                />
              );
            })}
          </div>
        )}
      </section>
      {chosen && (
        <Drawer
          key={chosen.key}
          bar={chosen}
          guests={guestsBeside}
          onChoose={choose}
          wanted={wanted?.bar.key === chosen.key ? wanted : undefined}
          blockers={blockers}
          closed={closings}
          isMoved={movedKey === chosen.key}
          onPutBack={() => setWanted(undefined)}
          onClose={() => choose(undefined)}
        />
      )}
    </div>
  );
}
