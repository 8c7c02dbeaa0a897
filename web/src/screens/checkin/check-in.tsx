import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Check, ChevronLeft } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { act } from "../../api/client";
import { roomsQuery } from "../../api/queries";
import { useTexts } from "../../i18n";
import { Bones, Button, Chip, Empty, Field, Kbd, Radios, Refusal, ScrollX, Select, Tick, Warning } from "../../kit";
import { say } from "../../kit/notices";
import { addDays, latest, nightsBetween, readMoney } from "../../lib/format";
import { hoursOf } from "../../lib/hours";
import { useHouse } from "../../lib/house";
import { useKeys } from "../../lib/keys";
import { useStored } from "../../lib/stored";
import { word } from "../../lib/words";
import { RoomPick, useRoomChoices } from "../record/dialogs";
import { roomsOf, type VisitView } from "../record/tally";
import { useAct, useVisit } from "../record/visit";
import { type Companion, DocumentStep, profileOf } from "./document";
import "./checkin.css";

/** How many keys are made with the check-in; a desk without a lock system makes none. */
const KEYS = ["0", "1", "2", "3"] as const;
type Keys = (typeof KEYS)[number];

function DepositStep({ view }: { view: VisitView }) {
  const t = useTexts();
  const house = useHouse();
  const currency = view.booking.reservation.currency;
  const { methods } = house;
  const [amount, setAmount] = useState("");
  const [code, setCode] = useState(methods[0]?.id);
  const minor = readMoney(amount, currency);
  const form = useAct(view.number, "deposits/pay", () => {
    say(t("checkin.deposit_taken", { amount: minor === undefined ? "" : house.f.money(minor, currency) }));
    setAmount("");
  });
  const held = view.booking.deposit_held;
  return (
    <section className="card step-card" aria-label={t("checkin.deposit")}>
      <div className="step-head">
        <span className="step-no" data-done={held > 0 || undefined}>
          {held > 0 ? <Check size={14} aria-hidden="true" /> : "3"}
        </span>
        <h2>{t("checkin.deposit")}</h2>
        <span className="two">
          {held > 0
            ? t("checkin.held", { amount: house.f.money(held, currency), currency })
            : t("checkin.deposit_note")}
        </span>
      </div>
      <div className="step-body">
        <div className="fields">
          <Field
            label={t("folio.amount", { currency })}
            value={amount}
            onChange={setAmount}
            money
            inputMode="decimal"
            error={form.at("/amount") ?? (amount !== "" && minor === undefined ? t("folio.amount_form") : undefined)}
          />
          <Select
            label={t("folio.method")}
            choices={methods}
            value={code}
            onChange={setCode}
            error={form.at("/code")}
          />
          <div className="field-button">
            <Button
              busy={form.busy}
              isDisabled={minor === undefined || code === undefined}
              onPress={() => minor !== undefined && code && form.send({ amount: minor, code })}
            >
              {minor === undefined
                ? t("checkin.take_deposit")
                : t("checkin.take_deposit_amount", { amount: house.f.money(minor, currency) })}
            </Button>
          </div>
        </div>
        <Refusal error={form.error} />
      </div>
    </section>
  );
}

/** A night as it is charged; of one that is charged only if the desk says so, no more than its price is told. */
interface NightRow {
  night: string;
  room: number;
  service_fee?: number;
  tax?: number;
  total?: number;
}

/**
 * The nights that are over in the books of a guest who comes after the night audit: from which one on they can be charged, and what the stay comes to
 * then, as the server says it.
 */
function useLate(view: VisitView, room: VisitView["booking"]["rooms"][number], isByNight: boolean) {
  const house = useHouse();
  const is = isByNight && room.arrival < house.today;
  const last = room.departure > house.today ? house.today : addDays(room.departure, -1);
  const choices = is
    ? Array.from({ length: nightsBetween(room.arrival, last) + 1 }, (_, night) => addDays(room.arrival, night))
    : [];
  const [first, setFirst] = useState<string>();
  const preview = useAct(view.number, "check-in");
  const ask = useRef(preview.send);
  ask.current = preview.send;
  useEffect(() => {
    if (is) ask.current({ line: room.line, first_night: first ?? null, preview: true });
  }, [is, room.line, first]);
  const told = preview.done?.preview?.rooms[0];
  return { is, choices, setFirst, told, begins: told?.nights[0]?.date, busy: preview.busy, error: preview.error };
}

function CheckIn({ view, room }: { view: VisitView; room: VisitView["booking"]["rooms"][number] }) {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const { f } = house;
  const { data: rooms } = useQuery(roomsQuery(house.code));
  const sold = room.terms.kind === "part_day" ? (room.terms.hours ?? undefined) : undefined;
  const booked = hoursOf(room);
  const [untilBooked, setUntilBooked] = useState(false);
  // The hours of a guest by the hour begin now; who comes late may be given those that are left.
  const since = house.minuteOf(room.arrival);
  const whole = sold === undefined ? undefined : { from: since, until: since + sold * 60 };
  const isLate = whole !== undefined && booked !== undefined && since > booked.from && since < booked.until;
  const hours = whole && isLate && untilBooked ? { from: since, until: booked.until } : whole;
  const late = useLate(view, room, sold === undefined);
  // A channel may have told nobody how many come.
  const capacity = house.view.room_types.find((one) => one.code === room.room_type)?.capacity ?? 1;
  const begins = late.begins ?? room.arrival;
  const total = late.told?.total_after ?? room.total;
  const length = sold === undefined ? house.length(begins, room.departure) : t("hours.length", { count: sold });
  // Nobody needs a room for nights that are over.
  const from = latest(room.arrival, house.today);
  const { choices } = useRoomChoices(room.room_type, from, room.departure, room.room_number ?? undefined, hours);
  const [picked, setChosen] = useState<string>();
  // The room that was set aside, or else the readiest of the type that was sold.
  const chosen =
    picked ?? room.room_number ?? choices.find((one) => one.room_type === room.room_type)?.number ?? "auto";
  const [document, setDocument] = useState(false);
  const [rate, setRate] = useState(false);
  const [dates, setDates] = useState(false);
  const [typeRead, setTypeRead] = useState(false);
  const [dirty, setDirty] = useState(false);
  const [companions, setCompanions] = useState<Companion[]>([]);
  const currency = view.booking.reservation.currency;
  const verified = (view.guest.profile.documents ?? []).some((one) => one.verified === true);
  const to = useMemo(() => rooms?.find((one) => one.number === chosen), [rooms, chosen]);
  const sameType = chosen === "auto" || to?.room_type === room.room_type;
  const notReady = to !== undefined && to.state !== "clean" && to.state !== "inspected";
  const now = new Date().toISOString();
  const early =
    room.arrival !== room.departure &&
    f.dateOf(now, house.zone) === room.arrival &&
    since < house.view.property.check_in_minute;
  const [keys, setKeys] = useStored<Keys>("hefu.keys", "0");
  const form = useAct(view.number, "check-in", (state) => {
    const into = state.rooms.find((one) => one.line === room.line)?.room;
    say(t("checkin.done", { name: view.guest.profile.full_name ?? "", room: into ?? "" }));
    // The guest is in, whatever the locks say: keys can be made again from the record.
    if (keys !== "0")
      act(view.number, "keys", { line: room.line, count: Number(keys) }, { key: crypto.randomUUID() }).then(
        () => say(t("bill.keys_made")),
        (error: unknown) => say(error instanceof Error ? error.message : t("state.broken")),
      );
    void navigate({ to: "/p/$property/visits/$number", params: { property: house.code, number: view.number } });
  });
  const nights = view.consumption.to_come.filter((one) => one.line === room.line);
  const byMaster = nights.reduce((sum, one) => sum + one.by_master, 0);
  const rows: NightRow[] = late.told
    ? late.told.nights.map(
        ({ date, price }) => nights.find((one) => one.night === date) ?? { night: date, room: price },
      )
    : nights;
  const part = (amount: number | undefined) => (amount === undefined ? "–" : f.money(amount, currency));
  const confirmations = [
    {
      id: "document",
      is: document || verified,
      auto: verified,
      set: setDocument,
      how: t(verified ? "checkin.auto_document" : "checkin.look"),
      text: t("checkin.name_is", { name: view.guest.profile.full_name ?? "" }),
      press: t("checkin.press.document"),
    },
    {
      id: "type",
      is: sameType || typeRead,
      auto: sameType,
      set: setTypeRead,
      how: t(sameType ? "checkin.as_booked" : "checkin.tell"),
      text: t("checkin.type_is", {
        booked: house.typeName(room.room_type),
        room: chosen === "auto" ? t("room.auto") : chosen,
        type: house.typeName(to?.room_type ?? room.room_type),
      }),
      press: t("checkin.press.type"),
    },
    {
      id: "rate",
      is: rate,
      auto: false,
      set: setRate,
      how: t(rate ? "checkin.said" : "checkin.tell"),
      text: (
        <>
          {t("checkin.nights_total", { nights: length })}{" "}
          <span className="sum num">
            {currency} {f.money(total, currency)}
          </span>
          {sold !== undefined && room.terms.overrun && (
            <span className="meta block">{house.overrun(room.terms.overrun, currency)}</span>
          )}
        </>
      ),
      press: t("checkin.press.rate"),
    },
    {
      id: "dates",
      is: dates,
      auto: false,
      set: setDates,
      how: t(dates ? "checkin.said" : "checkin.tell"),
      text: hours
        ? t("hours.are", { date: f.longDay(room.arrival), hours: house.hours(hours), length })
        : t("checkin.dates_are", {
            from: f.longDay(begins),
            to: f.longDay(room.departure),
            nights: length,
            time: f.minute(house.view.property.check_out_minute),
          }),
      press: t("checkin.press.dates"),
    },
  ] as const;
  const next = confirmations.find((one) => !one.is);
  const done = confirmations.filter((one) => one.is).length;
  const blocked = notReady && !dirty;
  const waiting = late.is && late.begins === undefined;
  const guests = companions.filter((one) => one.name.trim() !== "");
  const send = () =>
    form.send({
      line: room.line,
      room: chosen,
      accept_early: early,
      accept_dirty: dirty,
      until_booked: isLate && untilBooked,
      first_night: late.is ? begins : null,
      ...(guests.length > 0
        ? {
            guests: [
              { guest: { id: view.guest.id }, role: "primary" },
              ...guests.map((one) => ({
                guest: { profile: profileOf(one) },
                role: "accompanying" as const,
              })),
            ],
          }
        : {}),
    });
  const press = () => {
    if (next) next.set(true);
    else if (!blocked && !waiting) send();
  };
  const leave = () =>
    void navigate({ to: "/p/$property/visits/$number", params: { property: house.code, number: view.number } });
  useKeys([
    { key: " ", says: t("keys.confirm"), run: () => next?.set(true) },
    { key: "Escape", says: t("checkin.leave"), run: leave },
  ]);
  return (
    <>
      <header className="bar-head">
        <Button look="bare" aria-label={t("checkin.leave")} onPress={leave}>
          <ChevronLeft size={16} aria-hidden="true" />
        </Button>
        <h1>{t("checkin.title")}</h1>
        <b>{view.guest.profile.full_name}</b>
        <span className="num two">{view.number}</span>
        <Chip>{word(t, "channel", view.booking.reservation.channel)}</Chip>
        {view.points && <Chip>{word(t, "tier", view.points.membership.tier)}</Chip>}
        <div className="tools wide-only">
          <Button hotkey="Esc" onPress={leave}>
            {t("checkin.leave")}
          </Button>
        </div>
      </header>
      <div className="page">
        <div className="two-pane">
          <div>
            <DocumentStep
              view={view}
              matched={document || verified}
              onMatched={setDocument}
              companions={companions}
              onCompanions={setCompanions}
              places={room.adults + room.children || capacity}
            />
            <section className="card step-card" aria-label={t("checkin.room")}>
              <div className="step-head">
                <span className="step-no" data-now>
                  2
                </span>
                <h2>{t("checkin.room")}</h2>
                <span className="two">
                  {t("checkin.booked", {
                    type: house.typeName(room.room_type),
                    plan: room.rate_plan ? house.planName(room.rate_plan) : "–",
                  })}
                </span>
              </div>
              <div className="step-body">
                <RoomPick
                  value={chosen}
                  onChange={setChosen}
                  type={room.room_type}
                  from={from}
                  to={room.departure}
                  own={room.room_number ?? undefined}
                  auto
                  hours={hours}
                />
                {form.at("/room") && <p className="field-error">{form.at("/room")}</p>}
                {notReady && to && (
                  <Warning>
                    <Tick ticked={dirty} onChange={setDirty}>
                      <span>{t("checkin.dirty", { room: to.number, state: t(`room_state.${to.state}`) })}</span>
                    </Tick>
                  </Warning>
                )}
                {isLate && (
                  <div>
                    <p className="two">{t("hours.late", { time: house.clock(booked.from) })}</p>
                    <Tick ticked={untilBooked} onChange={setUntilBooked}>
                      {t("hours.until_booked", { time: house.clock(booked.until) })}
                    </Tick>
                  </div>
                )}
                {late.is && (
                  <div>
                    <p className="two">{t("checkin.late", { nights: house.length(room.arrival, from) })}</p>
                    <Radios
                      label={t("checkin.late_choice")}
                      className="room-choices"
                      optionClass="room-choice"
                      value={late.begins}
                      onChange={(next) => {
                        late.setFirst(next);
                        setRate(false);
                        setDates(false);
                      }}
                      options={late.choices.map((day) => ({
                        id: day,
                        disabled: late.busy,
                        text:
                          day === room.arrival
                            ? t("checkin.late_all", { date: f.longDay(day) })
                            : t("checkin.late_from", {
                                date: f.longDay(day),
                                nights: house.length(room.arrival, day),
                              }),
                      }))}
                    />
                    <Refusal error={late.error} />
                  </div>
                )}
                {early && (
                  <Warning>{t("checkin.early", { time: f.minute(house.view.property.check_in_minute) })}</Warning>
                )}
                <ScrollX>
                  <table className="table quote">
                    <thead>
                      <tr>
                        <th scope="col">{t(sold === undefined ? "word.night" : "date.part_day")}</th>
                        <th scope="col" className="end">
                          {t("word.rate")}
                        </th>
                        <th scope="col" className="end">
                          {t("word.fee")}
                        </th>
                        <th scope="col" className="end">
                          {t("word.tax")}
                        </th>
                        <th scope="col" className="end">
                          {t("word.total", { currency })}
                        </th>
                      </tr>
                    </thead>
                    <tbody>
                      {rows.map((night) => (
                        <tr key={night.night}>
                          <td className="nowrap">
                            {f.longDay(night.night)}
                            {hours && <span className="two num"> {house.hours(hours)}</span>}
                          </td>
                          <td className="end num">{f.money(night.room, currency)}</td>
                          <td className="end num">{part(night.service_fee)}</td>
                          <td className="end num">{part(night.tax)}</td>
                          <td className="end num">{part(night.total)}</td>
                        </tr>
                      ))}
                    </tbody>
                    <tfoot>
                      <tr>
                        <td colSpan={4}>{length}</td>
                        <td className="end num">{f.money(total, currency)}</td>
                      </tr>
                    </tfoot>
                  </table>
                </ScrollX>
              </div>
            </section>
            <DepositStep view={view} />
            <section className="card step-card" aria-label={t("care.keys")}>
              <div className="step-head">
                <span className="step-no">4</span>
                <h2>{t("care.keys")}</h2>
                <Radios<Keys>
                  label={t("care.keys")}
                  className="segments"
                  optionClass="segment segment-radio"
                  value={keys}
                  onChange={setKeys}
                  options={KEYS.map((id) => ({
                    id,
                    text: id === "0" ? t("care.keys_none") : t("care.keys_n", { count: Number(id) }),
                  }))}
                />
              </div>
            </section>
          </div>
          <div>
            <section className="card card-clip" aria-label={t("checkin.four")}>
              <div className="card-head">
                <h2>{t("checkin.four")}</h2>
                <div className="tools num two">{t("word.of", { done, all: 4 })}</div>
              </div>
              {confirmations.map((one) => (
                <div
                  key={one.id}
                  className="confirm"
                  data-now={one === next || undefined}
                  data-auto={one.auto || undefined}
                >
                  <Tick ticked={one.is} onChange={one.set} disabled={one.auto} label={t(`checkin.confirm.${one.id}`)} />
                  <b>{t(`checkin.confirm.${one.id}`)}</b>
                  <span className="how" data-ok={one.is || undefined}>
                    {one.how}
                  </span>
                  <p>{one.text}</p>
                </div>
              ))}
              <div className="confirm-sums">
                {view.booking.deposit_held > 0 && (
                  <div className="sum-line">
                    <span>{t("word.deposit")}</span>
                    <b className="num">{f.money(view.booking.deposit_held, currency)}</b>
                  </div>
                )}
                {byMaster !== 0 && (
                  <div className="sum-line">
                    <span>{t("record.by_master")}</span>
                    <b className="num">{f.money(byMaster, currency)}</b>
                  </div>
                )}
                {/* The record knows what is charged if nobody says otherwise. */}
                {(!late.is || nights[0]?.night === late.begins) && (
                  <div className="sum-line">
                    <span>{t("record.at_check_out")}</span>
                    <b className="num big">{f.money(view.consumption.at_check_out, currency)}</b>
                  </div>
                )}
                {form.conflict ? <Warning>{t("state.conflict")}</Warning> : <Refusal error={form.failure} />}
                <Button
                  look="fill"
                  size="main"
                  wide
                  busy={form.busy}
                  isDisabled={next === undefined && (blocked || waiting)}
                  onPress={press}
                >
                  {next ? next.press : t("checkin.do", { room: chosen === "auto" ? t("room.auto") : chosen })}
                  {next && <Kbd>Space</Kbd>}
                </Button>
                <p className="meta">
                  {next ? t("checkin.after") : blocked ? t("checkin.blocked") : t("checkin.undoable")}
                </p>
              </div>
            </section>
          </div>
        </div>
      </div>
    </>
  );
}

/** Check-in on one page: document, room and rate, deposit, and the four confirmations. */
export function CheckInScreen() {
  const t = useTexts();
  const house = useHouse();
  const { number } = useParams({ from: "/p/$property/visits/$number/check-in" });
  const { line } = useSearch({ from: "/p/$property/visits/$number/check-in" });
  const { view, error, again } = useVisit(number);
  if (error) {
    return (
      <div className="page">
        <Refusal error={error} retry={again} />
      </div>
    );
  }
  if (!view) return <Bones rows={6} />;
  const rooms = roomsOf(view);
  const room = rooms.find((one) => (line === undefined ? one.stay_id == null : one.line === line));
  if (!room || room.stay_id != null) {
    return (
      <div className="page">
        <Empty
          title={t("checkin.already")}
          action={
            <Link
              className="btn"
              to="/p/$property/visits/$number"
              params={{ property: house.code, number: view.number }}
            >
              {t("checkin.to_record")}
            </Link>
          }
        />
      </div>
    );
  }
  return <CheckIn view={view} room={room} key={`${view.number}/${room.line}`} />;
}
