import { useState } from "react";
import { useTexts } from "../../../i18n";
import { Button, Chip, Field, Radios, Refusal, Select, Tick } from "../../../kit";
import { DayField } from "../../../kit/date";
import { FormDialog } from "../../../kit/form";
import { say } from "../../../kit/notices";
import { ReasonField, useTyped } from "../../../kit/typed";
import { isDate } from "../../../lib/format";
import { useHouse } from "../../../lib/house";
import { staysOf, type VisitView } from "../tally";
import { useAct } from "../visit";
import type { ActDialogProps } from "./act";
import { useGuestChoice } from "./guest";
import { useLine } from "./line";
import { nameOf, nightsOf, readPrices, sharersOf } from "./share";
import "../dialogs.css";

/** The windows that charges of somebody who shares a room may have: the first is the booker's. */
const WINDOWS = ["2", "3", "4", "5", "6", "7", "8"] as const;
const NONE = "none";

/** Lets another guest into a room, with a stay and a window of their own. */
export function ShareDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const currency = view.booking.reservation.currency;
  const { stay, line, choice } = useLine(view);
  const until = stay?.departure ?? house.tomorrow;
  const [typedDeparture, setDeparture] = useState<string>();
  const departure = typedDeparture ?? until;
  const [pays, setPays] = useState<"not" | "own">("not");
  const [text, setText] = useState("");
  const [window, setWindow] = useState<string>(NONE);
  const [tried, setTried] = useState(false);
  const nights = isDate(departure) ? nightsOf(house.today, departure) : 1;
  const prices = pays === "own" ? readPrices(text, nights, currency) : undefined;
  const form = useAct(view.number, "share", () => {
    say(t("party.shared", { name: who.name, room: stay?.room_number ?? "" }));
    onClose();
  });
  const who = useGuestChoice(form, tried);
  const send = () => {
    setTried(true);
    if (!who.guest || (pays === "own" && !prices)) return;
    form.send({
      line,
      guest: who.guest,
      departure: departure === until ? null : departure,
      window: window === NONE ? null : Number(window),
      prices: prices ?? null,
    });
  };
  return (
    <FormDialog
      title={t("party.share_title")}
      note={t("party.share_note", { room: stay?.room_number ?? "" })}
      onClose={onClose}
      form={form}
      action={t("party.do_share", { room: stay?.room_number ?? "" })}
      onSend={send}
    >
      {choice}
      {who.fields}
      <div className="fields">
        <DayField
          label={t("party.leaves")}
          value={departure}
          onChange={setDeparture}
          min={house.today}
          error={form.at("/departure")}
        />
        <Select
          label={t("party.window")}
          choices={[
            { id: NONE, name: t("party.window_none") },
            ...WINDOWS.map((id) => ({ id, name: t("folio.window", { n: id }) })),
          ]}
          value={window}
          onChange={setWindow}
          error={form.at("/window")}
        />
      </div>
      <Radios
        label={t("party.pays")}
        className="method-choices"
        optionClass="method"
        value={pays}
        onChange={setPays}
        options={[
          { id: "not", text: t("party.pays_not") },
          { id: "own", text: t("party.pays_own") },
        ]}
      />
      {pays === "own" && (
        <Field
          label={t("party.price", { currency })}
          value={text}
          onChange={setText}
          help={t("party.price_help", { count: nights })}
          error={form.at("/prices") ?? (tried && !prices ? t("party.price_form") : undefined)}
        />
      )}
    </FormDialog>
  );
}

/** Checks out one of those who share a room; the others stay on. */
export function LeaveDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const stays = sharersOf(staysOf(view));
  const [chosen, setChosen] = useState(stays.find((stay) => stay.share_of != null)?.id ?? stays[0]?.id);
  const [owes, setOwes] = useState(false);
  const stay = stays.find((one) => one.id === chosen) ?? stays[0];
  const name = stay ? nameOf(stay) : "";
  const form = useAct(view.number, "check-out", () => {
    say(t("party.left", { name }));
    onClose();
  });
  return (
    <FormDialog
      title={t("party.leave_title")}
      note={t("party.leave_note")}
      onClose={onClose}
      form={form}
      action={t("party.do_leave", { name })}
      onSend={() => stay && form.send({ line: stay.line, stay: stay.id, allow_balance: owes })}
      isDisabled={!stay}
    >
      <Radios
        label={t("party.leave_who")}
        className="room-choices"
        optionClass="room-choice"
        value={stay?.id}
        onChange={setChosen}
        options={stays.map((one) => ({
          id: one.id,
          text: (
            <span className="grow">
              <b>{nameOf(one)}</b>
              <span className="two num">{t("word.room_n", { room: one.room_number })}</span>
              <span className="two">{t("party.leave_until", { date: house.f.day(one.departure) })}</span>
            </span>
          ),
        }))}
      />
      {(form.code === "balance_due" || owes) && (
        <Tick ticked={owes} onChange={setOwes}>
          {t("party.leave_balance")}
        </Tick>
      )}
    </FormDialog>
  );
}

type Stay = VisitView["stay"][number];
const PARTS = ["accompanying", "primary", "instead"] as const;

/** One of the people in a stay, with what can be done about them. */
function Person({ view, stay, person }: { view: VisitView; stay: Stay; person: Stay["guests"][number] }) {
  const t = useTexts();
  const name = person.guest.profile.full_name ?? "–";
  const primary = useAct(view.number, "primary-guest", () => say(t("party.made_primary", { name })));
  const remove = useAct(view.number, "remove-guest", () => say(t("party.removed", { name })));
  const of = { line: stay.line, stay: stay.id };
  return (
    <li>
      <span className="grow">
        {name}
        <Refusal error={primary.error ?? remove.error} />
      </span>
      {person.role === "primary" ? (
        <Chip>{t("party.primary")}</Chip>
      ) : (
        <>
          <Button
            size="row"
            busy={primary.busy}
            onPress={() => primary.send({ ...of, guest: { id: person.guest.id } })}
          >
            {t("party.make_primary")}
          </Button>
          <Button size="row" busy={remove.busy} onPress={() => remove.send({ ...of, guest: person.guest.id })}>
            {t("party.remove")}
          </Button>
        </>
      )}
    </li>
  );
}

/** The people of a stay: who it is registered to, who else is there, and who comes or goes. */
export function PeopleDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const stays = staysOf(view).filter((stay) => stay.state === "in_house");
  const [chosen, setChosen] = useState(stays[0]?.id);
  const [as, setAs] = useState<(typeof PARTS)[number]>("accompanying");
  const [tried, setTried] = useState(false);
  const stay = stays.find((one) => one.id === chosen) ?? stays[0];
  const room = stay?.room_number ?? "";
  const done = () => {
    say(t(as === "accompanying" ? "party.added" : "party.made_primary", { name: who.name, room }));
    onClose();
  };
  const add = useAct(view.number, "add-guest", done);
  const primary = useAct(view.number, "primary-guest", done);
  const form = as === "accompanying" ? add : primary;
  const who = useGuestChoice(form, tried);
  const send = () => {
    setTried(true);
    if (!stay || !who.guest) return;
    const of = { line: stay.line, stay: stay.id, guest: who.guest };
    if (as === "accompanying") add.send(of);
    else primary.send({ ...of, replace: as === "instead" });
  };
  return (
    <FormDialog
      title={t("party.people_title", { room })}
      note={t("party.people_note")}
      onClose={onClose}
      form={form}
      action={as === "accompanying" ? t("party.do_add", { room }) : t("party.make_primary")}
      onSend={send}
      isDisabled={!stay}
    >
      {stays.length > 1 && (
        <Select
          label={t("party.stay")}
          choices={stays.map((one) => ({ id: one.id, name: `${one.room_number} ${nameOf(one)}` }))}
          value={stay?.id}
          onChange={setChosen}
        />
      )}
      {stay && (
        <ul className="lines boxed">
          {stay.guests.map((person) => (
            <Person key={person.guest.id} view={view} stay={stay} person={person} />
          ))}
        </ul>
      )}
      <h3 className="part">{t("party.add")}</h3>
      {who.fields}
      <Radios
        label={t("party.as")}
        className="method-choices"
        optionClass="method"
        value={as}
        onChange={setAs}
        options={PARTS.map((id) => ({ id, text: t(`party.as_${id}`) }))}
      />
    </FormDialog>
  );
}

/** Makes another guest the booker: one who stays here, or somebody else. */
export function BookerDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const typed = useTyped({ reason: "" });
  const [tried, setTried] = useState(false);
  const people = new Map(
    staysOf(view)
      .flatMap((stay) => stay.guests)
      .filter((one) => one.guest.id !== view.booking.reservation.guest_id)
      .map((one) => [one.guest.id, { id: one.guest.id, name: one.guest.profile.full_name ?? "–" }]),
  );
  const form = useAct(view.number, "booker", () => {
    say(t("party.booker_changed", { name: who.name }));
    onClose();
  });
  const who = useGuestChoice(form, tried, [...people.values()]);
  return (
    <FormDialog
      title={t("party.booker_title")}
      note={t("party.booker_note")}
      onClose={onClose}
      form={form}
      action={t("party.do_booker")}
      onSend={() => {
        setTried(true);
        if (who.guest) form.send({ guest: who.guest, reason: typed.said("reason") || null });
      }}
    >
      {who.fields}
      <ReasonField typed={typed} form={form} />
    </FormDialog>
  );
}
