import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schema } from "../../../api/client";
import { quoteQuery } from "../../../api/queries";
import { useTexts } from "../../../i18n";
import { Bones, Empty, Field, Radios, Refusal, Select, useRested } from "../../../kit";
import { DayField } from "../../../kit/date";
import { FormDialog } from "../../../kit/form";
import { say } from "../../../kit/notices";
import { addDays, isDate, latest } from "../../../lib/format";
import { useHouse } from "../../../lib/house";
import { useAct } from "../visit";
import type { ActDialogProps } from "./act";
import { useGuestChoice } from "./guest";
import "../dialogs.css";

/** How many people, as typed: a number from the least up to 20. */
function readPeople(text: string, least: number): number | undefined {
  const n = /^\d{1,2}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return n >= least && n <= 20 ? n : undefined;
}

/** Adds a room to a reservation, at the price of today. */
export function AddRoomDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const { reservation } = view.booking;
  const first = latest(reservation.arrival, house.today);
  const [arrival, setArrival] = useState(first);
  const [departure, setDeparture] = useState(latest(reservation.departure, addDays(first, 1)));
  const [adults, setAdults] = useState("2");
  const [children, setChildren] = useState("0");
  const [chosen, setChosen] = useState<string>();
  const people = { adults: readPeople(adults, 1), children: readPeople(children, 0) };
  const areDates = isDate(arrival) && isDate(departure) && arrival < departure;
  const isRead = areDates && people.adults !== undefined && people.children !== undefined;
  const wanted = isRead ? JSON.stringify([arrival, departure, people.adults, people.children]) : "";
  const rested = useRested(wanted, 200);
  const [from, to, grown, small] = (rested === "" ? [] : JSON.parse(rested)) as [string?, string?, number?, number?];
  const input: Schema<"QuoteInput"> | undefined =
    from !== undefined && to !== undefined
      ? { arrival: from, departure: to, adults: grown, children: small, channel: reservation.channel }
      : undefined;
  const { data: quote, error, isPlaceholderData } = useQuery(quoteQuery(house.code, input));
  const keyOf = (offer: Schema<"Offer">) => `${offer.room_type}/${offer.rate_plan}`;
  const open = (quote?.offers ?? []).filter((offer) => offer.refusals.length === 0);
  const offers = open.sort((a, b) => a.total - b.total);
  const offer = offers.find((one) => keyOf(one) === chosen) ?? offers[0];
  const form = useAct(view.number, "add-room", () => {
    say(t("party.room_added", { type: offer ? house.typeName(offer.room_type) : "" }));
    onClose();
  });
  const wrong = !areDates ? t("act.after", { date: isDate(arrival) ? house.f.day(arrival) : "" }) : undefined;
  // What is sent is what was quoted.
  const room: Schema<"RoomRequest"> | undefined =
    offer && input && wanted === rested && !isPlaceholderData
      ? {
          room_type: offer.room_type,
          rate_plan: offer.rate_plan,
          arrival: input.arrival,
          departure: input.departure,
          adults: grown,
          children: small,
        }
      : undefined;
  return (
    <FormDialog
      title={t("party.add_room_title")}
      note={t("party.add_room_note")}
      onClose={onClose}
      wide
      form={form}
      action={offer ? t("party.do_add_room", { amount: house.money(offer.total) }) : t("party.add_room_title")}
      onSend={() => room && form.send({ room })}
      isDisabled={!room}
    >
      <div className="fields">
        <DayField
          label={t("word.arrival")}
          value={arrival}
          onChange={setArrival}
          min={house.today}
          error={form.at("/room/arrival")}
        />
        <DayField
          label={t("word.departure")}
          value={departure}
          onChange={setDeparture}
          error={form.at("/room/departure") ?? wrong}
        />
        <Field
          label={t("book.adults")}
          value={adults}
          onChange={setAdults}
          inputMode="numeric"
          error={form.at("/room/adults") ?? (people.adults === undefined ? t("party.people_form") : undefined)}
        />
        <Field
          label={t("book.children")}
          value={children}
          onChange={setChildren}
          inputMode="numeric"
          error={form.at("/room/children") ?? (people.children === undefined ? t("party.people_form") : undefined)}
        />
      </div>
      {error && !quote ? (
        <Refusal error={error} />
      ) : !quote ? (
        <Bones rows={3} />
      ) : offers.length === 0 ? (
        <Empty title={t("book.no_offers")}>{t("book.no_offers_note")}</Empty>
      ) : (
        <Radios
          label={t("book.offers")}
          className="room-choices"
          optionClass="room-choice"
          value={offer && keyOf(offer)}
          onChange={setChosen}
          options={offers.map((one) => ({
            id: keyOf(one),
            text: (
              <span className="grow">
                <b>{house.typeName(one.room_type)}</b>
                <span className="two grow">{house.planName(one.rate_plan)}</span>
                <span className="two">{t("book.left", { count: one.left })}</span>
                <b className="num">{house.money(one.total)}</b>
              </span>
            ),
          }))}
        />
      )}
    </FormDialog>
  );
}

/** Takes a room out of a reservation: it becomes one of its own, or belongs to another one. */
export function PartDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const { reservation, rooms: all } = view.booking;
  const rooms = all.filter((room) => room.stay_id == null && room.state !== "cancelled" && room.state !== "no_show");
  const [line, setLine] = useState(rooms.at(-1)?.line);
  const [to, setTo] = useState<"own" | "other">("own");
  const [number, setNumber] = useState("");
  const [tried, setTried] = useState(false);
  const room = rooms.find((one) => one.line === line) ?? rooms.at(-1);
  const done = (key: "party.parted" | "party.moved") => (state: Schema<"VisitState">) => {
    const { moved } = state;
    if (moved) {
      say(t(key, { number: moved.number }));
      if (moved.deposits_left !== 0)
        say(
          t("party.deposits_left", {
            amount: `${reservation.currency} ${house.f.money(moved.deposits_left, reservation.currency)}`,
          }),
        );
    }
    onClose();
  };
  const split = useAct(view.number, "split-room", done("party.parted"));
  const move = useAct(view.number, "move-room", done("party.moved"));
  const form = to === "own" ? split : move;
  const booker = { id: reservation.guest_id, name: view.guest.profile.full_name ?? "–" };
  const who = useGuestChoice(split, tried, [booker]);
  const send = () => {
    setTried(true);
    if (!room) return;
    if (to === "other") {
      if (number.trim() !== "") move.send({ line: room.line, to: number.trim() });
    } else if (who.guest) {
      const isBooker = "id" in who.guest && who.guest.id === reservation.guest_id;
      split.send({ line: room.line, guest: isBooker ? null : who.guest });
    }
  };
  return (
    <FormDialog
      title={t("party.part_title")}
      note={t("party.part_note")}
      onClose={onClose}
      form={form}
      action={t(to === "own" ? "party.do_part_own" : "party.do_part_other")}
      onSend={send}
      isDisabled={!room}
    >
      {rooms.length > 1 && (
        <Select
          label={t("word.line")}
          choices={rooms.map((one) => ({
            id: String(one.line),
            name: t("word.line_n", { n: one.line, room: one.room_number ?? house.typeName(one.room_type) }),
          }))}
          value={String(room?.line)}
          onChange={(next) => setLine(Number(next))}
          error={form.at("/line")}
        />
      )}
      <Radios
        label={t("party.part_to")}
        className="method-choices"
        optionClass="method"
        value={to}
        onChange={setTo}
        options={[
          { id: "own", text: t("party.part_own") },
          { id: "other", text: t("party.part_other") },
        ]}
      />
      {to === "own" ? (
        <>
          <h3 className="part">{t("party.part_whose")}</h3>
          {who.fields}
        </>
      ) : (
        <Field
          label={t("party.part_number")}
          value={number}
          onChange={setNumber}
          maxLength={200}
          inputMode="numeric"
          error={move.at("/to") ?? (tried && number.trim() === "" ? t("party.part_needed") : undefined)}
        />
      )}
    </FormDialog>
  );
}
