import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { matchQuery, quoteQuery } from "../../api/queries";
import { useLanguage, useTexts } from "../../i18n";
import {
  Bones,
  Button,
  Card,
  Chip,
  cx,
  Empty,
  Field,
  Radios,
  Refusal,
  ScrollX,
  Select,
  useRested,
  Warning,
} from "../../kit";
import { DayField } from "../../kit/date";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { addDays, isDate, nightsBetween } from "../../lib/format";
import { nextHalf } from "../../lib/hours";
import { useHouse } from "../../lib/house";
import { useKeys } from "../../lib/keys";
import { bookingTone, word } from "../../lib/words";
import { type Company, CompanyPick } from "./company";
import { HourlyRoom, HoursLeft, WhenField } from "./hours";
import "../checkin/checkin.css";
import "./book.css";

type Offer = Schema<"Offer">;
const keyOf = (offer: Offer) => `${offer.room_type}/${offer.rate_plan}`;
const CHANNELS = ["direct", "phone", "web", "ctrip", "meituan", "booking", "agoda", "expedia"] as const;
const GUARANTEES = ["none", "card", "deposit", "company", "agent"] as const;
/** No candidate: a new guest. */
const NEW = "new";

/** The hours that a plan by the hour sells, from when the guest comes; none of a plan by night. */
function useSold(offer: Offer | undefined, minute: number | undefined) {
  const house = useHouse();
  const plan = house.view.rate_plans.find((one) => one.code === offer?.rate_plan);
  const count = plan?.kind === "part_day" ? (plan.hours ?? undefined) : undefined;
  const hours = count === undefined || minute === undefined ? undefined : { from: minute, until: minute + count * 60 };
  return { plan, count, hours };
}

function OfferText({ offer, minute }: { offer: Offer; minute: number | undefined }) {
  const t = useTexts();
  const house = useHouse();
  const { hours } = useSold(offer, minute);
  const language = useLanguage();
  const named = (zh: string, en: string) => (language === "en" ? en || zh : zh || en);
  const refusal = offer.refusals[0];
  const first = offer.nights[0];
  return (
    <>
      <span className="what">
        <b>
          {named(offer.room_type_name, offer.room_type_name_en)} ·{" "}
          {named(offer.rate_plan_name, offer.rate_plan_name_en)}
        </b>
        <span className="meta">
          {refusal ? (
            <span className="amber">{named(refusal.detail_zh, refusal.detail_en)}</span>
          ) : (
            named(offer.policy_zh, offer.policy_en)
          )}
          {hours && ` · ${house.hours(hours)}`}
          {offer.inclusions.length > 0 && ` · ${offer.inclusions.map((one) => house.named(one)).join(t("word.comma"))}`}
        </span>
      </span>
      <span className="price">
        <b className="num">{house.money(offer.total)}</b>
        <span className="meta num">
          {offer.left <= 3
            ? t("book.left", { count: offer.left })
            : first && offer.nights.length > 1
              ? t("book.from", { amount: house.money(first.total) })
              : ""}
        </span>
      </span>
    </>
  );
}

function Breakdown({ offer, minute }: { offer: Offer; minute: number | undefined }) {
  const t = useTexts();
  const house = useHouse();
  const { plan, count, hours } = useSold(offer, minute);
  const language = useLanguage();
  const line = (label: string, amount: number, strong = false) => (
    <div className="sum-line">
      <span>{strong ? <b>{label}</b> : label}</span>
      <b className={cx("num", strong && "big")}>{house.money(amount)}</b>
    </div>
  );
  return (
    <>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t(count === undefined ? "word.night" : "date.part_day")}</th>
            <th scope="col" className="end">
              {t("word.total", { currency: house.currency })}
            </th>
          </tr>
        </thead>
        <tbody>
          {offer.nights.map((night) => (
            <tr key={night.date}>
              <td>
                {house.f.longDay(night.date)}
                {count !== undefined && (
                  <span className="two num"> {hours ? house.hours(hours) : t("hours.unknown")}</span>
                )}
              </td>
              <td className="end num">{house.money(night.total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="confirm-sums">
        {line(t("book.room"), offer.room)}
        {offer.included !== 0 && line(t("book.included"), offer.included)}
        {line(t("word.fee"), offer.service_fee)}
        {line(t("word.tax"), offer.tax)}
        {line(
          count === undefined
            ? t("book.total", { nights: t("date.nights", { count: offer.nights.length }) })
            : t("hours.total", { length: t("hours.length", { count }) }),
          offer.total,
          true,
        )}
        {plan?.kind === "part_day" && plan.overrun && (
          <p className="meta">{house.overrun(plan.overrun, house.currency)}</p>
        )}
        <p className="meta">{language === "en" ? offer.policy_en : offer.policy_zh}</p>
      </div>
    </>
  );
}

interface Matches {
  asked: Schema<"GuestInput"> | undefined;
  chosen: string;
  onChoose: (id: string) => void;
}

/** Who this may be already: nobody is made twice. */
function Candidates({ asked, chosen, onChoose }: Matches) {
  const t = useTexts();
  const language = useLanguage();
  const { data: matches, isPlaceholderData } = useQuery(matchQuery(asked));
  const likely = (matches ?? []).filter((match) => match.likeness.verdict !== "apart").slice(0, 4);
  if (!asked || likely.length === 0) return null;
  return (
    <Card title={t("book.known")} note={t("book.known_note")} className={isPlaceholderData ? "stale" : undefined}>
      <Radios
        label={t("book.known")}
        value={chosen}
        onChange={onChoose}
        optionClass="match"
        options={[
          ...likely.map((match) => ({
            id: match.guest.id,
            text: (
              <span>
                <b>{match.guest.profile.full_name}</b>{" "}
                <span className="two num">
                  {[
                    match.guest.profile.phones?.[0],
                    match.guest.profile.documents?.[0] &&
                      `${word(t, "document", match.guest.profile.documents[0].type)} ${match.guest.profile.documents[0].number}`,
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                </span>
                <br />
                <span className="meta">{language === "en" ? match.likeness.en : match.likeness.zh}</span>
              </span>
            ),
          })),
          { id: NEW, text: <span>{t("book.new_guest")}</span> },
        ]}
      />
    </Card>
  );
}

/** After booking: the same guest seems to have the same dates elsewhere. */
function Twice({ state, name }: { state: Schema<"VisitState">; name: string }) {
  const t = useTexts();
  const house = useHouse();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("book.booked", { name, number: state.number })}</h1>
        <div className="tools">
          <Link
            className="btn btn-fill"
            to="/p/$property/visits/$number"
            params={{ property: house.code, number: state.number }}
          >
            {t("book.keep_both")}
          </Link>
        </div>
      </div>
      <Card title={t("book.twice")} note={t("book.twice_note")}>
        <ScrollX>
          <table className="table">
            <tbody>
              {(state.duplicates ?? []).map((one) => (
                <tr key={one.number}>
                  <td className="num">
                    <Link to="/p/$property/visits/$number" params={{ property: one.property, number: one.number }}>
                      {one.number}
                    </Link>
                  </td>
                  <td className="num">{house.f.range(one.arrival, one.departure)}</td>
                  <td>{word(t, "channel", one.channel)}</td>
                  <td>
                    <Chip tone={bookingTone[one.state]}>{t(`booking.${one.state}`)}</Chip>
                  </td>
                  <td className="two">{t(one.same_guest ? "book.same_guest" : "book.maybe_same")}</td>
                  <td className="end num">{t("book.penalty", { amount: house.f.money(one.penalty, one.currency) })}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollX>
      </Card>
    </div>
  );
}

/** A booking: dates, people and a price that follows as they are typed; the guest is looked for before one is made. */
export function BookScreen() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/book" });
  const sought = useLocation({ select: (location) => location.state.name });
  const walkIn = search.walkin === "yes";
  const arrival = walkIn ? house.today : (search.arrival ?? house.today);
  const [typedArrival, setTypedArrival] = useState(arrival);
  const byHour = search.by === "hours" && house.sellsHours;
  const minute = !byHour ? undefined : walkIn ? house.minuteOf(arrival) : search.at;
  const departure = byHour
    ? arrival
    : search.departure && search.departure > arrival
      ? search.departure
      : addDays(arrival, 1);
  const [typedDeparture, setTypedDeparture] = useState(departure);
  const adults = search.adults ?? (walkIn ? 1 : 2);
  const children = search.children ?? 0;
  const looksLikeName = sought !== undefined && !/\d/.test(sought);
  const [name, setName] = useState(looksLikeName ? sought : "");
  const [phone, setPhone] = useState(sought !== undefined && /^\+?[\d\s-]{7,}$/.test(sought) ? sought : "");
  const [email, setEmail] = useState("");
  const [channel, setChannel] = useState<string>(walkIn ? "direct" : "phone");
  const [guarantee, setGuarantee] = useState<Schema<"Guarantee">>("none");
  const [outside, setOutside] = useState("");
  const [company, setCompany] = useState<Company>();
  const [guest, setGuest] = useState(NEW);
  const [room, setRoom] = useState("");
  const [tried, setTried] = useState(false);
  const put = (next: Partial<typeof search>) =>
    void navigate({
      to: "/p/$property/book",
      params: { property: house.code },
      search: { ...search, ...next },
      replace: true,
      resetScroll: false,
      state: true,
    });

  const contract = company?.code ?? null;
  const rested = useRested(
    JSON.stringify([arrival, departure, adults, children, channel, minute ?? null, contract]),
    120,
  );
  const input = useMemo<Schema<"QuoteInput">>(() => {
    const [from, to, grown, small, by, at, under] = JSON.parse(rested) as [
      string,
      string,
      number,
      number,
      string,
      number | null,
      string | null,
    ];
    return {
      arrival: from,
      departure: to,
      adults: grown,
      children: small,
      channel: by,
      arrival_minute: at,
      contract: under,
    };
  }, [rested]);
  const quote = useQuery(quoteQuery(house.code, input));
  const offers = useMemo(
    () =>
      [...(quote.data?.offers ?? [])].sort(
        (a, b) => Number(a.refusals.length > 0) - Number(b.refusals.length > 0) || a.total - b.total,
      ),
    [quote.data],
  );
  const wanted = `${search.type}/${search.plan}`;
  const offer = offers.find((one) => keyOf(one) === wanted) ?? offers.find((one) => one.refusals.length === 0);
  const rooms = search.type;
  const sold = useSold(offer, minute);
  useEffect(() => setTypedArrival(arrival), [arrival]);
  useEffect(() => setTypedDeparture(departure), [departure]);

  const typed = useRested(JSON.stringify([name.trim(), phone.trim(), email.trim()]), 250);
  const asked = useMemo<Schema<"GuestInput"> | undefined>(() => {
    const [full, tel, mail] = JSON.parse(typed) as [string, string, string];
    if (full === "" || (full.length < 2 && tel === "")) return undefined;
    return { full_name: full, phones: tel === "" ? [] : [tel], emails: mail === "" ? [] : [mail] };
  }, [typed]);

  const form = useSend<Schema<"Book">, Schema<"VisitState">>(
    (body, key) => data(api.POST("/api/v1/reservations", { params: { header: { "Idempotency-Key": key } }, body })),
    (state) => {
      if ((state.duplicates ?? []).length > 0) return;
      say(t("book.booked", { name: name.trim(), number: state.number }));
      void navigate({
        to: walkIn ? "/p/$property/visits/$number/check-in" : "/p/$property/visits/$number",
        params: { property: house.code, number: state.number },
      });
    },
  );
  const send = () => {
    setTried(true);
    if (!offer || (guest === NEW && name.trim() === "")) return;
    form.send({
      property: house.code,
      guest:
        guest === NEW
          ? {
              profile: {
                full_name: name.trim(),
                phones: phone.trim() === "" ? [] : [phone.trim()],
                emails: email.trim() === "" ? [] : [email.trim()],
              },
            }
          : { id: guest },
      rooms: [
        {
          room_type: offer.room_type,
          rate_plan: offer.rate_plan,
          arrival,
          departure,
          adults,
          children,
          // Who walks in comes when it is booked.
          ...(byHour && !walkIn ? { arrival_minute: minute ?? null } : {}),
          ...(byHour && room !== "" ? { room } : {}),
        },
      ],
      channel,
      guarantee,
      contract,
      walk_in: walkIn,
      numbers: outside.trim() === "" ? [] : [{ system: channel, number: outside.trim() }],
    });
  };
  useKeys([{ key: "F9", says: t("keys.book_it"), run: send }]);
  if (form.done && (form.done.duplicates ?? []).length > 0) return <Twice state={form.done} name={name} />;
  const setArrival = (next: string) => {
    setTypedArrival(next);
    if (isDate(next))
      put({
        arrival: next,
        departure: departure <= next ? addDays(next, Math.max(1, nightsBetween(arrival, departure))) : departure,
      });
  };
  const setDeparture = (next: string) => {
    setTypedDeparture(next);
    // Half of a date that is being typed may be any: it is left in the field, and goes no further.
    if (isDate(next) && next > arrival) put({ departure: next });
  };
  const numberOf = (text: string) => (text === "" ? undefined : Math.max(0, Math.min(20, Number(text) || 0)));
  const nights = nightsBetween(arrival, departure);
  const badDeparture = !byHour && isDate(typedDeparture) && typedDeparture <= typedArrival;
  const after = t(house.sellsHours ? "hours.instead" : "act.after", { date: house.f.day(typedArrival) });
  const setMinute = (at: number | undefined) => put({ at });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t(walkIn ? "today.walk_in" : "today.book")}</h1>
        {house.sellsHours && (
          <Radios
            label={t("hours.by")}
            className="segments"
            optionClass="segment segment-radio"
            value={byHour ? "hours" : "nights"}
            onChange={(by) =>
              put(
                by === "hours"
                  ? {
                      by,
                      departure: undefined,
                      at: arrival === house.today ? nextHalf(house.minuteOf(arrival)) : search.at,
                    }
                  : { by: undefined, at: undefined },
              )
            }
            options={[
              { id: "nights", text: t("hours.nightly") },
              { id: "hours", text: t("hours.hourly") },
            ]}
          />
        )}
        <span className="two num">
          {byHour
            ? t("date.stay", {
                range: house.f.longDay(arrival),
                nights: sold.hours ? house.hours(sold.hours) : t("date.part_day"),
              })
            : t("date.stay", { range: house.f.range(arrival, departure), nights: t("date.nights", { count: nights }) })}
        </span>
      </div>
      <div className="two-pane">
        <div>
          <Card label={t("book.stay")}>
            <div className="card-body fields">
              <DayField
                label={t("word.arrival")}
                value={typedArrival}
                onChange={setArrival}
                disabled={walkIn}
                error={form.at("/rooms/0/arrival")}
              />
              {byHour ? (
                <WhenField
                  minute={search.at}
                  isNow={walkIn}
                  onChange={setMinute}
                  error={form.at("/rooms/0/arrival_minute")}
                />
              ) : (
                <DayField
                  label={t("word.departure")}
                  value={typedDeparture}
                  min={arrival}
                  onChange={setDeparture}
                  error={form.at("/rooms/0/departure") ?? (badDeparture ? after : undefined)}
                />
              )}
              <Field
                label={t("book.adults")}
                type="number"
                value={String(adults)}
                onChange={(next) => put({ adults: numberOf(next) })}
                error={form.at("/rooms/0/adults")}
              />
              <Field
                label={t("book.children")}
                type="number"
                value={String(children)}
                onChange={(next) => put({ children: numberOf(next) })}
                error={form.at("/rooms/0/children")}
              />
            </div>
          </Card>
          <Card
            title={t("book.offers")}
            note={quote.data && t("book.offers_note", { currency: house.currency })}
            className={quote.isPlaceholderData ? "stale" : undefined}
          >
            {quote.error && !quote.data ? (
              <div className="card-body">
                <Refusal error={quote.error} retry={() => void quote.refetch()} />
              </div>
            ) : !quote.data ? (
              <Bones rows={3} />
            ) : offers.length === 0 ? (
              <Empty title={t("book.no_offers")}>{t("book.no_offers_note")}</Empty>
            ) : (
              <Radios
                label={t("book.offers")}
                className="offers"
                optionClass="offer"
                value={offer && keyOf(offer)}
                onChange={(key) => {
                  const chosen = offers.find((one) => keyOf(one) === key);
                  if (chosen) put({ type: chosen.room_type, plan: chosen.rate_plan });
                }}
                options={offers.map((one) => ({
                  id: keyOf(one),
                  text: <OfferText offer={one} minute={minute} />,
                  disabled: one.refusals.length > 0,
                }))}
              />
            )}
          </Card>
          {byHour && !walkIn && offer && (
            <HoursLeft date={arrival} type={offer.room_type} minute={search.at} onChoose={setMinute} />
          )}
          <Card title={t("word.guest")} note={t("book.guest_note")}>
            <div className="card-body fields">
              <Field
                label={t("book.name")}
                value={name}
                onChange={(next) => {
                  setName(next);
                  setGuest(NEW);
                }}
                error={
                  form.at("/guest/profile/full_name", "/guest") ??
                  (tried && guest === NEW && name.trim() === "" ? t("book.name_needed") : undefined)
                }
              />
              <Field
                label={t("word.phone")}
                type="tel"
                value={phone}
                onChange={setPhone}
                error={form.at("/guest/profile/phones/0")}
              />
              <Field
                label={t("word.email")}
                type="email"
                value={email}
                onChange={setEmail}
                error={form.at("/guest/profile/emails/0")}
              />
            </div>
          </Card>
          <Candidates asked={asked} chosen={guest} onChoose={setGuest} />
          <CompanyPick chosen={company} onChoose={setCompany} error={form.at("/contract")} />
          {!walkIn && (
            <Card label={t("book.terms")}>
              <div className="card-body fields">
                <Select
                  label={t("word.channel")}
                  choices={CHANNELS.map((id) => ({ id, name: word(t, "channel", id) }))}
                  value={channel}
                  onChange={setChannel}
                  error={form.at("/channel")}
                />
                <Select
                  label={t("word.guarantee")}
                  choices={GUARANTEES.map((id) => ({ id, name: word(t, "guarantee", id) }))}
                  value={guarantee}
                  onChange={(next) => setGuarantee(next as Schema<"Guarantee">)}
                  error={form.at("/guarantee")}
                />
                <Field
                  label={t("book.outside")}
                  value={outside}
                  onChange={setOutside}
                  error={form.at("/numbers/0/number")}
                  help={t("word.optional")}
                />
              </div>
            </Card>
          )}
        </div>
        <div>
          <Card title={t("book.price")} note={offer && house.typeName(offer.room_type)}>
            {offer ? (
              <Breakdown offer={offer} minute={minute} />
            ) : (
              <Empty title={t(rooms ? "book.gone" : "book.choose")} />
            )}
            <div className="confirm-sums">
              {offer && sold.hours && !walkIn && (
                <HourlyRoom
                  date={arrival}
                  hours={sold.hours}
                  offer={offer}
                  value={room}
                  onChange={setRoom}
                  error={form.at("/rooms/0/room", "/room")}
                />
              )}
              {badDeparture && <Warning>{after}</Warning>}
              <Refusal error={form.error} />
              <Button
                look="fill"
                size="main"
                wide
                busy={form.busy}
                isDisabled={!offer || badDeparture}
                hotkey="F9"
                onPress={send}
              >
                {offer
                  ? t(walkIn ? "book.do_walk_in" : "book.do", { amount: house.money(offer.total) })
                  : t("today.book")}
              </Button>
              <p className="meta">{t("book.after")}</p>
            </div>
          </Card>
        </div>
      </div>
    </div>
  );
}
