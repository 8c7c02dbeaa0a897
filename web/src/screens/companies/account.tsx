import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ChevronLeft, Download } from "lucide-react";
import { useState } from "react";
import type { Schema } from "../../api/client";
import { accountQuery, exportAccount } from "../../api/trade";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, cx, Empty, Refusal, ScrollX } from "../../kit";
import { DayField } from "../../kit/date";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { addDays, isDate } from "../../lib/format";
import { useHouse } from "../../lib/house";
import { saveAs } from "../../lib/save";
import { bookingTone, word } from "../../lib/words";
import "../record/record.css";
import "../reconcile/reconcile.css";

type Sum = Schema<"AccountSum">;

/** What some visits come to; amounts as the server added them up. More rooms than were agreed stand out. */
function Cells({ sum, agreed }: { sum: Sum | Schema<"AccountVisit">; agreed: number }) {
  const { f } = useHouse();
  const isOff = sum.received > agreed;
  return (
    <>
      <td className="end num">{f.count(sum.rooms)}</td>
      <td className={cx("end num", isOff && "amber")}>{f.count(sum.received)}</td>
      <td className="end num">{f.count(sum.room_nights)}</td>
      <td className="end num">{f.money(sum.promised, sum.currency)}</td>
      <td className="end num">{f.money(sum.charged, sum.currency)}</td>
      <td className="end num">{f.money(sum.paid, sum.currency)}</td>
      <td className="end num">
        <b>{f.money(sum.balance, sum.currency)}</b>
      </td>
      <td className={cx("end num", sum.findings > 0 && "amber")}>{f.count(sum.findings)}</td>
      <td className={cx("end num", sum.stake > 0 && "amber")}>{f.money(sum.stake, sum.currency)}</td>
    </>
  );
}

function Heads() {
  const t = useTexts();
  const heads = [
    "rooms",
    "received",
    "room_nights",
    "promised",
    "charged",
    "paid",
    "balance",
    "findings",
    "stake",
  ] as const;
  return heads.map((id) => (
    <th key={id} scope="col" className="end">
      {t(`account.${id}`)}
    </th>
  ));
}

/** The account of a company with its subsidiaries: what each booked, received, consumed and paid, and what of it is in question. */
export function AccountScreen() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const { company } = useParams({ from: "/p/$property/companies/$company/account" });
  const search = useSearch({ from: "/p/$property/companies/$company/account" });
  const from = search.from ?? addDays(house.today, -30);
  const to = search.to ?? addDays(house.today, 30);
  const [first, setFirst] = useState(from);
  const [last, setLast] = useState(to);
  const { data: account, error, refetch, isPlaceholderData } = useQuery(accountQuery(company, from, to));
  const taking = useSend<void, Blob>(
    () => exportAccount(company, from, to),
    (rows) => {
      saveAs(rows, t("account.export_name", { code: company, from, to }));
      say(t("account.exported"));
    },
  );
  return (
    <div className="page">
      <Link className="back-link" to="/p/$property/companies" params={{ property: house.code }} search={{ company }}>
        <ChevronLeft size={16} aria-hidden="true" />
        {t("account.back")}
      </Link>
      <div className="page-head">
        <h1>{t("account.title", { name: account?.name ?? company })}</h1>
        {account && <span className="two">{t("account.note", { count: account.subsidiaries })}</span>}
        <div className="tools">
          <Button busy={taking.busy} isDisabled={!account?.visits.length} onPress={() => taking.send()}>
            <Download size={16} aria-hidden="true" />
            {t("account.export")}
          </Button>
        </div>
      </div>
      <Card label={t("bookings.filter")}>
        <form
          className="card-body finding-filters"
          onSubmit={(event) => {
            event.preventDefault();
            if (isDate(first) && isDate(last) && first <= last)
              void navigate({
                to: "/p/$property/companies/$company/account",
                params: { property: house.code, company },
                search: { from: first, to: last },
                replace: true,
                resetScroll: false,
              });
          }}
        >
          <DayField label={t("account.from")} value={first} onChange={setFirst} />
          <DayField label={t("account.to")} value={last} min={first} onChange={setLast} />
          <div className="field-button">
            <Button type="submit" isDisabled={!isDate(first) || !isDate(last) || last < first}>
              {t("account.show")}
            </Button>
          </div>
        </form>
      </Card>
      <Refusal error={taking.error} />
      {error && !account ? (
        <Refusal error={error} retry={() => void refetch()} />
      ) : !account ? (
        <Bones rows={8} />
      ) : account.total.length === 0 ? (
        <Card label={t("account.totals")}>
          <Empty title={t("account.none")}>{t("account.none_note")}</Empty>
        </Card>
      ) : (
        <>
          <Card title={t("account.by_company")} className={cx(isPlaceholderData && "stale")}>
            <ScrollX>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{t("account.company")}</th>
                    <th scope="col" className="end">
                      {t("account.bookings")}
                    </th>
                    <th scope="col" className="end">
                      {t("account.blocked")}
                    </th>
                    <Heads />
                  </tr>
                </thead>
                <tbody>
                  {account.companies.map((sum) => (
                    <tr key={`${sum.company} ${sum.currency}`}>
                      <td>
                        <Link
                          to="/p/$property/companies"
                          params={{ property: house.code }}
                          search={{ company: sum.company ?? undefined }}
                        >
                          {sum.name}
                        </Link>
                        <span className="block two num">{sum.company}</span>
                      </td>
                      <td className="end num">{house.f.count(sum.reservations)}</td>
                      <td className="end num">{house.f.count(sum.blocked)}</td>
                      <Cells sum={sum} agreed={sum.blocked || sum.rooms} />
                    </tr>
                  ))}
                  {account.total.map((sum) => (
                    <tr key={sum.currency}>
                      <td>
                        <b>{t("account.total", { currency: sum.currency })}</b>
                      </td>
                      <td className="end num">{house.f.count(sum.reservations)}</td>
                      <td className="end num">{house.f.count(sum.blocked)}</td>
                      <Cells sum={sum} agreed={sum.blocked || sum.rooms} />
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollX>
          </Card>
          <Card
            title={t("account.visits")}
            note={
              account.is_whole
                ? account.visits.length
                : t("account.first", { rows: house.f.count(account.visits.length) })
            }
          >
            <ScrollX>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{t("bookings.number")}</th>
                    <th scope="col">{t("account.company")}</th>
                    <th scope="col">{t("word.dates")}</th>
                    <th scope="col">{t("bookings.state")}</th>
                    <Heads />
                  </tr>
                </thead>
                <tbody>
                  {account.visits.map((visit) => (
                    <tr key={visit.number}>
                      <td className="num">
                        <Link
                          to="/p/$property/visits/$number"
                          params={{ property: visit.property, number: visit.number }}
                        >
                          {visit.number}
                        </Link>
                        <span className="block two">
                          {visit.property} · {word(t, "channel", visit.channel)}
                        </span>
                      </td>
                      <td>{visit.company}</td>
                      <td className="num nowrap">{house.f.range(visit.arrival, visit.departure)}</td>
                      <td>
                        <Chip tone={bookingTone[visit.state]}>{t(`booking.${visit.state}`)}</Chip>
                      </td>
                      <Cells sum={visit} agreed={visit.rooms} />
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollX>
          </Card>
        </>
      )}
    </div>
  );
}
