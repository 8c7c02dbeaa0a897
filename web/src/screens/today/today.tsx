import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { availabilityQuery, roomsQuery, todayQuery, tracesQuery } from "../../api/queries";
import { countsQuery } from "../../api/settle";
import { useOffered } from "../../frame/may";
import { useTexts } from "../../i18n";
import { Bones, Button, Chip, cx, Empty, Kbd, Refusal, useInSight } from "../../kit";
import { addDays, nightsBetween } from "../../lib/format";
import { hoursOf } from "../../lib/hours";
import { useHouse } from "../../lib/house";
import { useKeys } from "../../lib/keys";
import { arrivalNext, type BoardRow, dayOf, departureNext, nightOf, type Tile } from "./board";
import { Traces } from "./traces";
import "./today.css";

/** A row of the board by which it is selected: a visit has several rooms. */
const keyOf = (row: BoardRow) => `${row.number}/${row.line}`;

/** How long a row that changed under the eyes is tinted, milliseconds. */
const TINTED = 1_000;

/** The rows that are others than a moment ago, for a second. The clock alone changes none. */
function useChanged(rows: readonly BoardRow[] | undefined): ReadonlySet<string> {
  const before = useRef<ReadonlyMap<string, string>>(undefined);
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (!rows) return;
    const now = new Map(rows.map((row) => [keyOf(row), JSON.stringify({ ...row, minutes_over: 0 })]));
    const old = before.current;
    before.current = now;
    if (!old) return;
    const others = [...now].flatMap(([key, said]) => (old.get(key) === said ? [] : [key]));
    if (others.length === 0) return;
    setChanged(new Set(others));
    const timer = setTimeout(() => setChanged(new Set()), TINTED);
    return () => clearTimeout(timer);
  }, [rows]);
  return changed;
}

interface LineProps {
  row: BoardRow;
  list: "arrivals" | "departures" | "in_house";
  selected: boolean;
  /** It changed a moment ago. */
  changed: boolean;
  onSelect: () => void;
  className: string;
  children: ReactNode;
}

/** What every row of the board is given. */
type RowProps = Pick<LineProps, "row" | "selected" | "changed" | "onSelect">;

function Line({ row, selected, changed, onSelect, className, children }: LineProps) {
  const ref = useInSight<HTMLLIElement>(selected);
  return (
    // The link in the row is what the keyboard reaches; a click beside it selects.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <li
      ref={ref}
      className={cx("line", className, changed && "rows-changed")}
      data-row={keyOf(row)}
      data-selected={selected || undefined}
      onClick={onSelect}
      onFocus={onSelect}
    >
      {children}
    </li>
  );
}

function GuestLink({ row, list }: { row: BoardRow; list: LineProps["list"] }) {
  const house = useHouse();
  return (
    <Link
      className="one"
      to="/p/$property/visits/$number"
      params={{ property: house.code, number: row.number }}
      search={{ list }}
    >
      {row.guest}
    </Link>
  );
}

function Arrival({ row, next, selected, changed, onSelect }: RowProps & { next: ReturnType<typeof arrivalNext> }) {
  const t = useTexts();
  const house = useHouse();
  const act = next === "assign" || next === "dirty" || next === "pickup";
  const hours = hoursOf(row);
  return (
    <Line row={row} list="arrivals" selected={selected} changed={changed} onSelect={onSelect} className="line-arrival">
      <span className="who">
        <GuestLink row={row} list="arrivals" />
        <span className="small num">{row.number}</span>
      </span>
      <span className="where">
        {row.room ? (
          <b className="one num">{row.room}</b>
        ) : (
          <span className="one three today-none">{t("today.no_room")}</span>
        )}
        <span className="small">
          {house.typeName(row.room_type)} · {hours ? house.hours(hours) : house.length(row.arrival, row.departure)}
        </span>
      </span>
      <span className="next">
        {selected ? (
          <Link
            className="btn btn-fill btn-row"
            to="/p/$property/visits/$number/check-in"
            params={{ property: house.code, number: row.number }}
            search={{ line: row.line === 1 ? undefined : row.line }}
          >
            {t("today.check_in")}
            <Kbd>F8</Kbd>
          </Link>
        ) : act ? (
          <Chip tone="act">{t(`today.next.${next}`)}</Chip>
        ) : next === "out" ? (
          <Chip tone="wrong">{t("today.next.out")}</Chip>
        ) : (
          t(`today.next.${next}`)
        )}
      </span>
    </Line>
  );
}

function Departure({ row, selected, changed, onSelect }: RowProps) {
  const t = useTexts();
  const house = useHouse();
  const next = departureNext(row);
  const hours = hoursOf(row);
  const over = row.minutes_over ?? 0;
  const lasting =
    over < 60
      ? t("hours.minutes", { minutes: over })
      : t("hours.hours_minutes", { hours: Math.floor(over / 60), minutes: over % 60 });
  return (
    <Line
      row={row}
      list="departures"
      selected={selected}
      changed={changed}
      onSelect={onSelect}
      className="line-departure"
    >
      <b className="num">{row.room ?? "–"}</b>
      <span className="who">
        <GuestLink row={row} list="departures" />
        <span className="small num">
          {next === "gone"
            ? t("today.gone")
            : next === "overdue"
              ? t("today.overdue_by", {
                  date: house.f.day(row.departure),
                  count: nightsBetween(row.departure, house.today),
                })
              : hours
                ? t("hours.leaves", { time: house.clock(hours.until) })
                : t("today.leaves", {
                    time: house.f.minute(house.view.property.check_out_minute),
                    nights: house.length(row.arrival, row.departure),
                  })}
        </span>
      </span>
      <span className="end num">
        {row.balance === 0 ? <span className="three">{house.money(0)}</span> : <b>{house.money(row.balance)}</b>}
      </span>
      <span className="next">
        {next === "overdue" ? (
          <Chip tone="wrong">{t("today.next.overdue")}</Chip>
        ) : next === "over" ? (
          <Chip tone="wrong">{t("hours.over", { time: lasting })}</Chip>
        ) : next === "settle" || next === "refund" ? (
          <Chip tone="act">{t(`today.next.${next}`)}</Chip>
        ) : (
          t(`today.next.${next}`)
        )}
      </span>
    </Line>
  );
}

function InHouse({ row, selected, changed, onSelect }: RowProps) {
  const house = useHouse();
  const hours = hoursOf(row);
  return (
    <Line row={row} list="in_house" selected={selected} changed={changed} onSelect={onSelect} className="line-house">
      <b className="num">{row.room ?? "–"}</b>
      <span className="who">
        <GuestLink row={row} list="in_house" />
        <span className="small num">{hours ? house.hours(hours) : house.f.range(row.arrival, row.departure)}</span>
      </span>
      <span className="end num two">{house.money(row.balance)}</span>
    </Line>
  );
}

interface TileProps {
  id: Tile;
  tone: "wrong" | "act";
  count: number;
  note: string;
  chosen: boolean;
  onChoose: () => void;
}

function TileButton({ id, tone, count, note, chosen, onChoose }: TileProps) {
  const t = useTexts();
  return (
    <button
      type="button"
      className="tile"
      data-tone={count === 0 ? "none" : tone}
      aria-pressed={chosen}
      onClick={onChoose}
    >
      <b className="num">{count}</b>
      <span className="what">{t(`today.tile.${id}`)}</span>
      <span className="note">{note}</span>
    </button>
  );
}

/** The day of a front desk: what needs somebody, the night, arrivals, departures, who is in house. */
export function Today() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const { tab = "arrivals", only, floor } = useSearch({ from: "/p/$property/today" });
  const board = useQuery(todayQuery(house.code));
  const rooms = useQuery(roomsQuery(house.code));
  const availability = useQuery(availabilityQuery(house.code, house.today, addDays(house.today, 1)));
  const traces = useQuery(tracesQuery(house.code));
  const offered = useOffered(house.code);
  const findings = useQuery({ ...countsQuery(house.code), enabled: offered("reconcile") });
  const [chosen, setChosen] = useState<string>();
  const onBoard = useMemo(
    () => board.data && [...board.data.arrivals, ...board.data.in_house, ...board.data.departed],
    [board.data],
  );
  const changed = useChanged(onBoard);
  const byNumber = useMemo(() => new Map((rooms.data ?? []).map((room) => [room.number, room])), [rooms.data]);
  const day = useMemo(
    () => board.data && dayOf(board.data, byNumber, only, floor),
    [board.data, byNumber, only, floor],
  );
  const night = useMemo(() => nightOf(availability.data ?? [], house.today), [availability.data, house.today]);
  const floors = useMemo(() => [...new Set(house.view.rooms.map((room) => room.floor))].sort(), [house.view.rooms]);
  const all = day ? [...day.arrivals, ...(tab === "in_house" ? day.inHouse : day.departures)] : [];
  const first = day?.arrivals[0];
  const selected = chosen ?? (first && keyOf(first));
  const search = (next: { tab?: typeof tab | undefined; only?: Tile | undefined; floor?: string | undefined }) =>
    void navigate({
      to: "/p/$property/today",
      params: { property: house.code },
      search: { tab: tab === "arrivals" ? undefined : tab, only, floor, ...next },
      replace: true,
    });

  const step = (by: number) => {
    const at = all.findIndex((row) => keyOf(row) === selected);
    const row = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
    if (!row) return;
    setChosen(keyOf(row));
    document.querySelector<HTMLElement>(`[data-row="${keyOf(row)}"] a`)?.focus();
  };
  const checkIn = () => {
    const row = day?.arrivals.find((one) => keyOf(one) === selected);
    if (row)
      void navigate({
        to: "/p/$property/visits/$number/check-in",
        params: { property: house.code, number: row.number },
        search: { line: row.line === 1 ? undefined : row.line },
      });
  };
  useKeys([
    { key: "F8", says: t("keys.check_in"), run: checkIn },
    { key: "ArrowDown", says: t("keys.next"), run: () => step(1) },
    { key: "ArrowUp", says: t("keys.previous"), run: () => step(-1) },
  ]);

  const late = [...(day?.overdue ?? []), ...(day?.over ?? [])];
  const roomsOf = (rows: readonly BoardRow[]) =>
    rows
      .flatMap((row) => row.room ?? [])
      .slice(0, 4)
      .join(t("word.comma"));
  const tile = (id: Tile, tone: "wrong" | "act", count: number, note: string) => (
    <TileButton
      id={id}
      tone={tone}
      count={count}
      note={note}
      chosen={only === id}
      onChoose={() =>
        search({
          only: only === id ? undefined : id,
          tab: id === "overdue" || id === "unpaid" ? "departures" : undefined,
        })
      }
    />
  );
  const over = board.data?.overbooked ?? [];
  const failed = board.error && !board.data;
  const bookButtons = (
    <>
      <Link className="btn" to="/p/$property/book" params={{ property: house.code }}>
        {t("today.book")}
        <Kbd>F2</Kbd>
      </Link>
      <Link className="btn" to="/p/$property/book" params={{ property: house.code }} search={{ walkin: "yes" }}>
        {t("today.walk_in")}
        <Kbd>F4</Kbd>
      </Link>
    </>
  );
  const line = (row: BoardRow) => ({
    key: keyOf(row),
    row,
    selected: keyOf(row) === selected,
    changed: changed.has(keyOf(row)),
    onSelect: () => setChosen(keyOf(row)),
  });
  const empty = only !== undefined || floor !== undefined;
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="today-title">{t("nav.today")}</h1>
        <nav className="segments today-floors" aria-label={t("today.floors")}>
          <Link
            className="segment"
            to="/p/$property/today"
            params={{ property: house.code }}
            search={{ tab, only }}
            {...(floor === undefined ? { "data-selected": true } : {})}
          >
            {t("word.all")}
          </Link>
          {floors.map((one) => (
            <Link
              key={one}
              className="segment"
              to="/p/$property/today"
              params={{ property: house.code }}
              search={{ tab, only, floor: one }}
              {...(floor === one ? { "data-selected": true } : {})}
            >
              {t("today.floor", { floor: one })}
            </Link>
          ))}
        </nav>
        <div className="tools">{bookButtons}</div>
      </div>
      <div className="tiles" role="group" aria-label={t("today.needs")}>
        {tile(
          "overbooked",
          "wrong",
          over.length,
          over
            .map((one) => t("today.short_by", { type: house.typeName(one.room_type), count: one.sold - one.capacity }))
            .join(t("word.comma")),
        )}
        {tile("overdue", "wrong", late.length, roomsOf(late))}
        {tile(
          "unassigned",
          "act",
          day?.unassigned.length ?? 0,
          [...new Set((day?.unassigned ?? []).map((row) => house.typeName(row.room_type)))].join(t("word.comma")),
        )}
        {tile("dirty", "act", day?.dirty.length ?? 0, roomsOf(day?.dirty ?? []))}
        {tile("unpaid", "act", day?.unpaid.length ?? 0, roomsOf(day?.unpaid ?? []))}
        {findings.data !== undefined && (
          <Link
            className="tile"
            to="/p/$property/reconcile"
            params={{ property: house.code }}
            data-tone={findings.data.open === 0 ? "none" : findings.data.urgent > 0 ? "wrong" : "act"}
          >
            <b className="num">{findings.data.open}</b>
            <span className="what">{t("today.tile.findings")}</span>
            <span className="note">
              {findings.data.open === 0
                ? t("today.all_agree")
                : findings.data.urgent > 0
                  ? t("settle.urgent", { count: findings.data.urgent, amount: house.money(findings.data.stake) })
                  : t("settle.stake", { amount: house.money(findings.data.stake) })}
            </span>
          </Link>
        )}
      </div>
      <div className="night">
        <span>
          {t("today.tonight")}{" "}
          <b className="num">{night.capacity === 0 ? "–" : `${((night.sold / night.capacity) * 100).toFixed(1)}%`}</b>
        </span>
        <span className="gauge" aria-hidden="true">
          <i style={{ width: `${((board.data?.in_house_count ?? 0) / Math.max(1, night.capacity)) * 100}%` }} />
          <i style={{ width: `${((board.data?.arrivals_count ?? 0) / Math.max(1, night.capacity)) * 100}%` }} />
        </span>
        <span>
          {t("word.in_house")} <b className="num">{board.data?.in_house_count ?? "–"}</b>
        </span>
        <span>
          {t("word.arrivals")} <b className="num">{board.data?.arrivals_count ?? "–"}</b>
        </span>
        <span>
          {t("word.departures")} <b className="num">{board.data?.due_out_count ?? "–"}</b>
        </span>
        <span>
          {t("word.to_sell")} <b className="num">{night.left}</b> <span className="num">/ {night.capacity}</span>
        </span>
        <span className="types">
          {night.types.map((type) => (
            <span key={type.code} className={type.left <= 0 ? "red nowrap" : "nowrap"}>
              {house.typeName(type.code)} <span className="num">{type.left}</span>
            </span>
          ))}
        </span>
      </div>
      <nav className="segments today-tabs" aria-label={t("today.lists")}>
        {(["arrivals", "departures", "in_house", "traces"] as const).map((one) => (
          <Link
            key={one}
            className="segment"
            to="/p/$property/today"
            params={{ property: house.code }}
            search={{ tab: one === "arrivals" ? undefined : one, floor }}
            {...(tab === one ? { "data-selected": true } : {})}
          >
            {t(`word.${one}`)}{" "}
            <span className="num">
              {one === "traces"
                ? (traces.data?.items.length ?? "")
                : (board.data?.[
                    one === "arrivals" ? "arrivals_count" : one === "departures" ? "due_out_count" : "in_house_count"
                  ] ?? "")}
            </span>
          </Link>
        ))}
      </nav>
      {failed ? (
        <Refusal error={board.error} retry={() => void board.refetch()} />
      ) : (
        <div className="board">
          <section
            className="card card-clip"
            aria-label={t("word.arrivals")}
            data-tab-off={tab !== "arrivals" || undefined}
          >
            <div className="card-head">
              <h2>{t("word.arrivals")}</h2>
              <span className="count">
                {board.data && t("today.arrivals_note", { count: board.data.arrivals_count })}
              </span>
            </div>
            <div className="lines-head line-arrival" aria-hidden="true">
              <span>{t("word.guest")}</span>
              <span>{t("word.room")}</span>
              <span>{t("today.next_step")}</span>
            </div>
            {!day ? (
              <Bones rows={8} />
            ) : day.arrivals.length === 0 ? (
              <Empty
                title={t(empty ? "today.none_here" : "today.all_here")}
                action={
                  empty ? (
                    <Button onPress={() => search({ only: undefined, floor: undefined })}>{t("today.show_all")}</Button>
                  ) : (
                    <Link
                      className="btn"
                      to="/p/$property/book"
                      params={{ property: house.code }}
                      search={{ walkin: "yes" }}
                    >
                      {t("today.walk_in")}
                      <Kbd>F4</Kbd>
                    </Link>
                  )
                }
              >
                {empty ? undefined : t("today.can_sell", { count: night.left })}
              </Empty>
            ) : (
              <ul>
                {day.arrivals.map((row) => (
                  <Arrival {...line(row)} key={keyOf(row)} next={arrivalNext(row, byNumber)} />
                ))}
              </ul>
            )}
          </section>
          {tab === "in_house" ? (
            <section className="card card-clip" aria-label={t("word.in_house")}>
              <div className="card-head">
                <h2>{t("word.in_house")}</h2>
                <span className="count num">{board.data?.in_house_count}</span>
                <div className="tools">
                  <Link
                    className="wide-only"
                    to="/p/$property/today"
                    params={{ property: house.code }}
                    search={{ only, floor }}
                  >
                    {t("today.back_to_departures")}
                  </Link>
                </div>
              </div>
              <div className="lines-head line-house" aria-hidden="true">
                <span>{t("word.room_no")}</span>
                <span>{t("word.guest")}</span>
                <span className="end">{t("word.balance")}</span>
              </div>
              {!day ? (
                <Bones rows={8} />
              ) : day.inHouse.length === 0 ? (
                <Empty title={t("today.nobody")} />
              ) : (
                <ul>
                  {day.inHouse.map((row) => (
                    <InHouse {...line(row)} key={keyOf(row)} />
                  ))}
                </ul>
              )}
            </section>
          ) : (
            <section
              className="card card-clip"
              aria-label={t("word.departures")}
              data-tab-off={tab !== "departures" || undefined}
            >
              <div className="card-head">
                <h2>{t("word.departures")}</h2>
                <span className="count">
                  {board.data &&
                    t("today.departures_note", {
                      due: board.data.due_out_count + (day?.overdue.length ?? 0),
                      gone: board.data.departed_count,
                    })}
                </span>
                <div className="tools">
                  <Link
                    className="wide-only"
                    to="/p/$property/today"
                    params={{ property: house.code }}
                    search={{ only, floor, tab: "in_house" }}
                  >
                    {t("word.in_house")} <span className="num">{board.data?.in_house_count}</span>
                  </Link>
                </div>
              </div>
              <div className="lines-head line-departure" aria-hidden="true">
                <span>{t("word.room_no")}</span>
                <span>{t("word.guest")}</span>
                <span className="end">{t("word.balance")}</span>
                <span className="end">{t("today.next_step")}</span>
              </div>
              {!day ? (
                <Bones rows={8} />
              ) : day.departures.length === 0 ? (
                <Empty title={t(empty ? "today.none_here" : "today.all_gone")} />
              ) : (
                <ul>
                  {day.departures.map((row) => (
                    <Departure {...line(row)} key={keyOf(row)} />
                  ))}
                </ul>
              )}
            </section>
          )}
          <Traces off={tab !== "traces"} />
        </div>
      )}
    </div>
  );
}
