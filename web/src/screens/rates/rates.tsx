import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { calendarQuery } from "../../api/queries";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Dialog, Empty, Field, Refusal, ScrollX, Select, Tick } from "../../kit";
import { DayField } from "../../kit/date";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { addDays, isDate, readMoney, weekday } from "../../lib/format";
import { useHouse } from "../../lib/house";
import "./rates.css";

const DAYS = 14;
type Day = Schema<"CalendarDay">;

interface Cell {
  plan: string;
  type: string;
  day: Day;
}

/** What restricts the sale of a date, in few words. */
function useLimits() {
  const t = useTexts();
  return (day: Day): { text: string; closed: boolean } => ({
    closed: day.stop_sell,
    text: [
      day.stop_sell && t("rates.stop_sell"),
      day.closed_to_arrival && t("rates.cta"),
      day.closed_to_departure && t("rates.ctd"),
      day.minimum_stay && t("rates.min", { count: day.minimum_stay }),
      day.maximum_stay && t("rates.max", { count: day.maximum_stay }),
    ]
      .filter(Boolean)
      .join(" "),
  });
}

function CellDialog({ cell, onClose }: { cell: Cell; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const [from, setFrom] = useState(cell.day.date);
  const [until, setUntil] = useState(addDays(cell.day.date, 1));
  const [amount, setAmount] = useState(cell.day.price == null ? "" : house.money(cell.day.price));
  const [stop, setStop] = useState(cell.day.stop_sell);
  const [minimum, setMinimum] = useState(cell.day.minimum_stay ? String(cell.day.minimum_stay) : "");
  const minor = readMoney(amount, house.currency);
  const form = useSend<{ clear: boolean }, void>(
    async ({ clear }) => {
      const path = { property: house.code };
      if (clear || minor !== cell.day.price) {
        await data(
          api.PUT("/api/v1/properties/{property}/rate-calendar/prices", {
            params: { path },
            body: {
              from,
              until,
              rate_plan: cell.plan,
              room_types: [cell.type],
              amount: clear ? null : (minor ?? null),
            },
          }),
        );
      }
      const least = minimum === "" ? null : Number(minimum);
      if (stop !== cell.day.stop_sell || least !== (cell.day.minimum_stay ?? null)) {
        await data(
          api.PUT("/api/v1/properties/{property}/rate-calendar/restrictions", {
            params: { path },
            body: {
              from,
              until,
              rate_plan: cell.plan,
              room_type: cell.type,
              stop_sell: stop,
              minimum_stay: least ?? 0,
            },
          }),
        );
      }
    },
    () => {
      say(t("rates.set", { type: house.typeName(cell.type), range: house.f.range(from, until) }));
      onClose();
    },
  );
  const wrong = !isDate(from) || !isDate(until) || until <= from;
  return (
    <Dialog
      title={t("rates.title", { type: house.typeName(cell.type) })}
      note={house.planName(cell.plan)}
      onClose={onClose}
    >
      <div className="fields">
        <DayField label={t("rates.from")} value={from} onChange={setFrom} error={form.at("/from")} />
        <DayField
          label={t("rates.until")}
          value={until}
          min={addDays(from, 1)}
          onChange={setUntil}
          error={
            form.at("/until") ?? (wrong ? t("act.after", { date: isDate(from) ? house.f.day(from) : "" }) : undefined)
          }
        />
      </div>
      <div className="fields">
        <Field
          label={t("folio.amount", { currency: house.currency })}
          value={amount}
          onChange={setAmount}
          money
          inputMode="decimal"
          error={form.at("/amount") ?? (amount !== "" && minor === undefined ? t("folio.amount_form") : undefined)}
        />
        <Field
          label={t("rates.minimum")}
          type="number"
          value={minimum}
          onChange={setMinimum}
          error={form.at("/minimum_stay")}
          help={t("word.optional")}
        />
      </div>
      <Tick ticked={stop} onChange={setStop}>
        {t("rates.stop")}
      </Tick>
      <Refusal error={form.error} />
      <div className="dialog-foot">
        <Button
          look="fill"
          busy={form.busy}
          isDisabled={wrong || minor === undefined}
          onPress={() => form.send({ clear: false })}
        >
          {minor === undefined ? t("rates.do") : t("rates.do_amount", { amount: house.money(minor) })}
        </Button>
        {cell.day.is_set && (
          <Button busy={form.busy} onPress={() => form.send({ clear: true })}>
            {t("rates.clear")}
          </Button>
        )}
        <Button onPress={onClose}>{t("do.leave")}</Button>
      </div>
    </Dialog>
  );
}

/** Prices and restrictions, date by date. */
export function Rates() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/rates" });
  const from = search.from ?? house.today;
  const plans = house.view.rate_plans.filter((plan) => plan.kind === "nightly");
  const plan = plans.find((one) => one.code === search.plan) ?? plans[0];
  const {
    data: rows,
    error,
    refetch,
    isPlaceholderData,
  } = useQuery(calendarQuery(house.code, from, addDays(from, DAYS)));
  const [cell, setCell] = useState<Cell>();
  const limits = useLimits();
  const put = (next: Partial<typeof search>) =>
    void navigate({
      to: "/p/$property/rates",
      params: { property: house.code },
      search: { ...search, ...next },
      replace: true,
      resetScroll: false,
    });
  const shown = (rows ?? []).filter((row) => row.rate_plan === plan?.code);
  const dates = Array.from({ length: DAYS }, (_, at) => addDays(from, at));
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.rates")}</h1>
        <div className="rates-plan">
          <Select
            quiet
            label={t("rates.plan")}
            choices={plans.map((one) => ({ id: one.code, name: house.named(one) }))}
            value={plan?.code}
            onChange={(code) => put({ plan: code })}
          />
        </div>
        <Button look="icon" aria-label={t("chart.earlier")} onPress={() => put({ from: addDays(from, -7) })}>
          <ChevronLeft size={16} aria-hidden="true" />
        </Button>
        <Button onPress={() => put({ from: undefined })}>{t("chart.today")}</Button>
        <Button look="icon" aria-label={t("chart.later")} onPress={() => put({ from: addDays(from, 7) })}>
          <ChevronRight size={16} aria-hidden="true" />
        </Button>
        <span className="two num">{house.f.range(from, addDays(from, DAYS - 1))}</span>
        <span className="two">{plan && t(plan.inclusive ? "record.inclusive" : "record.exclusive")}</span>
      </div>
      {error && !rows ? (
        <Refusal error={error} retry={() => void refetch()} />
      ) : !rows ? (
        <Bones rows={4} />
      ) : shown.length === 0 ? (
        <Card label={t("nav.rates")}>
          <Empty title={t("rates.none")}>{t("rates.none_note")}</Empty>
        </Card>
      ) : (
        <Card
          title={plan ? house.named(plan) : ""}
          note={house.currency}
          className={isPlaceholderData ? "stale" : undefined}
        >
          <ScrollX>
            <table className="table rates-table">
              <thead>
                <tr>
                  <th scope="col">{t("rates.room_type")}</th>
                  {dates.map((date) => (
                    <th key={date} className={weekday(date) % 6 === 0 ? "weekend" : undefined}>
                      {house.f.weekday(date)}
                      <br />
                      <b>{house.f.day(date)}</b>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {shown.map((row) => (
                  <tr key={row.room_type}>
                    <th scope="row">{house.typeName(row.room_type)}</th>
                    {row.days.map((day) => {
                      const limit = limits(day);
                      const price = day.price == null ? "–" : house.money(day.price);
                      const left = t("rates.left", { count: day.left });
                      return (
                        <td key={day.date} className={weekday(day.date) % 6 === 0 ? "weekend" : undefined}>
                          <button
                            type="button"
                            className="cell num"
                            data-set={day.is_set || undefined}
                            onClick={() => setCell({ plan: row.rate_plan, type: row.room_type, day })}
                          >
                            <span className="vh">
                              {t("rates.cell", {
                                type: house.typeName(row.room_type),
                                date: house.f.longDay(day.date),
                              })}{" "}
                            </span>
                            <b>{price}</b>{" "}
                            <small className={limit.closed || day.left <= 0 ? "red" : undefined}>
                              {limit.text || left}
                            </small>
                            {limit.text && <span className="vh"> {left}</span>}
                          </button>
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollX>
        </Card>
      )}
      {cell && <CellDialog cell={cell} onClose={() => setCell(undefined)} />}
    </div>
  );
}
