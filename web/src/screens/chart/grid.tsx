import { type KeyboardEvent, memo, type PointerEvent, type ReactNode } from "react";
import { useTexts } from "../../i18n";
import { addDays, nightsBetween } from "../../lib/format";
import { DAY as DAY_MINUTES } from "../../lib/hours";
import { useHouse } from "../../lib/house";
import { type Bar, type ChartRow, type Closed, closedOn, spanOf } from "./model";
import type { Stretch } from "./stretch";

/** How wide and high a cell is, and how wide the names of the rows, pixels. */
export const DAY = 44;
export const ROW = 28;
export const LABEL = 118;
/** From how near to its end a bar is pulled longer instead of moved, pixels. */
const HANDLE = 8;

/** What is done with the bars of all rows; it stays the same while the chart is drawn anew. */
export interface OnBar {
  choose: (bar: Bar) => void;
  pull: (bar: Bar, event: PointerEvent, kind: "move" | "extend") => void;
  press: (bar: Bar, event: KeyboardEvent) => void;
}

/** What of the days is drawn. */
export interface Days {
  from: string;
  count: number;
  shown: Stretch;
}

interface BarProps {
  bar: Bar;
  from: string;
  count: number;
  isChosen: boolean;
  tomorrow: string;
  on: OnBar;
}

/** Whether a bar wants somebody: the hours or the nights are over, or there is no room for who comes today or tomorrow. */
function toneOf(bar: Bar, tomorrow: string): "wrong" | "act" | undefined {
  if (bar.state === "pending_check_out" || bar.over) return "wrong";
  return bar.room === undefined && bar.arrival <= tomorrow ? "act" : undefined;
}

/** A bar: one element, since hundreds are in sight. Its end is where it is pulled longer. */
const BarButton = memo(function BarButton({ bar, from, count, isChosen, tomorrow, on }: BarProps) {
  const t = useTexts();
  const house = useHouse();
  const span = spanOf(bar.arrival, bar.departure, from, count);
  if (!span) return null;
  const tone = toneOf(bar, tomorrow);
  const withHours = (one: Bar) =>
    t("hours.guest", { guest: one.guest, hours: one.hours ? house.hours(one.hours) : t("hours.unknown") });
  const label = bar.guests
    ? t("hours.bar", {
        where: bar.room ?? house.typeName(bar.type),
        date: house.f.day(bar.arrival),
        guests: bar.guests.map(withHours).join(t("word.comma")),
      })
    : t("chart.bar", {
        guest: bar.guest,
        room: bar.room ?? t("today.no_room"),
        stay: t("date.stay", {
          range: house.f.range(bar.arrival, bar.departure),
          nights: house.length(bar.arrival, bar.departure),
        }),
        state: bar.state ? t(`desk.${bar.state}`) : "",
      });
  const text = !bar.guests
    ? bar.guest
    : bar.guests.length > 1
      ? t("hours.several", { count: bar.guests.length })
      : bar.hours
        ? house.f.minute(bar.hours.from % DAY_MINUTES)
        : bar.guest;
  return (
    <button
      type="button"
      className="chart-bar"
      data-bar={bar.key}
      data-living={bar.living || undefined}
      data-hours={bar.guests !== undefined || undefined}
      data-act={tone === "act" || undefined}
      data-wrong={tone === "wrong" || undefined}
      data-short={span.width <= 1 || undefined}
      data-cut-left={span.cutLeft || undefined}
      data-cut-right={span.cutRight || undefined}
      data-chosen={isChosen || undefined}
      aria-label={label}
      aria-pressed={isChosen}
      title={label}
      style={{ left: span.left * DAY + 2, width: Math.max(14, span.width * DAY - 4) }}
      onClick={() => on.choose(bar)}
      onPointerDown={(event) => {
        if (bar.guests !== undefined) return;
        const end = event.currentTarget.getBoundingClientRect().right;
        on.pull(bar, event, end - event.clientX <= HANDLE ? "extend" : "move");
      }}
      onKeyDown={(event) => on.press(bar, event)}
    >
      {text}
    </button>
  );
});

/** A period in which a room can't be let. */
function ClosedBar({ closed, from, count }: { closed: Closed; from: string; count: number }) {
  const t = useTexts();
  const house = useHouse();
  const span = spanOf(closed.from, closed.until, from, count);
  if (!span) return null;
  const text = t("chart.closed", { room: closed.room, range: house.f.range(closed.from, closed.until) });
  return (
    <span
      className="chart-closed"
      title={text}
      data-cut-left={span.cutLeft || undefined}
      data-cut-right={span.cutRight || undefined}
      style={{ left: span.left * DAY + 2, width: Math.max(14, span.width * DAY - 4) }}
    >
      {t("chart.short.out_of_order")}
      <span className="vh">{text}</span>
    </span>
  );
}

function RowName({ row, isRepeated }: { row: ChartRow; isRepeated: boolean }) {
  const t = useTexts();
  const house = useHouse();
  if (row.kind === "room") {
    const isWanted = row.state === "dirty" && row.bars.some((bar) => bar.state === "due_in");
    return (
      <>
        <b className="num">{row.room}</b>
        <small data-act={isWanted || undefined}>
          {row.bars.some((bar) => bar.living) ? t("desk.in_house") : t(`chart.short.${row.state}`)}
        </small>
      </>
    );
  }
  if (row.kind === "type") return <span className="clip">{house.typeName(row.type)}</span>;
  const text =
    row.kind === "tray"
      ? t("chart.unassigned", { type: house.typeName(row.type) })
      : row.room === undefined
        ? t("hours.of_type", { type: house.typeName(row.type) })
        : t("hours.of_room", { room: row.room });
  return <small className="clip">{isRepeated ? "" : text}</small>;
}

interface RowProps {
  row: ChartRow;
  at: number;
  /** Whether the row above has the same name. */
  isRepeated: boolean;
  days: Days;
  /** The bar that is chosen, if it is of this row. */
  chosen: string | undefined;
  /** Rooms left of each type and night, where they are known. */
  left: ReadonlyMap<string, number>;
  closed: ReadonlyMap<string, readonly Closed[]>;
  tomorrow: string;
  on: OnBar;
  /** What is pulled over this row. */
  ghost: ReactNode;
}

/** A row of the chart with what of it lies in the days that are drawn. A row that did not change is not drawn again. */
export const Row = memo(function Row({
  row,
  at,
  isRepeated,
  days,
  chosen,
  left,
  closed,
  tomorrow,
  on,
  ghost,
}: RowProps) {
  const [first, end] = days.shown;
  const since = addDays(days.from, first);
  const until = addDays(days.from, end);
  const isDrawn = (one: { arrival: string; departure: string }) => one.departure >= since && one.arrival < until;
  return (
    <div className="chart-row" data-type={row.kind === "type" || undefined} style={{ top: at * ROW }}>
      <div className="chart-label">
        <RowName row={row} isRepeated={isRepeated} />
      </div>
      <div className="chart-track">
        {row.kind === "type" ? (
          Array.from({ length: end - first }, (_, index) => {
            const column = first + index;
            const free = left.get(`${row.type}/${addDays(days.from, column)}`);
            return free === undefined ? null : (
              <span
                key={column}
                className="chart-left num"
                data-none={free === 0 || undefined}
                data-over={free < 0 || undefined}
                style={{ left: column * DAY }}
              >
                {free < 0 ? <span>{`−${-free}`}</span> : free}
              </span>
            );
          })
        ) : (
          <>
            {row.kind === "room" &&
              closedOn(closed, row.room).map((one) =>
                one.until > since && one.from < until ? (
                  <ClosedBar key={one.from} closed={one} from={days.from} count={days.count} />
                ) : null,
              )}
            {row.bars.map((bar) =>
              isDrawn(bar) ? (
                <BarButton
                  key={bar.key}
                  bar={bar}
                  from={days.from}
                  count={days.count}
                  isChosen={
                    chosen !== undefined && (bar.guests?.some((one) => one.key === chosen) ?? bar.key === chosen)
                  }
                  tomorrow={tomorrow}
                  on={on}
                />
              ) : null,
            )}
            {ghost}
          </>
        )}
      </div>
    </div>
  );
});

/** What a pulled bar would become, over its row. */
export function Ghost({
  wanted,
  isRefused,
  days,
}: {
  wanted: { bar: Bar; arrival: string; departure: string };
  isRefused: boolean;
  days: Days;
}) {
  const span = spanOf(wanted.arrival, wanted.departure, days.from, days.count);
  if (!span) return null;
  const { bar } = wanted;
  const added = nightsBetween(bar.departure, wanted.departure) - nightsBetween(bar.arrival, wanted.arrival);
  return (
    <div
      className="chart-ghost"
      aria-hidden="true"
      data-no={isRefused || undefined}
      style={{ left: span.left * DAY + 2, width: span.width * DAY - 4 }}
    >
      {added === 0 ? "" : `${added > 0 ? "+" : "−"}${Math.abs(added)}`}
    </div>
  );
}
