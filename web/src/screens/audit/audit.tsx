import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Check, TriangleAlert } from "lucide-react";
import { type ReactNode, useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { auditCheckQuery, auditReportQuery, auditsQuery } from "../../api/queries";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Empty, Radios, Refusal, ScrollX, Tick } from "../../kit";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";
import "../checkin/checkin.css";
import "../folio/folio.css";

function Visits({ numbers }: { numbers: readonly { visit: string; text?: ReactNode }[] }) {
  const t = useTexts();
  const house = useHouse();
  const shown = numbers.slice(0, 6);
  return (
    <>
      {shown.map((one, at) => (
        <span key={`${one.visit}-${at}`}>
          {at > 0 && t("word.comma")}
          <Link className="num" to="/p/$property/visits/$number" params={{ property: house.code, number: one.visit }}>
            {one.text ?? one.visit}
          </Link>
        </span>
      ))}
      {numbers.length > shown.length && ` ${t("audit.more", { count: numbers.length - shown.length })}`}
    </>
  );
}

function Line({ ok, title, children }: { ok: boolean; title: string; children: ReactNode }) {
  const t = useTexts();
  return (
    <div className="check-line" data-open={!ok || undefined}>
      {ok ? (
        <Check size={16} className="green" aria-label={t("folio.check.ok")} />
      ) : (
        <TriangleAlert size={16} aria-label={t("folio.check.open")} />
      )}
      <b>{title}</b>
      <p>{children}</p>
    </div>
  );
}

function Open({ check }: { check: Schema<"AuditCheck"> }) {
  const t = useTexts();
  const house = useHouse();
  const held = check.deposits_held;
  return (
    <>
      <Line
        ok={check.arrivals_not_come.length === 0}
        title={t("audit.arrivals", { count: check.arrivals_not_come.length })}
      >
        {check.arrivals_not_come.length === 0 ? t("audit.arrivals_none") : <Visits numbers={check.arrivals_not_come} />}
      </Line>
      <Line
        ok={check.departures_not_gone.length === 0}
        title={t("audit.departures", { count: check.departures_not_gone.length })}
      >
        {check.departures_not_gone.length === 0 ? (
          t("audit.departures_none")
        ) : (
          <Visits
            numbers={check.departures_not_gone.map((one) => ({ visit: one.visit, text: one.room ?? one.visit }))}
          />
        )}
      </Line>
      <Line ok title={t("audit.charge", { count: check.to_be_charged.length })}>
        {t("audit.charge_note")}
      </Line>
      <Line ok={check.unsettled.length === 0} title={t("audit.unsettled", { count: check.unsettled.length })}>
        {check.unsettled.length === 0 ? (
          t("audit.unsettled_none")
        ) : (
          <Visits
            numbers={check.unsettled.map((one) => ({
              visit: one.visit,
              text: `${one.visit} ${house.money(one.balance)}`,
            }))}
          />
        )}
      </Line>
      {held.length > 0 && (
        <Line ok={false} title={t("audit.deposits", { count: held.length })}>
          <Visits numbers={held.map((one) => ({ visit: one.visit, text: `${one.visit} ${house.money(one.held)}` }))} />
        </Line>
      )}
      {check.pre_authorisations_expiring.length > 0 && (
        <Line ok={false} title={t("audit.pre_auths", { count: check.pre_authorisations_expiring.length })}>
          <Visits
            numbers={check.pre_authorisations_expiring.map((one) => ({
              visit: one.visit,
              text: `${one.visit} ${house.money(one.amount)}`,
            }))}
          />
        </Line>
      )}
      <Line
        ok={check.out_of_balance.length === 0}
        title={t(check.out_of_balance.length === 0 ? "audit.balanced" : "audit.unbalanced", {
          count: check.out_of_balance.length,
        })}
      >
        {check.out_of_balance.length === 0
          ? t("audit.balanced_note")
          : check.out_of_balance
              .map((one) =>
                t("audit.off", {
                  ledger: t(`ledger.${one.ledger}`),
                  says: house.money(one.ledger_says),
                  records: house.money(one.records_say),
                }),
              )
              .join(t("word.comma"))}
      </Line>
    </>
  );
}

function Report({ date }: { date: string }) {
  const t = useTexts();
  const house = useHouse();
  const { data: report, error } = useQuery(auditReportQuery(house.code, date));
  if (error) return <Refusal error={error} />;
  if (!report) return <Bones rows={5} />;
  return (
    <>
      <Card
        title={t("audit.did", { date: house.f.longDay(report.business_date) })}
        note={
          report.finished_at
            ? t("audit.finished", { time: house.f.moment(report.finished_at, house.zone) })
            : t("audit.unfinished")
        }
      >
        {report.steps.map((step) => (
          <div className="check-line" key={step.step}>
            {step.done ? (
              <Check size={16} className="green" aria-label={t("folio.check.ok")} />
            ) : (
              <TriangleAlert size={16} aria-label={t("folio.check.open")} />
            )}
            <b>{t(`audit.step.${step.step}`)}</b>
            <p className="num">{t("audit.affected", { count: step.count })}</p>
          </div>
        ))}
      </Card>
      <Card title={t("audit.totals")} note={house.currency}>
        {report.totals.length === 0 ? (
          <Empty title={t("audit.no_totals")} />
        ) : (
          <ScrollX>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t("folio.item")}</th>
                  <th scope="col" className="end">
                    {t("audit.postings")}
                  </th>
                  <th scope="col" className="end">
                    {t("word.amount")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {report.totals.map((total) => (
                  <tr key={total.code}>
                    <td>{house.codeName(total.code)}</td>
                    <td className="end num">{total.count}</td>
                    <td className="end num">{house.money(total.amount)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollX>
        )}
      </Card>
    </>
  );
}

/** The night audit: what is open, what it will do, and what it did. */
export function Audit() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const { date } = useSearch({ from: "/p/$property/audit" });
  const { data: check, error, refetch } = useQuery(auditCheckQuery(house.code));
  const { data: runs } = useQuery(auditsQuery(house.code));
  const [noShows, setNoShows] = useState<"mark" | "keep">();
  const [force, setForce] = useState(false);
  const form = useSend<Schema<"AuditInput">, Schema<"AuditReport">>(
    (body, key) =>
      data(
        api.POST("/api/v1/properties/{property}/night-audit", {
          params: { path: { property: house.code }, header: { "Idempotency-Key": key } },
          body,
        }),
      ),
    (report) => {
      say(t("audit.done", { date: house.f.longDay(report.business_date) }));
      void navigate({
        to: "/p/$property/audit",
        params: { property: house.code },
        search: { date: report.business_date },
      });
    },
  );
  const waiting = check?.arrivals_not_come.length ?? 0;
  const undecided = waiting > 0 && noShows === undefined;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.audit")}</h1>
        <span className="two">{t("audit.closes", { date: house.f.longDay(house.today) })}</span>
        <span className="two">
          {house.view.property.audit_automatic
            ? t("audit.automatic", { time: house.f.minute(house.view.property.audit_minute) })
            : t("audit.by_hand")}
        </span>
      </div>
      <div className="two-pane">
        <div>
          {date ? (
            <Report date={date} />
          ) : (
            <Card title={t("audit.open")} note={house.f.longDay(house.today)}>
              {error && !check ? (
                <Refusal error={error} retry={() => void refetch()} />
              ) : check ? (
                <Open check={check} />
              ) : (
                <Bones rows={6} />
              )}
            </Card>
          )}
        </div>
        <div>
          <Card title={t("audit.will")}>
            <div className="confirm-sums">
              <ol className="will">
                <li>{t("audit.will_charge", { count: check?.to_be_charged.length ?? 0 })}</li>
                <li>{t("audit.will_no_show", { count: waiting })}</li>
                <li>{t("audit.will_dirty")}</li>
                <li>{t("audit.will_roll", { date: house.f.longDay(house.tomorrow) })}</li>
              </ol>
              {waiting > 0 && (
                <Radios
                  label={t("audit.no_shows")}
                  className="method-choices"
                  optionClass="method"
                  value={noShows}
                  onChange={setNoShows}
                  options={[
                    { id: "mark", text: t("audit.mark", { count: waiting }) },
                    { id: "keep", text: t("audit.keep") },
                  ]}
                />
              )}
              {form.error !== null && form.error !== undefined && (
                <>
                  <Refusal error={form.error} />
                  <Tick ticked={force} onChange={setForce}>
                    {t("audit.force")}
                  </Tick>
                </>
              )}
              <Button
                look="fill"
                size="main"
                wide
                busy={form.busy}
                isDisabled={!check || undecided}
                onPress={() =>
                  form.send({
                    business_date: house.today,
                    ...(waiting > 0 && noShows ? { no_shows: noShows } : {}),
                    ...(force ? { force } : {}),
                  })
                }
              >
                {t("audit.do", { date: house.f.day(house.today) })}
              </Button>
              <p className="meta">{t(undecided ? "audit.decide" : "audit.final")}</p>
            </div>
          </Card>
          <Card title={t("audit.runs")}>
            {!runs ? (
              <Bones rows={3} />
            ) : runs.length === 0 ? (
              <Empty title={t("audit.no_runs")} />
            ) : (
              <ScrollX>
                <table className="table">
                  <thead className="quiet">
                    <tr>
                      {[t("word.date"), t("groups.rooms"), t("word.amount")].map((name) => (
                        <th key={name} scope="col">
                          <span className="vh">{name}</span>
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {runs.map((run) => (
                      <tr key={run.business_date}>
                        <td>
                          <Link
                            to="/p/$property/audit"
                            params={{ property: house.code }}
                            search={{ date: run.business_date }}
                          >
                            {house.f.longDay(run.business_date)}
                          </Link>
                        </td>
                        <td className="end num">{t("audit.charged", { count: run.rooms_charged })}</td>
                        <td className="end num">{house.money(run.room_revenue)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </ScrollX>
            )}
            {date && (
              <div className="card-more">
                <Link to="/p/$property/audit" params={{ property: house.code }}>
                  {t("audit.back_to_open")}
                </Link>
              </div>
            )}
          </Card>
        </div>
      </div>
    </div>
  );
}
