import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ChevronLeft, Copy, Ellipsis, Printer, TriangleAlert } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import type { FieldClass } from "../../api/people";
import { todayQuery } from "../../api/queries";
import { useOffered } from "../../frame/may";
import { useTexts } from "../../i18n";
import { Bones, Button, Chip, cx, Kbd, Masked, Refusal, ScrollX, type Seam, TallyMark } from "../../kit";
import { say } from "../../kit/notices";
import { groupNumber, nightsBetween } from "../../lib/format";
import { hoursOf } from "../../lib/hours";
import { useHouse } from "../../lib/house";
import { type Key, useKeys } from "../../lib/keys";
import { useWho } from "../../lib/who";
import { bookingTone, deskTone, peopleOf, word } from "../../lib/words";
import {
  AssignDialog,
  CancelDialog,
  ChangeDialog,
  ChargeDialog,
  DoubleDialog,
  EarlyDialog,
  ExtendDialog,
  HoursDialog,
  KeysDialog,
  MoveDialog,
  PayDialog,
  TraceDialog,
  UndoDialog,
  type Undone,
} from "./dialogs";
import { sharersOf } from "./dialogs/share";
import type { Doing } from "./doings";
import { BillTable } from "./lines";
import { RevealDialog, useRevealed, withClass } from "./reveal";
import { Sheet } from "./sheet";
import {
  type Difference,
  differencesOf,
  type Fact,
  nightsPosted,
  roomsOf,
  seamsOf,
  stageOf,
  staysOf,
  type VisitView,
} from "./tally";
import { useAct, useVisit } from "./visit";
import "./record.css";

// What is done more seldom comes when somebody does it.
const FurtherDialog = lazy(() => import("./dialogs/further").then((module) => ({ default: module.FurtherDialog })));

/** What one half says of a fact. */
interface Half {
  one?: ReactNode;
  small?: ReactNode;
}

interface FactRow {
  fact: Fact;
  halves: [Half, Half, Half];
  seams: [Seam, Seam];
  differences: Difference[];
}

/** The rows of the tally, in the user's words. */
function useRows(view: VisitView, onReveal: (() => void) | undefined): FactRow[] {
  const t = useTexts();
  const house = useHouse();
  const { f } = house;
  const { booking, consumption, points } = view;
  const reservation = booking.reservation;
  const currency = reservation.currency;
  const rooms = roomsOf(view);
  const stays = staysOf(view);
  const first = rooms[0];
  const typeOfRoom = (number: string) => house.view.rooms.find((room) => room.number === number)?.room_type;
  const sold = first?.terms.kind === "part_day" ? first.terms.hours : undefined;
  const nights = (from: string, to: string) =>
    sold == null ? house.length(from, to) : t("hours.kind", { length: t("hours.length", { count: sold }) });
  const hours = first && hoursOf(first);
  // Hours beyond those that were sold, which nobody has charged yet.
  const over = consumption.to_come.filter((one) => one.hours_over != null);
  const toCome = consumption.to_come.length - over.length;
  const names = stays.flatMap((stay) => stay.guests.map((one) => one.guest.profile.full_name ?? "–"));
  const documents = stays.flatMap((stay) => stay.guests.flatMap((one) => one.guest.profile.documents ?? []));
  const posted = nightsPosted(consumption.postings);
  const charged = [...new Set(consumption.postings.flatMap((posting) => posting.room_number ?? []))];
  const moves = stays.flatMap((stay) => stay.rooms).filter((move) => move.seq > 1);
  const last = moves.at(-1);
  const stayDates = stays[0];
  const total = rooms.length === 1 && first ? first.total : undefined;
  const guestOf = (fact: Fact): FactRow["seams"] => seamsOf(view, fact, typeOfRoom, house.today);
  const phone = view.guest.profile.phones?.[0];
  const row = (fact: Fact, booked: Half, stayed: Half, spent: Half): FactRow => ({
    fact,
    halves: [booked, stayed, spent],
    seams: guestOf(fact),
    differences: differencesOf(view, fact),
  });
  const none: Half = { small: t("record.not_yet") };
  const uniquePrice =
    first && first.prices.length > 0 && first.prices.every((price) => price === first.prices[0])
      ? first.prices[0]
      : undefined;
  const included = first?.terms.inclusions ?? [];
  const rows: FactRow[] = [
    row(
      "guest",
      { one: view.guest.profile.full_name, small: phone ? t("record.booker_phone", { phone }) : t("record.booker") },
      stays.length === 0
        ? none
        : {
            one: names.join(t("word.comma")),
            small: documents[0] ? (
              <Masked onReveal={onReveal}>
                {word(t, "document", documents[0].type)} {documents[0].number}
              </Masked>
            ) : (
              t("record.no_document")
            ),
          },
      {
        one:
          consumption.folios[0]?.company ??
          (consumption.folios[0]?.guest_id === reservation.guest_id ? view.guest.profile.full_name : names[0]),
        small: points
          ? t("record.member", { number: points.membership.number, tier: word(t, "tier", points.membership.tier) })
          : t("record.windows", { count: consumption.folios.length }),
      },
    ),
    row(
      "dates",
      {
        one: hours
          ? `${f.day(reservation.arrival)} ${house.hours(hours)}`
          : f.range(reservation.arrival, reservation.departure),
        small: nights(reservation.arrival, reservation.departure),
      },
      stayDates
        ? {
            one: `${f.moment(stayDates.checked_in_at, house.zone)} – ${stayDates.checked_out_at ? f.moment(stayDates.checked_out_at, house.zone) : hours ? house.clock(hours.until) : f.day(stayDates.departure)}`,
            small:
              stayDates.state === "in_house" && sold == null
                ? t("record.stayed", {
                    stayed: t("date.nights", { count: Math.max(0, nightsBetween(stayDates.arrival, house.today)) }),
                    left: t("date.nights", { count: Math.max(0, nightsBetween(house.today, stayDates.departure)) }),
                  })
                : nights(stayDates.arrival, stayDates.departure),
          }
        : none,
      {
        one:
          posted.length > 0
            ? t("record.nights_posted", {
                nights: sold == null ? t("date.nights", { count: posted.length }) : t("date.part_day"),
              })
            : undefined,
        small:
          over.length > 0 ? (
            <span className="amber">
              {over
                .map(
                  (one) => `${t("hours.over_hours", { count: one.hours_over ?? 0 })} ${f.money(one.total, currency)}`,
                )
                .join(t("word.comma"))}
            </span>
          ) : toCome > 0 ? (
            t("record.to_come", { nights: sold == null ? t("date.nights", { count: toCome }) : t("date.part_day") })
          ) : posted.length > 0 ? (
            t("record.all_posted")
          ) : undefined,
      },
    ),
    row(
      "room",
      {
        one: [...new Set(rooms.map((room) => house.typeName(room.room_type)))].join(t("word.comma")),
        small:
          rooms.length > 1
            ? t("record.rooms", { count: rooms.length })
            : first?.room_number
              ? t("record.assigned", { room: first.room_number })
              : t("today.no_room"),
      },
      stays.length > 0
        ? {
            one: stays.map((stay) => (
              <span key={stay.id} className="nowrap">
                <b className="num">{stay.room_number}</b> {house.typeName(typeOfRoom(stay.room_number) ?? "")}{" "}
              </span>
            )),
            small: last
              ? t("record.moved", {
                  date: f.day(last.from_date),
                  from:
                    stays.flatMap((stay) => stay.rooms).find((move) => move.seq === last.seq - 1)?.room_number ?? "",
                  reason: word(t, "reason", last.reason),
                })
              : undefined,
          }
        : none,
      charged.length > 0
        ? { one: <span className="num">{charged.join(t("word.comma"))}</span>, small: t("record.charged_rooms") }
        : {},
    ),
    row(
      "people",
      {
        one: peopleOf(t, reservation),
        small: included.length > 0 ? included.map((one) => house.named(one)).join(t("word.comma")) : undefined,
      },
      stays.length > 0
        ? {
            one: t("record.registered", { count: names.length }),
            small: stayDates && peopleOf(t, stayDates),
          }
        : none,
      {},
    ),
    row(
      "rate",
      {
        one:
          uniquePrice !== undefined ? (
            <>
              {f.money(uniquePrice, currency)} <span>{t("record.a_night")}</span>
            </>
          ) : (
            first?.prices
              .slice(0, 4)
              .map((price) => f.money(price, currency))
              .join(" · ")
          ),
        small:
          first &&
          [
            first.rate_plan && house.planName(first.rate_plan),
            t(first.terms.inclusive ? "record.inclusive" : "record.exclusive"),
            first.discount > 0 && t("record.discount", { percent: f.percent(first.discount) }),
          ]
            .filter(Boolean)
            .join(t("word.clause")),
      },
      stays.length > 0
        ? { small: first?.terms.policy ? t("act.policy", { name: house.named(first.terms.policy) }) : undefined }
        : {},
      posted.length > 0
        ? {
            one: posted.slice(-3).map((posting) => (
              <span key={posting.id} className="nowrap">
                {f.day(posting.night ?? posting.business_date)}{" "}
                <b className="num">{f.money(posting.amount, currency)}</b>{" "}
              </span>
            )),
            small: t("record.room_only"),
          }
        : {},
    ),
    row(
      "amount",
      {
        one: <span className="num-b">{f.money(total ?? booking.promised, currency)}</span>,
        small:
          total === undefined
            ? t("record.promised")
            : t("record.total_in", { nights: nights(reservation.arrival, reservation.departure) }),
      },
      stays.length > 0 || consumption.to_come.length > 0
        ? { one: f.money(consumption.at_check_out, currency), small: t("record.at_check_out") }
        : {},
      {
        one: f.money(consumption.charged, currency),
        small: t("record.spent", {
          paid: f.money(consumption.paid, currency),
          balance: f.money(consumption.balance, currency),
        }),
      },
    ),
  ];
  if (points) {
    rows.push(
      row(
        "points",
        {},
        { one: undefined, small: undefined },
        { one: f.count(points.points), small: t("record.points_now", { points: f.count(points.membership.points) }) },
      ),
    );
  }
  return rows;
}

function Says({ difference }: { difference: Difference }) {
  const t = useTexts();
  return (
    <div className="says-line">
      <TriangleAlert size={16} aria-hidden="true" />
      <b className="amber">{t(`field.${difference.field}`)}</b>
      <span className="grow">
        {t("record.says", {
          system: word(t, "channel", difference.system),
          theirs: difference.source_says ?? t("record.hidden"),
          ours: difference.visit_says ?? t("record.hidden"),
        })}
      </span>
    </div>
  );
}

function HalfCell({ half, className }: { half: Half; className?: string | undefined }) {
  return (
    <td className={className}>
      {half.one !== undefined && <span className="one">{half.one}</span>}
      {half.small !== undefined && <span className="small">{half.small}</span>}
    </td>
  );
}

function SeamCell({ seam, fact }: { seam: Seam; fact: string }) {
  const t = useTexts();
  return (
    <td className={cx("seam", seam === "broken" && "broken")}>
      {seam === "empty" ? (
        <span className="vh">{t("record.seam.empty")}</span>
      ) : (
        <TallyMark seam={seam} label={t(`record.seam.${seam}`, { fact })} />
      )}
    </td>
  );
}

function Trio({ view, rows }: { view: VisitView; rows: FactRow[] }) {
  const t = useTexts();
  const house = useHouse();
  const { booking, consumption } = view;
  const reservation = booking.reservation;
  const stays = staysOf(view);
  const open = view.differences.filter((one) => one.state === "open");
  const general = differencesOf(view, undefined);
  const booked = [
    word(t, "channel", reservation.channel),
    reservation.booked_at && house.f.moment(reservation.booked_at, house.zone),
    reservation.version > 1 && t("record.version", { n: reservation.version }),
  ]
    .filter(Boolean)
    .join(" · ");
  const desk = stays[0]?.desk_state;
  const empty = (half: Half) => half.one === undefined && half.small === undefined;
  return (
    <>
      <section className="card card-clip trio-wide" aria-label={t("record.trio")}>
        <table className="trio">
          <colgroup>
            <col className="col-label" />
            <col />
            <col className="col-seam" />
            <col />
            <col className="col-seam" />
            <col />
          </colgroup>
          <thead>
            <tr>
              <th scope="col">
                <span className="vh">{t("record.fact")}</span>
              </th>
              <th scope="col">
                <span className="head">
                  {t("word.booking")}{" "}
                  <Chip tone={bookingTone[reservation.state]}>{t(`booking.${reservation.state}`)}</Chip>
                </span>
                <span className="meta">{booked}</span>
              </th>
              <th scope="col" className="seam">
                <span className="vh">{t("record.seam.head")}</span>
              </th>
              <th scope="col">
                <span className="head">
                  {t("word.stay")} {desk && <Chip tone={deskTone[desk]}>{t(`desk.${desk}`)}</Chip>}
                </span>
                <span className="meta">
                  {stays[0]
                    ? t("record.checked_in", { time: house.f.moment(stays[0].checked_in_at, house.zone) })
                    : t("record.not_yet")}
                </span>
              </th>
              <th scope="col" className="seam">
                <span className="vh">{t("record.seam.head")}</span>
              </th>
              <th scope="col">
                <span className="head">
                  {t("word.charges")}{" "}
                  {open.length > 0 && <Chip tone="act">{t("record.differences", { count: open.length })}</Chip>}
                </span>
                <span className="meta">{t("record.windows", { count: consumption.folios.length })}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const broken = row.differences.length > 0;
              const label = t(`record.facts.${row.fact}`);
              return [
                <tr key={row.fact}>
                  <th scope="row">{label}</th>
                  <HalfCell half={row.halves[0]} className={broken ? "broken" : undefined} />
                  <SeamCell seam={row.seams[0]} fact={label} />
                  <HalfCell half={row.halves[1]} className={broken ? "broken" : undefined} />
                  <SeamCell seam={row.seams[1]} fact={label} />
                  <HalfCell half={row.halves[2]} />
                </tr>,
                broken && (
                  <tr key={`${row.fact}-says`}>
                    <td colSpan={6} className="says">
                      {row.differences.map((one) => (
                        <Says key={one.id} difference={one} />
                      ))}
                    </td>
                  </tr>
                ),
              ];
            })}
            {general.length > 0 && (
              <tr>
                <td colSpan={6} className="says">
                  {general.map((one) => (
                    <Says key={one.id} difference={one} />
                  ))}
                </td>
              </tr>
            )}
          </tbody>
        </table>
      </section>
      <section className="card card-clip trio-phone" aria-label={t("record.trio")}>
        {[...rows]
          .sort((a, b) => b.differences.length - a.differences.length)
          .map((row) => (
            <div key={row.fact} className="trio-fact" data-broken={row.differences.length > 0 || undefined}>
              <h3>{t(`record.facts.${row.fact}`)}</h3>
              <dl>
                {row.halves.map((half, at) =>
                  empty(half) ? null : (
                    <div key={at} className="contents">
                      <dt>{t(at === 0 ? "word.booking" : at === 1 ? "word.stay" : "word.charges_short")}</dt>
                      <dd>{half.one ?? half.small}</dd>
                    </div>
                  ),
                )}
              </dl>
              <TallyMark
                seam={row.seams[0]}
                size={20}
                label={t(`record.seam.${row.seams[0]}`, { fact: t(`record.facts.${row.fact}`) })}
              />
              {row.differences.map((one) => (
                <Says key={one.id} difference={one} />
              ))}
            </div>
          ))}
      </section>
    </>
  );
}

function Journal({ view }: { view: VisitView }) {
  const t = useTexts();
  const house = useHouse();
  const entries = [...view.journal].reverse();
  const who = useWho(entries.map((entry) => entry.actor));
  const sealed = entries.filter((entry) => entry.log_index != null);
  const [all, setAll] = useState(false);
  return (
    <section className="card card-clip" aria-label={t("record.journal")}>
      <div className="card-head">
        <h2>{t("record.journal")}</h2>
        <span className="count num">{entries.length}</span>
        {sealed.length === entries.length && entries.length > 0 && (
          <span className="tools seal">
            <TallyMark seam="closed" size={12} />
            {t("record.sealed")}
          </span>
        )}
      </div>
      <ScrollX>
        <table className="table">
          <thead className="quiet">
            <tr>
              <th scope="col">
                <span className="vh">{t("word.time")}</span>
              </th>
              <th scope="col">
                <span className="vh">{t("word.what")}</span>
              </th>
              <th scope="col">
                <span className="vh">{t("word.who")}</span>
              </th>
              <th scope="col">
                <span className="vh">{t("record.entry")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {entries.slice(0, all ? undefined : 8).map((entry) => (
              <tr key={entry.id}>
                <td className="num two journal-time">{house.f.moment(entry.at, house.zone)}</td>
                <td>
                  {word(t, "action", entry.action)}
                  {entry.reason && <span className="two">{t("record.because", { reason: entry.reason })}</span>}
                </td>
                <td className="two journal-who">{who(entry.actor)}</td>
                <td className="end num journal-seal">
                  {entry.log_index != null && (
                    <span className="seal">
                      <TallyMark seam="closed" size={10} />
                      <span>{house.f.count(entry.log_index)}</span>
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
      {entries.length > 8 && !all && (
        <div className="card-more">
          <Button look="link" onPress={() => setAll(true)}>
            {t("record.all_entries", { count: entries.length })}
          </Button>
        </div>
      )}
    </section>
  );
}

interface MoreItem {
  id: string;
  text: string;
  run: () => void;
}

/** What can be done with a visit beside what has a button. */
function MoreMenu({ items, placement }: { items: readonly MoreItem[]; placement: "bottom end" | "top end" }) {
  const t = useTexts();
  return (
    <MenuTrigger>
      <Button look="icon" aria-label={t("do.more")}>
        <Ellipsis size={16} aria-hidden="true" />
      </Button>
      <Popover className="popover" placement={placement}>
        <Menu
          className="options"
          aria-label={t("do.more")}
          onAction={(id) => items.find((one) => one.id === id)?.run()}
        >
          {items.map((one) => (
            <MenuItem key={one.id} id={one.id} className="option">
              {one.text}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

/** What can be done with a visit more seldom, in the order of the menu, with the words for it. */
function furtherOf(view: VisitView, living: boolean, coming: boolean) {
  const booked = roomsOf(view);
  const isAlive = (living || coming) && booked.length > 0;
  const alive = booked.filter((room) => room.state !== "cancelled" && room.state !== "no_show");
  const awaited = alive.filter((room) => room.stay_id == null);
  const isSetAside = coming && awaited.some((room) => room.room_number != null);
  const all = [
    ["wake", "services.wake_more", isAlive],
    ["upgrade", "benefit.upgrade", coming && isAlive && view.points != null],
    ["benefits", "benefit.more", isAlive && view.points != null],
    ["late", "benefit.late_more", isAlive],
    ["swap", "party.swap", living || isSetAside],
    ["share", "party.share", living],
    ["leave", "party.leave", living && sharersOf(staysOf(view)).length > 0],
    ["people", "party.people", living],
    ["booker", "party.booker", isAlive],
    ["add-room", "party.add_room", isAlive],
    ["part", "party.part", isAlive && awaited.length > 0 && view.booking.rooms.length > 1],
  ] as const;
  return all.filter(([, , isOffered]) => isOffered);
}

/** J and K: the record after and before this one in the list it was opened from. */
function useNeighbours(number: string, list: "arrivals" | "departures" | "in_house" | undefined) {
  const house = useHouse();
  const { data: board } = useQuery({ ...todayQuery(house.code), enabled: list !== undefined });
  const rows =
    list === undefined || !board
      ? []
      : list === "arrivals"
        ? board.arrivals
        : list === "in_house"
          ? board.in_house
          : [
              ...board.in_house.filter((row) => row.desk_state === "pending_check_out"),
              ...board.due_out,
              ...board.departed,
            ];
  const numbers = [...new Set(rows.map((row) => row.number))];
  const at = numbers.indexOf(groupNumber(number));
  return { at, count: numbers.length, next: numbers[at + 1], previous: at > 0 ? numbers[at - 1] : undefined };
}

function Record({ view, etag }: { view: VisitView; etag: string | undefined }) {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/visits/$number" });
  const list = search.list;
  const doing = search.do;
  const params = { property: house.code, number: view.number };
  const stage = stageOf(view, house.today);
  const stays = staysOf(view);
  const currency = view.booking.reservation.currency;
  const {
    guest,
    shown: fields,
    shows,
    put,
  } = useRevealed(
    stays[0]?.guests[0]?.guest.id === view.guest.id ? (stays[0]?.guests[0]?.guest ?? view.guest) : view.guest,
  );
  const [revealing, setRevealing] = useState<FieldClass>();
  const [early, setEarly] = useState(false);
  const [isDoubled, setDoubled] = useState(false);
  const [undone, setUndone] = useState<Undone>();
  const offered = useOffered(house.code);
  const near = useNeighbours(view.number, list);
  const isRevealed = fields.length > 0;
  const reveal = (wanted: FieldClass) =>
    guest.masked || isRevealed ? (shows(wanted) ? undefined : () => setRevealing(wanted)) : undefined;
  const shown: VisitView = isRevealed
    ? {
        ...view,
        guest: view.guest.id === guest.id ? guest : view.guest,
        stay: view.stay.map((stay) => ({
          ...stay,
          guests: stay.guests.map((one) => (one.guest.id === guest.id ? { ...one, guest } : one)),
        })),
      }
    : view;
  const rows = useRows(shown, reveal("document"));
  const openDo = (next: Doing | undefined) =>
    void navigate({
      to: "/p/$property/visits/$number",
      params,
      search: { list, do: next },
      replace: next === undefined,
      resetScroll: false,
    });
  const goTo = (number: string | undefined) => {
    if (number)
      void navigate({
        to: "/p/$property/visits/$number",
        params: { property: house.code, number },
        search: { list },
        replace: true,
      });
  };
  const living = stage === "in_house" || stage === "leaving";
  const booked = roomsOf(view);
  const hours = booked.length === 1 && booked[0] ? hoursOf(booked[0]) : undefined;
  // Guests by the hour stay on by the hour: it is charged, and no date changes.
  const byNight = living && stays.some((stay) => stay.state === "in_house" && stay.arrival !== stay.departure);
  const coming = stage === "arriving" || stage === "future" || stage === "requested";
  const changesHours =
    coming && booked.some((room) => room.stay_id == null && room.terms.kind === "part_day" && room.terms.hours != null);
  const toCheckIn = () => void navigate({ to: "/p/$property/visits/$number/check-in", params });
  const toFolio = () => void navigate({ to: "/p/$property/visits/$number/folio", params });
  const confirm = useAct(view.number, "confirm", () => say(t("act.confirmed")));
  const keys: Key[] = [];
  if (near.next) keys.push({ key: "j", says: t("keys.list_next"), run: () => goTo(near.next) });
  if (near.previous) keys.push({ key: "k", says: t("keys.list_previous"), run: () => goTo(near.previous) });
  if (stage !== "cancelled") {
    keys.push(
      { key: "c", says: t("folio.charge"), run: () => openDo("charge") },
      { key: "p", says: t("folio.pay"), run: () => openDo("pay") },
    );
  }
  if (byNight) keys.push({ key: "e", says: t("act.extend"), run: () => openDo("extend") });
  if (living)
    keys.push(
      { key: "m", says: t("act.move"), run: () => openDo("move") },
      { key: "F9", says: t("keys.check_out"), run: toFolio },
    );
  if (stage === "arriving") keys.push({ key: "F8", says: t("keys.check_in"), run: toCheckIn });
  useKeys(keys, doing === undefined && revealing === undefined && !early && !isDoubled && undone === undefined);

  const primary: ReactNode =
    stage === "arriving" ? (
      <Link className="btn btn-fill" to="/p/$property/visits/$number/check-in" params={params}>
        {t("today.check_in")}
        <Kbd>F8</Kbd>
      </Link>
    ) : stage === "leaving" ? (
      <Link className="btn btn-fill" to="/p/$property/visits/$number/folio" params={params}>
        {t("act.check_out")}
        <Kbd>F9</Kbd>
      </Link>
    ) : stage === "requested" ? (
      <Button look="fill" busy={confirm.busy} onPress={() => confirm.send({})}>
        {t("act.confirm")}
      </Button>
    ) : null;
  const further = furtherOf(view, living, coming);
  const more: MoreItem[] = [];
  if (coming)
    more.push(
      { id: "assign", text: t("act.assign"), run: () => openDo("assign") },
      { id: "change", text: t(changesHours ? "hours.change" : "act.change"), run: () => openDo("change") },
      { id: "cancel", text: t("act.cancel"), run: () => openDo("cancel") },
    );
  if (byNight) more.push({ id: "early", text: t("act.early"), run: () => setEarly(true) });
  if (stage !== "cancelled") more.push({ id: "trace", text: t("bill.trace_more"), run: () => openDo("trace") });
  if (living) more.push({ id: "keys", text: t("bill.keys_more"), run: () => openDo("keys") });
  more.push(...further.map(([id, text]) => ({ id, text: t(text), run: () => openDo(id) })));
  if (living) more.push({ id: "undo-in", text: t("act.undo_check_in"), run: () => setUndone("undo-check-in") });
  if (stage === "left")
    more.push({ id: "undo-out", text: t("act.undo_check_out"), run: () => setUndone("undo-check-out") });
  if (stage === "cancelled")
    more.push({ id: "reinstate", text: t("act.reinstate"), run: () => setUndone("reinstate") });
  if (offered("reconcile")) more.push({ id: "double", text: t("settle.double"), run: () => setDoubled(true) });
  more.push({
    id: "guest",
    text: t("nav.guests"),
    run: () => void navigate({ to: "/p/$property/guests/$id", params: { property: house.code, id: view.guest.id } }),
  });
  const chip = stays[0]?.desk_state ?? view.booking.rooms[0]?.desk_state;
  const phone = guest.profile.phones?.[0];
  const room = stays[0]?.room_number ?? view.booking.rooms[0]?.room_number;
  const preAuths = view.consumption.pre_authorisations.filter(
    (one) => one.state === "chargeable" || one.state === "pending",
  );
  const reservation = view.booking.reservation;
  const backTo = list === "in_house" || list === "departures" ? list : undefined;
  return (
    <div className="record-screen">
      <header className="record-head" data-etag={etag}>
        <div>
          <div className="record-back">
            <Link to="/p/$property/today" params={{ property: house.code }} search={{ tab: backTo }}>
              <ChevronLeft size={14} aria-hidden="true" />
              {t(list ? `word.${list}` : "nav.today")}
            </Link>
            {near.at >= 0 && (
              <>
                <span className="num">{t("record.place", { at: near.at + 1, count: near.count })}</span>
                <span className="no-print">
                  <Kbd>J</Kbd> <Kbd>K</Kbd>
                </span>
              </>
            )}
          </div>
          <div className="record-name">
            <h1>{guest.profile.full_name ?? "–"}</h1>
            {stage === "cancelled" ? (
              <Chip tone="done">{t(`booking.${reservation.state}`)}</Chip>
            ) : chip ? (
              <Chip tone={deskTone[chip]}>{t(`desk.${chip}`)}</Chip>
            ) : (
              <Chip tone={bookingTone[reservation.state]}>{t(`booking.${reservation.state}`)}</Chip>
            )}
            {view.points && <Chip>{word(t, "tier", view.points.membership.tier)}</Chip>}
            {view.booking.group && (
              <Link to="/p/$property/groups/$code" params={{ property: house.code, code: view.booking.group.code }}>
                <Chip>{view.booking.group.name}</Chip>
              </Link>
            )}
          </div>
          <div className="record-facts">
            <span className="nowrap">
              <b className="num">{view.number}</b>{" "}
              <Button
                look="link"
                aria-label={t("record.copy")}
                onPress={() => {
                  void navigator.clipboard
                    .writeText(view.number)
                    .then(() => say(t("record.copied", { number: view.number })));
                }}
              >
                <Copy size={14} aria-hidden="true" />
              </Button>
            </span>
            {room && <b className="num">{t("word.room_n", { room })}</b>}
            <span className="num">
              {t("date.stay", {
                range: house.f.range(reservation.arrival, reservation.departure),
                nights: hours ? house.hours(hours) : house.length(reservation.arrival, reservation.departure),
              })}
            </span>
            {phone && <Masked onReveal={reveal("phone")}>{phone}</Masked>}
            {reservation.company && <span>{reservation.company}</span>}
            {view.aliases[0] && (
              <span>
                {word(t, "channel", view.aliases[0].system)} {view.aliases[0].number}
              </span>
            )}
          </div>
        </div>
        <div className="record-side">
          <div className="record-tools">
            {stage !== "cancelled" && <Button onPress={() => openDo("charge")}>{t("folio.charge")}</Button>}
            {stage !== "cancelled" && <Button onPress={() => openDo("pay")}>{t("folio.pay")}</Button>}
            {living && <Button onPress={() => openDo("move")}>{t("act.move")}</Button>}
            {byNight && <Button onPress={() => openDo("extend")}>{t("act.extend")}</Button>}
            {coming && <Button onPress={() => openDo("assign")}>{t("act.assign")}</Button>}
            {coming && (
              <Button onPress={() => openDo("change")}>{t(changesHours ? "hours.change" : "act.change")}</Button>
            )}
            <Button onPress={() => window.print()}>
              <Printer size={16} aria-hidden="true" />
              {t("record.print")}
            </Button>
            <MoreMenu items={more} placement="bottom end" />
            {primary}
          </div>
          <div className="record-sums">
            <span>
              {t("word.balance")}
              <b className="num big">
                {currency} {house.f.money(view.consumption.balance, currency)}
              </b>
            </span>
            {preAuths.map((one) => (
              <span key={one.id}>
                {t("word.pre_auth")} <b className="num">{house.f.money(one.amount, currency)}</b>
              </span>
            ))}
            {view.booking.deposit_held !== 0 && (
              <span>
                {t("word.deposit")} <b className="num">{house.f.money(view.booking.deposit_held, currency)}</b>
              </span>
            )}
          </div>
        </div>
      </header>
      <div className="page">
        <Refusal error={confirm.error} />
        <Trio view={shown} rows={rows} />
        <div className="record-below">
          <section className="card card-clip" aria-label={t("record.lines")}>
            <div className="card-head">
              <h2>{t("record.lines")}</h2>
              <span className="count">{t("record.currency", { currency })}</span>
              <div className="tools">
                <Link to="/p/$property/visits/$number/folio" params={params}>
                  {t("record.open_folio")}
                </Link>
              </div>
            </div>
            <BillTable view={view} />
          </section>
          <Journal view={view} />
        </div>
      </div>
      <div className="action-bar no-print">
        {stage !== "cancelled" && (
          <>
            {primary ?? (
              <Link className="btn btn-fill" to="/p/$property/visits/$number/folio" params={params}>
                {t("record.open_folio")}
              </Link>
            )}
            <Button onPress={() => openDo("pay")}>{t("folio.pay")}</Button>
            <Button onPress={() => openDo("charge")}>{t("folio.charge")}</Button>
          </>
        )}
        <MoreMenu items={more} placement="top end" />
      </div>
      <Sheet view={view} />
      {doing === "charge" && <ChargeDialog view={view} onClose={() => openDo(undefined)} />}
      {doing === "pay" && <PayDialog view={view} onClose={() => openDo(undefined)} />}
      {doing === "trace" && <TraceDialog view={view} onClose={() => openDo(undefined)} />}
      {doing === "keys" && living && <KeysDialog view={view} onClose={() => openDo(undefined)} />}
      {doing === "move" && living && <MoveDialog view={view} onClose={() => openDo(undefined)} />}
      {doing === "extend" && byNight && <ExtendDialog view={view} onClose={() => openDo(undefined)} />}
      {doing === "assign" && coming && <AssignDialog view={view} onClose={() => openDo(undefined)} />}
      {doing === "change" && coming && !changesHours && <ChangeDialog view={view} onClose={() => openDo(undefined)} />}
      {doing === "change" && changesHours && <HoursDialog view={view} onClose={() => openDo(undefined)} />}
      {doing === "cancel" && coming && <CancelDialog view={view} onClose={() => openDo(undefined)} />}
      {doing && further.some(([id]) => id === doing) && (
        <Suspense>
          <FurtherDialog doing={doing} view={view} onClose={() => openDo(undefined)} />
        </Suspense>
      )}
      {early && <EarlyDialog view={view} onClose={() => setEarly(false)} />}
      {undone && <UndoDialog action={undone} view={view} onClose={() => setUndone(undefined)} />}
      {isDoubled && <DoubleDialog view={view} onClose={() => setDoubled(false)} />}
      {revealing && (
        <RevealDialog
          guest={guest}
          fields={withClass(fields, revealing)}
          onClose={() => setRevealing(undefined)}
          onShown={(now) => put(now, withClass(fields, revealing))}
        />
      )}
    </div>
  );
}

/** The three-part record of a visit. */
export function RecordScreen() {
  const { number } = useParams({ from: "/p/$property/visits/$number" });
  const { view, etag, error, again } = useVisit(number);
  if (error) {
    return (
      <div className="page">
        <Refusal error={error} retry={again} />
      </div>
    );
  }
  if (!view) return <Bones rows={8} />;
  return <Record view={view} etag={etag} key={view.number} />;
}
