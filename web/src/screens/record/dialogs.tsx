import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { availabilityQuery, freeRoomsQuery, roomsQuery } from "../../api/queries";
import { useTexts } from "../../i18n";
import { Bones, Button, Chip, Dialog, Field, Radios, Refusal, Select, Tick, useRested, Warning } from "../../kit";
import { DayField } from "../../kit/date";
import { say } from "../../kit/notices";
import { addDays, isDate, nightsBetween, readMoney } from "../../lib/format";
import { useHouse } from "../../lib/house";
import { roomTone } from "../../lib/words";
import { roomsOf, staysOf, type VisitView } from "./tally";
import { useAct } from "./visit";
import "./dialogs.css";

export interface ActDialogProps {
  view: VisitView;
  onClose: () => void;
}

/** Does something when the dialog opens. */
function useOnce(run: () => void) {
  const once = useRef(run);
  useEffect(() => once.current(), []);
}

function Conflict({ show }: { show: boolean }) {
  const t = useTexts();
  return show ? <Warning>{t("state.conflict")}</Warning> : null;
}

/** Which of a visit's windows can take a line. */
function useWindows(view: VisitView) {
  const t = useTexts();
  return view.consumption.folios
    .filter((folio) => folio.state === "open")
    .map((folio) => ({
      id: String(folio.window),
      name: folio.company
        ? t("folio.window_of", { n: folio.window, name: folio.company })
        : t("folio.window", { n: folio.window }),
    }));
}

/** Posts a charge. */
export function ChargeDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const currency = view.booking.reservation.currency;
  const codes = house.items;
  const windows = useWindows(view);
  const [code, setCode] = useState<string>();
  const [amount, setAmount] = useState("");
  const [quantity, setQuantity] = useState("1");
  const [reference, setReference] = useState("");
  const [window, setWindow] = useState<string>();
  const [tried, setTried] = useState(false);
  const minor = readMoney(amount, currency);
  const form = useAct(view.number, "charges", () => {
    say(
      t("folio.charged", {
        what: code ? house.codeName(code) : "",
        amount: minor === undefined ? "" : house.f.money(minor, currency),
      }),
    );
    onClose();
  });
  const send = () => {
    setTried(true);
    if (code && minor !== undefined)
      form.send({
        code,
        amount: minor,
        quantity: Math.max(1, Number(quantity) || 1),
        reference: reference.trim() || null,
        window: window ? Number(window) : null,
      });
  };
  return (
    <Dialog title={t("folio.charge")} note={t("folio.charge_note")} onClose={onClose}>
      <Conflict show={form.conflict} />
      <Select
        label={t("folio.item")}
        choices={codes}
        value={code}
        onChange={setCode}
        error={form.at("/code") ?? (tried && !code ? t("folio.choose_item") : undefined)}
        placeholder={t("folio.choose_item")}
      />
      <div className="fields">
        <Field
          label={t("folio.amount", { currency })}
          value={amount}
          onChange={setAmount}
          money
          inputMode="decimal"
          error={form.at("/amount") ?? (tried && minor === undefined ? t("folio.amount_form") : undefined)}
        />
        <Field
          label={t("folio.quantity")}
          value={quantity}
          onChange={setQuantity}
          inputMode="numeric"
          error={form.at("/quantity")}
        />
      </div>
      <div className="fields">
        <Field
          label={t("folio.reference")}
          value={reference}
          onChange={setReference}
          error={form.at("/reference")}
          help={t("word.optional")}
        />
        {windows.length > 1 && (
          <Select
            label={t("folio.to_window")}
            choices={windows}
            value={window}
            onChange={setWindow}
            error={form.at("/window")}
            placeholder={t("folio.by_routing")}
          />
        )}
      </div>
      {!form.conflict && <Refusal error={form.error} />}
      <div className="dialog-foot">
        <Button look="fill" busy={form.busy} onPress={send}>
          {minor === undefined
            ? t("folio.do_charge")
            : t("folio.do_charge_amount", { amount: house.f.money(minor, currency) })}
        </Button>
        <Button onPress={onClose}>{t("do.leave")}</Button>
      </div>
    </Dialog>
  );
}

/** Takes a payment. */
export function PayDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const currency = view.booking.reservation.currency;
  const { methods } = house;
  const open = view.consumption.folios.filter((folio) => folio.state === "open");
  const owed = open.find((folio) => folio.balance > 0);
  const windows = useWindows(view);
  const [code, setCode] = useState(methods[0]?.id);
  const [window, setWindow] = useState(String(owed?.window ?? 1));
  const [amount, setAmount] = useState(owed ? house.f.money(owed.balance, currency) : "");
  const [reference, setReference] = useState("");
  const [tried, setTried] = useState(false);
  const minor = readMoney(amount, currency);
  const form = useAct(view.number, "payments", () => {
    say(
      t("folio.paid_by", {
        what: code ? house.codeName(code) : "",
        amount: minor === undefined ? "" : house.f.money(minor, currency),
      }),
    );
    onClose();
  });
  const send = () => {
    setTried(true);
    if (code && minor !== undefined)
      form.send({ code, amount: minor, reference: reference.trim() || null, window: Number(window) });
  };
  return (
    <Dialog
      title={t("folio.pay")}
      note={t("folio.pay_note", { balance: house.f.money(view.consumption.balance, currency), currency })}
      onClose={onClose}
    >
      <Conflict show={form.conflict} />
      <Radios
        label={t("folio.method")}
        className="method-choices"
        optionClass="method"
        value={code}
        onChange={setCode}
        options={methods.map((one) => ({ id: one.id, text: one.name }))}
      />
      <div className="fields">
        <Field
          label={t("folio.amount", { currency })}
          value={amount}
          onChange={setAmount}
          money
          inputMode="decimal"
          error={form.at("/amount") ?? (tried && minor === undefined ? t("folio.amount_form") : undefined)}
        />
        {windows.length > 1 && (
          <Select
            label={t("folio.to_window")}
            choices={windows}
            value={window}
            onChange={(next) => {
              setWindow(next);
              const folio = open.find((one) => one.window === Number(next));
              if (folio && folio.balance > 0) setAmount(house.f.money(folio.balance, currency));
            }}
            error={form.at("/window")}
          />
        )}
        <Field
          label={t("folio.reference")}
          value={reference}
          onChange={setReference}
          error={form.at("/reference")}
          help={t("word.optional")}
        />
      </div>
      {!form.conflict && <Refusal error={form.error} />}
      <div className="dialog-foot">
        <Button look="fill" busy={form.busy} onPress={send}>
          {minor === undefined
            ? t("folio.do_pay")
            : t("folio.do_pay_amount", { amount: house.f.money(minor, currency) })}
        </Button>
        <Button onPress={onClose}>{t("do.leave")}</Button>
      </div>
    </Dialog>
  );
}

interface RoomPickProps {
  value: string | undefined;
  onChange: (room: string) => void;
  /** The type that was sold: its rooms come first. */
  type: string | undefined;
  /** From when until when the room has to be free. */
  from: string;
  to: string;
  /** The room that is set aside already: a choice although it is not free. */
  own?: string | undefined;
  auto?: boolean;
}

const READY: readonly string[] = ["inspected", "clean", "pickup", "dirty"];

/** The rooms that are free on all of the dates, of the right type first, the readiest first. */
export function useRoomChoices(type: string | undefined, from: string, to: string, own?: string) {
  const house = useHouse();
  const { data: free, error } = useQuery(freeRoomsQuery(house.code, from, to === from ? addDays(from, 1) : to));
  const { data: rooms } = useQuery(roomsQuery(house.code));
  const choices = useMemo(() => {
    const known = new Map((rooms ?? []).map((room) => [room.number, room]));
    const mine = own === undefined || free?.some((room) => room.number === own) ? undefined : known.get(own);
    return [...(mine ? [mine] : []), ...(free ?? [])]
      .filter((room) => READY.includes(room.state))
      .sort(
        (a, b) =>
          Number(b.number === own) - Number(a.number === own) ||
          Number(b.room_type === type) - Number(a.room_type === type) ||
          READY.indexOf(a.state) - READY.indexOf(b.state) ||
          a.number.localeCompare(b.number),
      );
  }, [free, rooms, type, own]);
  return { choices, rooms, error, waiting: free === undefined };
}

/** A choice of a free room. */
export function RoomPick({ value, onChange, type, from, to, own, auto }: RoomPickProps) {
  const t = useTexts();
  const house = useHouse();
  const { choices, rooms, error, waiting } = useRoomChoices(type, from, to, own);
  if (error) return <Refusal error={error} />;
  if (waiting) return <Bones rows={3} />;
  const occupied = new Set((rooms ?? []).filter((room) => room.occupied).map((room) => room.number));
  const options = [
    ...(auto
      ? [
          {
            id: "auto",
            text: (
              <span className="grow">
                <b>{t("room.auto")}</b> <span className="two">{t("room.auto_note")}</span>
              </span>
            ),
          },
        ]
      : []),
    ...choices.map((room) => ({
      id: room.number,
      text: (
        <span className="grow">
          <b className="num">{room.number}</b>
          <span className="two grow">
            {house.typeName(room.room_type)}
            {room.room_type === type ? "" : ` · ${t("room.other_type")}`}
            {room.number === own ? ` · ${t("room.set_aside")}` : ""}
          </span>
          {occupied.has(room.number) ? (
            <span className="two">{t("room.occupied")}</span>
          ) : (
            <Chip tone={roomTone[room.state]}>{t(`room_state.${room.state}`)}</Chip>
          )}
        </span>
      ),
    })),
  ];
  return (
    <Radios
      label={t("word.room")}
      className="room-choices"
      optionClass="room-choice"
      value={value}
      onChange={onChange}
      options={options}
    />
  );
}

/** Which of the visit's rooms in house; asked only where there are several. */
function useLine(view: VisitView) {
  const t = useTexts();
  const stays = staysOf(view).filter((stay) => stay.state === "in_house");
  const [line, setLine] = useState(stays[0]?.line ?? 1);
  const stay = stays.find((one) => one.line === line) ?? stays[0];
  const choice =
    stays.length > 1 ? (
      <Select
        label={t("word.room")}
        choices={stays.map((one) => ({ id: String(one.line), name: one.room_number }))}
        value={String(line)}
        onChange={(next) => setLine(Number(next))}
      />
    ) : null;
  return { stay, line, choice };
}

/** Moves the guest to another room. */
export function MoveDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const { stay, line, choice } = useLine(view);
  const [room, setRoom] = useState<string>();
  const [reason, setReason] = useState("");
  const [dirty, setDirty] = useState(false);
  const [tried, setTried] = useState(false);
  const form = useAct(view.number, "move", () => {
    say(t("act.moved", { from: stay?.room_number ?? "", to: room ?? "" }));
    onClose();
  });
  const type = house.view.rooms.find((one) => one.number === stay?.room_number)?.room_type;
  const send = () => {
    setTried(true);
    if (room && reason.trim() !== "") form.send({ room, reason: reason.trim(), line, accept_dirty: dirty });
  };
  return (
    <Dialog title={t("act.move")} note={t("act.move_note", { room: stay?.room_number ?? "" })} onClose={onClose} wide>
      <Conflict show={form.conflict} />
      {choice}
      <RoomPick value={room} onChange={setRoom} type={type} from={house.today} to={stay?.departure ?? house.tomorrow} />
      {(form.at("/room") || (tried && !room)) && <p className="field-error">{form.at("/room") ?? t("room.choose")}</p>}
      <Field
        label={t("word.reason")}
        value={reason}
        onChange={setReason}
        maxLength={200}
        error={form.at("/reason") ?? (tried && reason.trim() === "" ? t("act.reason_needed") : undefined)}
        placeholder={t("act.move_example")}
      />
      {form.code === "room_not_ready" && (
        <Tick ticked={dirty} onChange={setDirty}>
          {t("room.accept_dirty")}
        </Tick>
      )}
      {!form.conflict && <Refusal error={form.error} />}
      <div className="dialog-foot">
        <Button look="fill" busy={form.busy} onPress={send}>
          {room ? t("act.do_move", { room }) : t("act.move")}
        </Button>
        <Button onPress={onClose}>{t("do.leave")}</Button>
      </div>
    </Dialog>
  );
}

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
    <Dialog title={t("act.extend")} note={t("act.extend_note", { date: house.f.longDay(from) })} onClose={onClose}>
      <Conflict show={form.conflict} />
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
      {!form.conflict && <Refusal error={form.error} />}
      <div className="dialog-foot">
        <Button
          look="fill"
          busy={form.busy}
          isDisabled={added < 1 || date === ""}
          onPress={() => form.send({ departure: date, line })}
        >
          {t("act.do_extend", { count: Math.max(1, added || 1) })}
        </Button>
        <Button onPress={onClose}>{t("do.leave")}</Button>
      </div>
    </Dialog>
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
    <Dialog
      title={t("act.early")}
      note={stay && t("act.early_note", { from: house.f.longDay(stay.departure), to: house.f.longDay(house.today) })}
      onClose={onClose}
    >
      <Conflict show={form.conflict} />
      {choice}
      {!form.conflict && <Refusal error={form.error} />}
      <div className="dialog-foot">
        <Button look="fill" busy={form.busy} onPress={() => form.send({ departure: house.today, line })}>
          {t("act.do_early")}
        </Button>
        <Button onPress={onClose}>{t("do.leave")}</Button>
      </div>
    </Dialog>
  );
}

/** Sets a room aside before the guest comes. */
export function AssignDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const rooms = roomsOf(view).filter((room) => room.stay_id == null);
  const [line, setLine] = useState(rooms.find((room) => room.room_number == null)?.line ?? rooms[0]?.line ?? 1);
  const booked = rooms.find((room) => room.line === line);
  const [room, setRoom] = useState<string>(booked?.room_number ?? "auto");
  const form = useAct(view.number, "assign-room", (state) => {
    say(t("act.assigned", { room: state.rooms.find((one) => one.line === line)?.room ?? "" }));
    onClose();
  });
  return (
    <Dialog title={t("act.assign")} onClose={onClose} wide>
      <Conflict show={form.conflict} />
      {rooms.length > 1 && (
        <Select
          label={t("word.line")}
          choices={rooms.map((one) => ({
            id: String(one.line),
            name: t("word.line_n", { n: one.line, room: one.room_number ?? t("today.no_room") }),
          }))}
          value={String(line)}
          onChange={(next) => setLine(Number(next))}
        />
      )}
      <RoomPick
        value={room}
        onChange={setRoom}
        type={booked?.room_type}
        from={booked?.arrival ?? house.today}
        to={booked?.departure ?? house.tomorrow}
        own={booked?.room_number ?? undefined}
        auto
      />
      {form.at("/room") && <p className="field-error">{form.at("/room")}</p>}
      {!form.conflict && <Refusal error={form.error} />}
      <div className="dialog-foot">
        <Button look="fill" busy={form.busy} onPress={() => form.send({ line, room })}>
          {room === "auto" ? t("act.do_assign_auto") : t("act.do_assign", { room })}
        </Button>
        {booked?.room_number && (
          <Button busy={form.busy} onPress={() => form.send({ line, room: null })}>
            {t("act.release", { room: booked.room_number })}
          </Button>
        )}
        <Button onPress={onClose}>{t("do.leave")}</Button>
      </div>
    </Dialog>
  );
}

/** Calls a booking off; what it costs is said before. */
export function CancelDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const currency = view.booking.reservation.currency;
  const [reason, setReason] = useState("");
  const preview = useAct(view.number, "cancel");
  const form = useAct(view.number, "cancel", (state) => {
    say(t("act.cancelled", { amount: house.f.money(state.penalty, currency) }));
    onClose();
  });
  const { send, done, busy, error } = preview;
  useOnce(() => send({ preview: true }));
  const policies = [
    ...new Set(roomsOf(view).flatMap((room) => (room.terms.policy ? house.named(room.terms.policy) : []))),
  ];
  return (
    <Dialog
      title={t("act.cancel")}
      note={policies.length > 0 ? t("act.policy", { name: policies.join(t("word.comma")) }) : undefined}
      onClose={onClose}
    >
      <Conflict show={form.conflict} />
      {busy && <Bones rows={1} />}
      {done && (
        <p className="big-line">
          {t("act.penalty")}{" "}
          <b className="num">
            {currency} {house.f.money(done.penalty, currency)}
          </b>
        </p>
      )}
      <Field
        label={t("word.reason")}
        value={reason}
        onChange={setReason}
        maxLength={200}
        help={t("word.optional")}
        error={form.at("/reason")}
      />
      {!form.conflict && <Refusal error={form.error ?? error} />}
      <div className="dialog-foot">
        <Button
          look="fill"
          busy={form.busy}
          isDisabled={!done}
          onPress={() => form.send({ reason: reason.trim() || null })}
        >
          {done ? t("act.do_cancel_amount", { amount: house.f.money(done.penalty, currency) }) : t("act.cancel")}
        </Button>
        <Button onPress={onClose}>{t("do.leave")}</Button>
      </div>
    </Dialog>
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
    <Dialog title={t("act.change")} onClose={onClose}>
      <Conflict show={form.conflict} />
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
      {!form.conflict && <Refusal error={form.error ?? preview.error} />}
      <div className="dialog-foot">
        <Button look="fill" busy={form.busy} isDisabled={wrong || !asked} onPress={() => form.send(changes)}>
          {asked ? t("act.do_change", { amount: house.f.money(asked.total_after, currency) }) : t("act.change")}
        </Button>
        <Button onPress={onClose}>{t("do.leave")}</Button>
      </div>
    </Dialog>
  );
}
