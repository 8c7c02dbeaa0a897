import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ChevronLeft, Eye } from "lucide-react";
import { type ReactNode, useState } from "react";
import { api, data, type Schema } from "../../api/client";
import {
  goldenQuery,
  guestFlagsQuery,
  guestIdentityQuery,
  guestQuery,
  guestSourcesQuery,
  guestVisitsQuery,
  memberQuery,
  undoMerge,
} from "../../api/people";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, Empty, Masked, Refusal, ScrollX } from "../../kit";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { groupNumber, nightsBetween } from "../../lib/format";
import { useHouse } from "../../lib/house";
import { useKeys } from "../../lib/keys";
import { useWho } from "../../lib/who";
import { bookingTone, word } from "../../lib/words";
import { RevealDialog, useRevealed, withClass } from "../record/reveal";
import { EditGuest } from "./edit";
import { FlagDialog, UnflagDialog } from "./flags";
import { Benefits, Vouchers } from "./vouchers";
import "../record/record.css";
import "./guests.css";

type Guest = Schema<"GuestView">;

/** A fact of the profile; what is not known has no row. */
function FactLine({ name, children }: { name: string; children: ReactNode }) {
  if (children === undefined || children === null || children === "" || children === false) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Stays({ id }: { id: string }) {
  const t = useTexts();
  const house = useHouse();
  const [limit, setLimit] = useState(20);
  const { data: found, error, refetch } = useQuery(guestVisitsQuery(id, limit));
  return (
    <Card title={t("guest.stays")} note={found && t("guest.stays_note")}>
      {error && !found ? (
        <div className="card-body">
          <Refusal error={error} retry={() => void refetch()} />
        </div>
      ) : !found ? (
        <Bones rows={4} />
      ) : found.visits.length === 0 ? (
        <Empty title={t("guest.no_stays")}>{t("guest.no_stays_note")}</Empty>
      ) : (
        <>
          <ScrollX>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t("bookings.number")}</th>
                  <th scope="col">{t("word.dates")}</th>
                  <th scope="col" className="end">
                    {t("word.nights")}
                  </th>
                  <th scope="col">{t("word.room")}</th>
                  <th scope="col">{t("guest.role")}</th>
                  <th scope="col" className="end">
                    {t("groups.charged")}
                  </th>
                  <th scope="col" className="end">
                    {t("groups.paid")}
                  </th>
                  <th scope="col" className="end">
                    {t("word.balance")}
                  </th>
                  <th scope="col" className="end">
                    {t("bookings.state")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {found.visits.map((visit) => {
                  const nights = nightsBetween(visit.arrival, visit.departure);
                  const rooms = visit.rooms.length > 0 ? visit.rooms : visit.room_types.map(house.typeName);
                  return (
                    <tr key={visit.number}>
                      <td className="num">
                        <Link
                          to="/p/$property/visits/$number"
                          params={{ property: visit.property, number: groupNumber(visit.number) }}
                        >
                          {groupNumber(visit.number)}
                        </Link>
                        {visit.property !== house.code && <span className="two"> {visit.property}</span>}
                      </td>
                      <td className="num">{house.f.range(visit.arrival, visit.departure)}</td>
                      <td className="end num">{nights === 0 ? t("date.part_day") : nights}</td>
                      <td className="nowrap num">{rooms.join(t("word.comma"))}</td>
                      <td className="nowrap two">{t(visit.is_booker ? "guest.booker" : "guest.stayed_only")}</td>
                      <td className="end num">{house.f.money(visit.charged, visit.currency)}</td>
                      <td className="end num">{house.f.money(visit.paid, visit.currency)}</td>
                      <td className="end num">{house.f.money(visit.balance, visit.currency)}</td>
                      <td className="end nowrap">
                        {visit.stayed && visit.state === "reserved" ? (
                          <Chip tone="done">{t("guest.came")}</Chip>
                        ) : (
                          <Chip tone={bookingTone[visit.state]}>{t(`booking.${visit.state}`)}</Chip>
                        )}
                      </td>
                    </tr>
                  );
                })}
              </tbody>
              <tfoot>
                {found.total.map((sum) => (
                  <tr key={sum.currency} className="sum-row">
                    <td colSpan={5}>
                      <b>{t("guest.total", { count: sum.reservations, currency: sum.currency })}</b>
                    </td>
                    <td className="end num">
                      <b>{house.f.money(sum.charged, sum.currency)}</b>
                    </td>
                    <td className="end num">
                      <b>{house.f.money(sum.paid, sum.currency)}</b>
                    </td>
                    <td colSpan={2} />
                  </tr>
                ))}
              </tfoot>
            </table>
          </ScrollX>
          {found.more && (
            <div className="card-more">
              <Button look="link" onPress={() => setLimit(limit + 50)}>
                {t("guest.earlier")}
              </Button>
            </div>
          )}
        </>
      )}
    </Card>
  );
}

function Points({ member }: { member: Schema<"MemberView"> }) {
  const t = useTexts();
  const house = useHouse();
  const { membership, entries } = member;
  const [all, setAll] = useState(false);
  const shown = all ? entries : entries.slice(0, 8);
  return (
    <Card
      title={t("guest.points")}
      note={t("guest.points_note", {
        tier: word(t, "tier", membership.tier),
        number: membership.number,
        points: house.f.count(membership.points),
      })}
    >
      {entries.length === 0 ? (
        <Empty title={t("guest.no_points")} />
      ) : (
        <>
          <ScrollX>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t("word.time")}</th>
                  <th scope="col">{t("word.what")}</th>
                  <th scope="col">{t("bookings.number")}</th>
                  <th scope="col" className="end">
                    {t("record.facts.points")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {shown.map((entry, at) => (
                  <tr key={at}>
                    <td className="num two">{house.f.moment(entry.at, house.zone)}</td>
                    <td>{word(t, "points", entry.kind)}</td>
                    <td className="num">
                      {entry.visit && entry.property && (
                        <Link
                          to="/p/$property/visits/$number"
                          params={{ property: entry.property, number: groupNumber(entry.visit) }}
                        >
                          {groupNumber(entry.visit)}
                        </Link>
                      )}
                    </td>
                    <td className="end num">
                      {entry.points > 0 ? "+" : ""}
                      {house.f.count(entry.points)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollX>
          {entries.length > shown.length && (
            <div className="card-more">
              <Button look="link" onPress={() => setAll(true)}>
                {t("record.all_entries", { count: entries.length })}
              </Button>
            </div>
          )}
        </>
      )}
    </Card>
  );
}

function Profile({ guest, onReveal }: { guest: Guest; onReveal: (() => void) | undefined }) {
  const t = useTexts();
  const house = useHouse();
  const { profile } = guest;
  const list = (values: readonly string[] | undefined) => values?.join(t("word.comma"));
  return (
    <Card
      title={t("guest.profile")}
      note={onReveal ? t("guest.masked") : t("guest.revealed")}
      tools={
        onReveal && (
          <Button look="link" onPress={onReveal}>
            <Eye size={14} aria-hidden="true" />
            {t("guest.reveal_all")}
          </Button>
        )
      }
    >
      <dl className="facts card-body">
        <FactLine name={t("guest.other_names")}>{list(profile.other_names)}</FactLine>
        <FactLine name={t("word.phone")}>
          <span className="num">{list(profile.phones)}</span>
        </FactLine>
        <FactLine name={t("word.email")}>{list(profile.emails)}</FactLine>
        {(profile.documents ?? []).map((one, at) => (
          <FactLine key={at} name={word(t, "document", one.type)}>
            <span className="num">{one.number}</span>
            {one.country ? ` ${one.country}` : ""}
            {one.expires && (
              <span className={one.expires < house.today ? "amber" : "two"}>
                {" "}
                {t("guest.expires", { date: house.f.day(one.expires) })}
              </span>
            )}
            {one.verified && <span className="green"> {t("guest.verified")}</span>}
          </FactLine>
        ))}
        <FactLine name={t("guest.birth")}>{profile.birth}</FactLine>
        <FactLine name={t("guest.sex")}>
          {profile.sex === "female" || profile.sex === "male" ? t(`guest.${profile.sex}`) : profile.sex}
        </FactLine>
        <FactLine name={t("guest.nationality")}>{profile.nationality}</FactLine>
        <FactLine name={t("guest.city")}>{profile.city}</FactLine>
        <FactLine name={t("guest.address")}>{profile.address}</FactLine>
        <FactLine name={t("guest.language")}>{profile.language}</FactLine>
        <FactLine name={t("guest.emergency")}>{profile.emergency_contact}</FactLine>
      </dl>
    </Card>
  );
}

function Wishes({ guest }: { guest: Guest }) {
  const t = useTexts();
  const house = useHouse();
  const { preferences = [], consents = [] } = guest.profile;
  return (
    <Card title={t("guest.wishes")}>
      <dl className="facts card-body">
        <dt>{t("guest.preferences")}</dt>
        <dd>
          {preferences.length === 0 ? (
            <span className="two">{t("guest.none_known")}</span>
          ) : (
            <span className="chips">
              {preferences.map((one) => (
                <Chip key={one}>{one}</Chip>
              ))}
            </span>
          )}
        </dd>
        {consents.map((one) => (
          <FactLine key={one.purpose} name={t(`guest.purpose.${one.purpose}`)}>
            {t(one.given ? "guest.given" : "guest.refused", { date: house.f.day(one.on) })}
          </FactLine>
        ))}
        {consents.length === 0 && <FactLine name={t("guest.consents")}>{t("guest.never_asked")}</FactLine>}
      </dl>
    </Card>
  );
}

/** Which systems a guest came from, what was merged, and what is still asked. */
function Origins({ id }: { id: string }) {
  const t = useTexts();
  const house = useHouse();
  const { data: sources, error, refetch } = useQuery(guestSourcesQuery(id));
  const { data: golden } = useQuery(goldenQuery(id));
  const { data: history } = useQuery(guestIdentityQuery(id));
  const undo = useSend<string, Schema<"Merged">>(undoMerge, () => say(t("identity.undone")));
  const open = history?.pairs.filter((pair) => pair.state === "open") ?? [];
  const merges = history?.merges ?? [];
  const who = useWho(merges.map((one) => one.actor));
  const origins = golden?.origins ?? [];
  return (
    <Card title={t("guest.origins")} note={sources && t("guest.sources", { count: sources.length })}>
      {error ? (
        <div className="card-body">
          <Refusal error={error} retry={() => void refetch()} />
        </div>
      ) : !sources ? (
        <Bones rows={2} />
      ) : (
        <ul className="lines">
          {sources.map((one) => {
            const gives = origins
              .filter((origin) => origin.system === one.system && origin.external_id === one.external_id)
              .map((origin) => word(t, "field", origin.field.replace(/\[\d+\]$/, "")));
            return (
              <li key={`${one.system}/${one.external_id}`}>
                <span className="grow">
                  <b>{word(t, "channel", one.system)}</b> <span className="num two">{one.external_id}</span>
                  {gives.length > 0 && (
                    <span className="meta block">
                      {t("guest.gives", { fields: [...new Set(gives)].join(t("word.comma")) })}
                    </span>
                  )}
                </span>
                <span className="num two">{house.f.moment(one.received_at, house.zone)}</span>
              </li>
            );
          })}
          {merges.map((one) => (
            <li key={one.id}>
              <span className="grow">
                {t(one.undone_at ? "guest.merge_undone" : one.automatic ? "guest.merged_by_model" : "guest.merged_by", {
                  who: who(one.actor),
                })}
                <span className="meta block num">{house.f.moment(one.undone_at ?? one.at, house.zone)}</span>
              </span>
              {!one.undone_at && (
                <Button size="row" busy={undo.busy} onPress={() => undo.send(one.id)}>
                  {t("identity.undo")}
                </Button>
              )}
            </li>
          ))}
          {open.length > 0 && (
            <li>
              <span className="grow amber">{t("guest.open_pairs", { count: open.length })}</span>
              <Link
                to="/p/$property/identity"
                params={{ property: house.code }}
                search={{ pair: `${open[0]?.one}.${open[0]?.two}` }}
              >
                {t("nav.identity")}
              </Link>
            </li>
          )}
        </ul>
      )}
      {undo.error ? (
        <div className="card-body">
          <Refusal error={undo.error} />
        </div>
      ) : null}
    </Card>
  );
}

function Guest360({ guest: masked, etag }: { guest: Guest; etag: string | undefined }) {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const { do: doing } = useSearch({ from: "/p/$property/guests/$id" });
  const { guest, shown: fields, shows, put } = useRevealed(masked);
  const isRevealed = fields === "all";
  const [asking, setAsking] = useState<"look" | "phone" | "edit">();
  const [editing, setEditing] = useState<Guest>();
  const { data: flags = [] } = useQuery(guestFlagsQuery(masked.id));
  const { data: member } = useQuery(memberQuery(masked.id));
  const enrol = useSend<void, Schema<"MembershipView">>(
    (_, key) =>
      data(
        api.POST("/api/v1/guests/{id}/membership", {
          params: { path: { id: masked.id }, header: { "Idempotency-Key": key } },
          body: {},
        }),
      ),
    (made) => say(t("guest.enrolled", { number: made.number })),
  );
  const openDo = (next: "vip" | "blacklist" | "voucher" | undefined) =>
    void navigate({
      to: "/p/$property/guests/$id",
      params: { property: house.code, id: masked.id },
      search: { do: next },
      replace: next === undefined,
      resetScroll: false,
    });
  const { profile } = guest;
  const name = profile.full_name ?? "–";
  const onReveal = isRevealed || !masked.masked ? undefined : () => setAsking("look");
  const edit = () => (masked.masked && !isRevealed ? setAsking("edit") : setEditing(guest));
  const book = () =>
    void navigate({ to: "/p/$property/book", params: { property: house.code }, state: { name: profile.full_name } });
  useKeys([{ key: "e", says: t("guest.edit"), run: edit }]);
  const flag = (kind: "vip" | "blacklist") => flags.find((one) => one.kind === kind);
  const flagged = doing === "voucher" ? undefined : doing;
  const chosen = flagged && (flag(flagged) ? "off" : "on");
  return (
    <div className="record-screen">
      <header className="record-head">
        <div>
          <div className="record-back">
            <Link to="/p/$property/guests" params={{ property: house.code }}>
              <ChevronLeft size={14} aria-hidden="true" />
              {t("nav.guests")}
            </Link>
          </div>
          <div className="record-name">
            <h1>{name}</h1>
            {member && <Chip>{word(t, "tier", member.membership.tier)}</Chip>}
            {flag("vip") && <Chip>{t("guest.vip")}</Chip>}
            {flag("blacklist") && <Chip tone="wrong">{t("guest.blacklist")}</Chip>}
            {masked.state !== "active" && <Chip tone="done">{t(`guest.state.${masked.state}`)}</Chip>}
          </div>
          <div className="record-facts">
            {profile.phones?.[0] && (
              <Masked onReveal={onReveal && !shows("phone") ? () => setAsking("phone") : undefined}>
                {profile.phones[0]}
              </Masked>
            )}
            {profile.emails?.[0] && <span>{profile.emails[0]}</span>}
            {profile.city && <span>{profile.city}</span>}
            {flags.map((one) => (
              <span key={one.kind} className={one.kind === "blacklist" ? "red" : undefined}>
                {t(`guest.${one.kind}`)}
                {t("record.because", { reason: one.reason })}
              </span>
            ))}
          </div>
        </div>
        <div className="record-side">
          <div className="guest-tools">
            <Button onPress={edit}>{t("guest.edit")}</Button>
            {member === null && (
              <Button busy={enrol.busy} onPress={() => enrol.send()}>
                {t("guest.enrol")}
              </Button>
            )}
            <Button onPress={() => openDo("vip")}>{t(flag("vip") ? "guest.vip_off" : "guest.vip_on")}</Button>
            <Button onPress={() => openDo("blacklist")}>
              {t(flag("blacklist") ? "guest.blacklist_off" : "guest.blacklist_on")}
            </Button>
            <Button look="fill" onPress={book}>
              {t("today.book")}
            </Button>
          </div>
        </div>
      </header>
      <div className="page">
        <Refusal error={enrol.error} />
        <div className="guest-cols">
          <div>
            <Stays id={masked.id} />
            {member && <Points member={member} />}
            {member && (
              <Vouchers
                member={member.membership.number}
                isIssuing={doing === "voucher"}
                onIssue={(is) => openDo(is ? "voucher" : undefined)}
              />
            )}
          </div>
          <div>
            <Profile guest={guest} onReveal={onReveal} />
            {member && <Benefits tier={member.membership.tier} />}
            <Wishes guest={guest} />
            <Origins id={masked.id} />
          </div>
        </div>
      </div>
      {asking && (
        <RevealDialog
          guest={masked}
          fields={asking === "phone" ? withClass(fields, "phone") : "all"}
          onClose={() => setAsking(undefined)}
          onShown={(shown) => {
            put(shown, asking === "phone" ? withClass(fields, "phone") : "all");
            if (asking === "edit") setEditing(shown);
          }}
        />
      )}
      {editing && <EditGuest guest={editing} etag={etag} onClose={() => setEditing(undefined)} />}
      {flagged && chosen === "on" && <FlagDialog id={masked.id} kind={flagged} onClose={() => openDo(undefined)} />}
      {flagged && chosen === "off" && <UnflagDialog id={masked.id} kind={flagged} onClose={() => openDo(undefined)} />}
    </div>
  );
}

/** All that is known of a guest: stays and spend, documents, wishes and consents, where it came from and what was merged. */
export function GuestScreen() {
  const { id } = useParams({ from: "/p/$property/guests/$id" });
  const { data: found, error, refetch } = useQuery(guestQuery(id));
  if (error && !found) {
    return (
      <div className="page">
        <Refusal error={error} retry={() => void refetch()} />
      </div>
    );
  }
  if (!found) return <Bones rows={8} />;
  return <Guest360 key={found.data.id} guest={found.data} etag={found.etag} />;
}
