import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { availabilityQuery } from "../../../api/queries";
import { useTexts } from "../../../i18n";
import { Select, useRested } from "../../../kit";
import { DayField } from "../../../kit/date";
import { FormDialog } from "../../../kit/form";
import { say } from "../../../kit/notices";
import { addDays, isDate, nightsBetween } from "../../../lib/format";
import { useHouse } from "../../../lib/house";
import { roomsOf } from "../tally";
import { useAct } from "../visit";
import type { ActDialogProps } from "./act";
import { useLine } from "./line";

/** Lets the guest stay longer. */
export function ExtendDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const { stay, line, choice } = useLine(view);
  const [date, setDate] = useState(stay ? addDays(stay.departure, 1) : house.tomorrow);
  const from = stay?.departure ?? house.today;
  const type = house.view.rooms.find((one) => one.number === stay?.room_number)?.room_type;
  const { data: left } = useQuery(availabilityQuery(house.code, from, addDays(from, 7)));
  const added = nightsBetween(from, date);
  const form = useAct(view.number, "extend", () => {
    say(t("act.extended", { date: house.f.longDay(date) }));
    onClose();
  });
  return (
    <FormDialog
      title={t("act.extend")}
      note={t("act.extend_note", { date: house.f.longDay(from) })}
      onClose={onClose}
      form={form}
      action={t("act.do_extend", { count: Math.max(1, added || 1) })}
      onSend={() => form.send({ departure: date, line })}
      isDisabled={added < 1 || date === ""}
    >
      {choice}
      <DayField
        label={t("act.new_departure")}
        value={date}
        min={addDays(from, 1)}
        onChange={setDate}
        error={
          form.at("/departure") ?? (date !== "" && added < 1 ? t("act.after", { date: house.f.day(from) }) : undefined)
        }
      />
      {left && type && (
        <div>
          <p className="meta">{t("act.left_of", { type: house.typeName(type) })}</p>
          <ul className="left-nights">
            {left
              .filter((one) => one.room_type === type)
              .map((one) => (
                <li key={one.night} className={one.left <= 0 ? "red" : undefined}>
                  <span>{house.f.day(one.night)}</span> <b className="num">{one.left}</b>
                </li>
              ))}
          </ul>
        </div>
      )}
    </FormDialog>
  );
}

/** Lets the guest leave before the agreed date. */
export function EarlyDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const { stay, line, choice } = useLine(view);
  const form = useAct(view.number, "early-departure", () => {
    say(t("act.shortened", { date: house.f.longDay(house.today) }));
    onClose();
  });
  return (
    <FormDialog
      title={t("act.early")}
      note={stay && t("act.early_note", { from: house.f.longDay(stay.departure), to: house.f.longDay(house.today) })}
      onClose={onClose}
      form={form}
      action={t("act.do_early")}
      onSend={() => form.send({ departure: house.today, line })}
    >
      {choice}
    </FormDialog>
  );
}

/** Changes the dates of a booking; what it comes to is said before. */
export function ChangeDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const currency = view.booking.reservation.currency;
  const rooms = roomsOf(view).filter((room) => room.stay_id == null);
  const first = rooms[0];
  const [arrival, setArrival] = useState(first?.arrival ?? house.today);
  const [departure, setDeparture] = useState(first?.departure ?? house.tomorrow);
  const [line, setLine] = useState(first?.line ?? 1);
  const changes = { rooms: [{ line, arrival, departure }] };
  const preview = useAct(view.number, "change");
  const form = useAct(view.number, "change", () => {
    say(t("act.changed", { range: house.f.range(arrival, departure) }));
    onClose();
  });
  const asked = preview.done?.preview;
  const nights = nightsBetween(arrival, departure);
  const wrong = nights < 0 || Number.isNaN(nights);
  const ask = useRef(preview.send);
  ask.current = preview.send;
  const rested = useRested(`${line}|${arrival}|${departure}`, 250);
  useEffect(() => {
    const [of = "1", from = "", to = ""] = rested.split("|");
    if (isDate(from) && isDate(to) && from <= to)
      ask.current({ rooms: [{ line: Number(of), arrival: from, departure: to }], preview: true });
  }, [rested]);
  return (
    <FormDialog
      title={t("act.change")}
      onClose={onClose}
      form={form}
      action={asked ? t("act.do_change", { amount: house.f.money(asked.total_after, currency) }) : t("act.change")}
      onSend={() => form.send(changes)}
      isDisabled={wrong || !asked}
      error={preview.error}
    >
      {rooms.length > 1 && (
        <Select
          label={t("word.line")}
          choices={rooms.map((one) => ({
            id: String(one.line),
            name: t("word.line_n", { n: one.line, room: house.typeName(one.room_type) }),
          }))}
          value={String(line)}
          onChange={(next) => setLine(Number(next))}
        />
      )}
      <div className="fields">
        <DayField
          label={t("word.arrival")}
          value={arrival}
          onChange={setArrival}
          error={form.at("/rooms/0/arrival") ?? preview.at("/rooms/0/arrival")}
        />
        <DayField
          label={t("word.departure")}
          value={departure}
          onChange={setDeparture}
          error={
            form.at("/rooms/0/departure") ??
            preview.at("/rooms/0/departure") ??
            (wrong ? t("act.after", { date: house.f.day(arrival) }) : undefined)
          }
        />
      </div>
      {asked && (
        <dl className="facts">
          <dt>{t("act.total_before")}</dt>
          <dd className="num">{house.f.money(asked.total, currency)}</dd>
          <dt>{t("act.total_after")}</dt>
          <dd className="num">
            <b>
              {currency} {house.f.money(asked.total_after, currency)}
            </b>
          </dd>
        </dl>
      )}
    </FormDialog>
  );
}
