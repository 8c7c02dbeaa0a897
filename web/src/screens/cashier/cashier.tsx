import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { shiftQuery, shiftsQuery } from "../../api/queries";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, Empty, Field, Refusal, ScrollX } from "../../kit";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { groupNumber, readMoney } from "../../lib/format";
import { useHouse } from "../../lib/house";
import { word } from "../../lib/words";
import { DropCash, Rates } from "./extras";
import "../checkin/checkin.css";

type Sum = Schema<"ShiftSum">;
const keyOf = (sum: Sum) => `${sum.method}/${sum.currency}`;

function OpenShift() {
  const t = useTexts();
  const house = useHouse();
  const [float, setFloat] = useState("");
  const minor = float === "" ? 0 : readMoney(float, house.currency);
  const form = useSend<Schema<"ShiftInput">, Schema<"ShiftInfo">>(
    (body, key) =>
      data(
        api.POST("/api/v1/properties/{property}/shifts", {
          params: { path: { property: house.code }, header: { "Idempotency-Key": key } },
          body,
        }),
      ),
    (shift) => say(t("cashier.opened", { n: shift.number })),
  );
  return (
    <Card title={t("cashier.none_open")}>
      <div className="confirm-sums">
        <Field
          label={t("cashier.float", { currency: house.currency })}
          value={float}
          onChange={setFloat}
          money
          inputMode="decimal"
          error={form.at("/float/0/amount") ?? (minor === undefined ? t("folio.amount_form") : undefined)}
          help={t("cashier.float_help")}
        />
        <Refusal error={form.error} />
        <Button
          look="fill"
          size="main"
          wide
          busy={form.busy}
          isDisabled={minor === undefined}
          onPress={() => form.send({ float: minor ? [{ amount: minor }] : [] })}
        >
          {t("cashier.open")}
        </Button>
      </div>
    </Card>
  );
}

function CloseShift({ shift }: { shift: Schema<"ShiftView"> }) {
  const t = useTexts();
  const house = useHouse();
  const [counts, setCounts] = useState<Record<string, string>>({});
  const [reason, setReason] = useState("");
  const form = useSend<Schema<"CloseInput">, Schema<"ShiftInfo">>(
    (body, key) =>
      data(
        api.POST("/api/v1/properties/{property}/shifts/{number}/close", {
          params: { path: { property: house.code, number: shift.number }, header: { "Idempotency-Key": key } },
          body,
        }),
      ),
    (closed) => say(t("cashier.closed_said", { n: closed.number })),
  );
  const read = shift.sums.map((sum) => ({ sum, minor: readMoney(counts[keyOf(sum)] ?? "", sum.currency) }));
  const missing = read.some((one) => one.minor === undefined);
  return (
    <Card title={t("cashier.count")} note={t("cashier.count_note")}>
      <div className="confirm-sums">
        {read.map(({ sum, minor }, at) => (
          <Field
            key={keyOf(sum)}
            label={t("cashier.counted", { method: house.codeName(sum.method), currency: sum.currency })}
            value={counts[keyOf(sum)] ?? ""}
            onChange={(next) => setCounts({ ...counts, [keyOf(sum)]: next })}
            money
            inputMode="decimal"
            error={
              form.at(`/counts/${at}/counted`) ??
              ((counts[keyOf(sum)] ?? "") !== "" && minor === undefined ? t("folio.amount_form") : undefined)
            }
          />
        ))}
        <Field
          label={t("word.reason")}
          value={reason}
          onChange={setReason}
          maxLength={200}
          error={form.at("/reason")}
          help={t("cashier.reason_help")}
        />
        <Refusal error={form.error} />
        <Button
          look="fill"
          size="main"
          wide
          busy={form.busy}
          isDisabled={missing}
          onPress={() =>
            form.send({
              counts: read.flatMap(({ sum, minor }) =>
                minor === undefined ? [] : [{ method: sum.method, currency: sum.currency, counted: minor }],
              ),
              ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
            })
          }
        >
          {t("cashier.close", { n: shift.number })}
        </Button>
      </div>
    </Card>
  );
}

function ShiftBook({ number }: { number: number }) {
  const t = useTexts();
  const house = useHouse();
  const { data: shift, error } = useQuery(shiftQuery(house.code, number));
  if (error) return <Refusal error={error} />;
  if (!shift) return <Bones rows={5} />;
  return (
    <div className="two-pane">
      <div>
        <Card
          title={t("cashier.shift", { n: shift.number })}
          note={t("cashier.since", { time: house.f.moment(shift.opened_at, house.zone) })}
          tools={<Chip tone={shift.state === "open" ? "house" : "done"}>{t(`cashier.state.${shift.state}`)}</Chip>}
        >
          {shift.sums.length === 0 ? (
            <Empty title={t("cashier.nothing")} />
          ) : (
            <ScrollX>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{t("folio.method")}</th>
                    <th scope="col">{t("cashier.currency")}</th>
                    <th scope="col" className="end">
                      {t("cashier.expected")}
                    </th>
                    <th scope="col" className="end">
                      {t("cashier.counted_head")}
                    </th>
                    <th scope="col" className="end">
                      {t("cashier.difference")}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {shift.sums.map((sum) => (
                    <tr key={keyOf(sum)}>
                      <td>{house.codeName(sum.method)}</td>
                      <td>{sum.currency}</td>
                      <td className="end num">{house.f.money(sum.expected, sum.currency)}</td>
                      <td className="end num">{sum.counted == null ? "" : house.f.money(sum.counted, sum.currency)}</td>
                      <td className={`end num ${sum.difference ? "red" : ""}`}>
                        {sum.difference == null ? "" : house.f.money(sum.difference, sum.currency)}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollX>
          )}
        </Card>
        <Card title={t("cashier.book")} note={shift.entries.length}>
          {shift.entries.length === 0 ? (
            <Empty title={t("cashier.no_entries")} />
          ) : (
            <ScrollX>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{t("word.time")}</th>
                    <th scope="col">{t("word.what")}</th>
                    <th scope="col">{t("folio.method")}</th>
                    <th scope="col">{t("bookings.number")}</th>
                    <th scope="col" className="end">
                      {t("word.amount")}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {shift.entries.map((entry, at) => (
                    <tr key={at}>
                      <td className="num two">{house.f.moment(entry.posted_at, house.zone)}</td>
                      <td>{t(`cashier.kind.${entry.kind}`)}</td>
                      <td>{house.codeName(entry.method)}</td>
                      <td className="num">
                        {entry.visit && (
                          <Link
                            to="/p/$property/visits/$number"
                            params={{ property: house.code, number: groupNumber(entry.visit) }}
                          >
                            {groupNumber(entry.visit)}
                          </Link>
                        )}
                      </td>
                      <td className="end num">
                        {entry.currency} {house.f.money(entry.amount, entry.currency)}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollX>
          )}
        </Card>
      </div>
      <div>
        {shift.state === "open" ? <CloseShift shift={shift} /> : <OpenShift />}
        {shift.state === "open" && <DropCash shift={shift.number} />}
        <Rates />
      </div>
    </div>
  );
}

/** The cashier's shift: what came in and went out, and the count at its end. */
export function Cashier() {
  const t = useTexts();
  const house = useHouse();
  const { shift: asked } = useSearch({ from: "/p/$property/cashier" });
  const { data: shifts, error, refetch } = useQuery(shiftsQuery(house.code));
  const open = shifts?.find((one) => one.state === "open");
  const shown = asked ?? open?.number ?? shifts?.[0]?.number;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.cashier")}</h1>
        {open && <span className="two">{t("cashier.of", { who: word(t, "actor", open.cashier) })}</span>}
        {shifts && shifts.length > 1 && (
          <nav className="segments" aria-label={t("cashier.shifts")}>
            {shifts.slice(0, 6).map((one) => (
              <Link
                key={one.number}
                className="segment num"
                to="/p/$property/cashier"
                params={{ property: house.code }}
                search={{ shift: one.number }}
                {...(one.number === shown ? { "data-selected": true } : {})}
              >
                {t("cashier.shift", { n: one.number })}
              </Link>
            ))}
          </nav>
        )}
      </div>
      {error && !shifts ? (
        <Refusal error={error} retry={() => void refetch()} />
      ) : !shifts ? (
        <Bones rows={5} />
      ) : shown === undefined ? (
        <div className="narrow">
          <OpenShift />
        </div>
      ) : (
        <ShiftBook key={shown} number={shown} />
      )}
    </div>
  );
}
