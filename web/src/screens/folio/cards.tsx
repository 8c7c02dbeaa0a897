import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { invoicesQuery } from "../../api/bill";
import { api, data, type Schema } from "../../api/client";
import { useTexts } from "../../i18n";
import { Button, Card, Chip, Field, Refusal, Tick } from "../../kit";
import { DayField } from "../../kit/date";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { ReasonField, useTyped } from "../../kit/typed";
import { addDays, latest, readMoney } from "../../lib/format";
import { useHouse } from "../../lib/house";
import type { ActDialogProps } from "../record/dialogs";
import type { VisitView } from "../record/tally";
import { useAct } from "../record/visit";

type PreAuth = Schema<"PreAuthView">;
type Folio = Schema<"FolioView">;
type Invoice = Schema<"InvoiceInfo">;

/** Writes down what a terminal authorised. */
export function PreAuthDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const { currency, departure } = view.booking.reservation;
  const typed = useTyped({ amount: "", last_four: "", card_token: "" });
  const [expires, setExpires] = useState(addDays(latest(departure, house.today), 30));
  const [pending, setPending] = useState(false);
  const [tried, setTried] = useState(false);
  const minor = readMoney(typed.said("amount"), currency);
  const four = typed.said("last_four");
  const amount = minor === undefined ? "" : house.f.money(minor, currency);
  const form = useAct(view.number, "pre-authorisations", () => {
    say(t("bill.pre_auth_taken", { amount }));
    onClose();
  });
  const of = (name: "amount" | "last_four" | "card_token") => typed.of(name, form);
  return (
    <FormDialog
      title={t("bill.pre_auth")}
      note={t("bill.pre_auth_note")}
      onClose={onClose}
      form={form}
      action={minor === undefined ? t("bill.do_pre_auth") : t("bill.do_pre_auth_amount", { amount })}
      onSend={() => {
        setTried(true);
        if (minor !== undefined && /^\d{4}$/.test(four) && !typed.lacks("card_token"))
          form.send({ amount: minor, last_four: four, card_token: typed.said("card_token"), expires, pending });
      }}
    >
      <div className="fields">
        <Field
          {...of("amount")}
          label={t("folio.amount", { currency })}
          money
          inputMode="decimal"
          autoFocus
          error={of("amount").error ?? (tried && minor === undefined ? t("folio.amount_form") : undefined)}
        />
        <Field
          {...of("last_four")}
          label={t("bill.last_four")}
          inputMode="numeric"
          maxLength={4}
          error={of("last_four").error ?? (tried && !/^\d{4}$/.test(four) ? t("bill.last_four_form") : undefined)}
        />
      </div>
      <div className="fields">
        <Field {...of("card_token")} label={t("bill.token")} required />
        <DayField
          label={t("bill.expires")}
          value={expires}
          onChange={setExpires}
          min={house.today}
          error={form.at("/expires")}
        />
      </div>
      <Tick ticked={pending} onChange={setPending}>
        {t("bill.pending")}
      </Tick>
    </FormDialog>
  );
}

/** Takes what was authorised, or a part of it. */
function CaptureDialog({ view, preAuth, onClose }: ActDialogProps & { preAuth: PreAuth }) {
  const t = useTexts();
  const house = useHouse();
  const { currency } = view.booking.reservation;
  const { balance } = view.consumption;
  // What is owed, as far as it was authorised.
  const first = balance > 0 && balance < preAuth.amount ? balance : preAuth.amount;
  const [amount, setAmount] = useState(house.f.money(first, currency));
  const minor = readMoney(amount, currency);
  const shown = minor === undefined ? "" : house.f.money(minor, currency);
  const form = useAct(view.number, "pre-authorisations/capture", () => {
    say(t("bill.captured", { amount: shown }));
    onClose();
  });
  return (
    <FormDialog
      title={t("bill.capture_title")}
      note={t("bill.capture_note", { four: preAuth.last_four, amount: house.f.money(preAuth.amount, currency) })}
      onClose={onClose}
      form={form}
      action={t("bill.do_capture", { amount: shown })}
      isDisabled={minor === undefined}
      onSend={() => minor !== undefined && form.send({ pre_auth_id: preAuth.id, amount: minor })}
    >
      <Field
        label={t("folio.amount", { currency })}
        value={amount}
        onChange={setAmount}
        money
        inputMode="decimal"
        autoFocus
        error={form.at("/amount") ?? (minor === undefined ? t("folio.amount_form") : undefined)}
      />
    </FormDialog>
  );
}

/** What is held on cards, and what can be done about it; nothing where nothing was. */
export function PreAuths({ view }: { view: VisitView }) {
  const t = useTexts();
  const house = useHouse();
  const { currency } = view.booking.reservation;
  const all = view.consumption.pre_authorisations;
  const [capturing, setCapturing] = useState<PreAuth>();
  const confirm = useAct(view.number, "pre-authorisations/confirm", () => say(t("bill.settled")));
  const fail = useAct(view.number, "pre-authorisations/fail", () => say(t("bill.settled")));
  const release = useAct(view.number, "pre-authorisations/release", () => say(t("bill.released")));
  if (all.length === 0) return null;
  const money = (minor: number) => house.f.money(minor, currency);
  return (
    <Card title={t("bill.pre_auths")}>
      <ul className="lines">
        {all.map((one) => (
          <li key={one.id}>
            <span className="grow">
              <b className="num">{money(one.amount)}</b>{" "}
              <span className="two num">{t("bill.card", { four: one.last_four })}</span>
              {(one.state === "chargeable" || one.state === "pending") && (
                <span className="meta block num">{t("bill.until", { date: house.f.day(one.expires) })}</span>
              )}
            </span>
            {one.state === "pending" ? (
              <>
                <Chip tone="act">{t("bill.states.pending")}</Chip>
                <Button size="row" busy={confirm.busy} onPress={() => confirm.send({ pre_auth_id: one.id })}>
                  {t("bill.approved")}
                </Button>
                <Button size="row" busy={fail.busy} onPress={() => fail.send({ pre_auth_id: one.id })}>
                  {t("bill.refused")}
                </Button>
              </>
            ) : one.state === "chargeable" ? (
              <>
                <Button size="row" onPress={() => setCapturing(one)}>
                  {t("bill.capture")}
                </Button>
                <Button size="row" busy={release.busy} onPress={() => release.send({ pre_auth_id: one.id })}>
                  {t("bill.release")}
                </Button>
              </>
            ) : (
              <Chip tone="done">{t(`bill.states.${one.state}`, { amount: money(one.captured) })}</Chip>
            )}
          </li>
        ))}
      </ul>
      {(confirm.error ?? fail.error ?? release.error) ? (
        <div className="card-body">
          <Refusal error={confirm.error ?? fail.error ?? release.error} />
        </div>
      ) : null}
      {capturing && <CaptureDialog view={view} preAuth={capturing} onClose={() => setCapturing(undefined)} />}
    </Card>
  );
}

/** Who pays a window from now on. */
export function PayerDialog({ view, folio, onClose }: ActDialogProps & { folio: Folio }) {
  const t = useTexts();
  const [company, setCompany] = useState(folio.company ?? "");
  const name = company.trim();
  const form = useAct(view.number, "window", () => {
    say(t("bill.payer_set", { n: folio.window }));
    onClose();
  });
  return (
    <FormDialog
      title={t("bill.payer_title", { n: folio.window })}
      note={t("bill.payer_note")}
      onClose={onClose}
      form={form}
      action={t(name === "" ? "bill.do_payer_guest" : "bill.do_payer_company")}
      onSend={() =>
        form.send({ window: folio.window, ...(name === "" ? { guest: view.guest.id } : { company: name }) })
      }
    >
      <Field
        label={t("bill.company")}
        value={company}
        onChange={setCompany}
        help={t("bill.company_help")}
        autoFocus
        error={form.at("/company")}
      />
    </FormDialog>
  );
}

/** Issues an invoice over what of a window was not invoiced. */
export function InvoiceDialog({ view, window, onClose }: ActDialogProps & { window: number }) {
  const t = useTexts();
  const typed = useTyped({ title: "", tax_id: "" });
  const form = useSend<Schema<"InvoiceInput">, Invoice>(
    (body, key) =>
      data(
        api.POST("/api/v1/visits/{number}/invoices", {
          params: { path: { number: view.number }, header: { "Idempotency-Key": key } },
          body,
        }),
      ),
    (made) => {
      say(t("bill.invoiced", { number: `${made.series} ${made.number}` }));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t("bill.invoice_title")}
      note={t("bill.invoice_note", { n: window })}
      onClose={onClose}
      form={form}
      action={t("bill.do_invoice")}
      onSend={() =>
        form.send({
          window,
          ...(typed.lacks("title")
            ? {}
            : { buyer: { title: typed.said("title"), tax_id: typed.said("tax_id") || null } }),
        })
      }
    >
      <Field
        {...typed.of("title", form, "/buyer/title")}
        label={t("bill.buyer")}
        help={t("bill.buyer_help")}
        autoFocus
      />
      <Field {...typed.of("tax_id", form, "/buyer/tax_id")} label={t("bill.tax_id")} help={t("bill.tax_id_help")} />
    </FormDialog>
  );
}

/** Takes an invoice back as a whole, for a reason. */
function CreditDialog({ invoice, onClose }: { invoice: Invoice; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const typed = useTyped({ reason: "" });
  const [tried, setTried] = useState(false);
  const number = `${invoice.series} ${invoice.number}`;
  const form = useSend<string, unknown>(
    (reason, key) =>
      data(
        api.POST("/api/v1/properties/{property}/invoices/{series}/{number}/credit-notes", {
          params: {
            path: { property: house.code, series: invoice.series, number: invoice.number },
            header: { "Idempotency-Key": key },
          },
          body: { reason },
        }),
      ),
    () => {
      say(t("bill.credited", { number }));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t("bill.credit_title", { number })}
      note={t("bill.credit_note")}
      onClose={onClose}
      form={form}
      action={t("bill.do_credit", { amount: house.f.money(invoice.total, invoice.currency) })}
      onSend={() => {
        setTried(true);
        if (!typed.lacks("reason")) form.send(typed.said("reason"));
      }}
    >
      <ReasonField typed={typed} form={form} isMissed={tried} autoFocus />
    </FormDialog>
  );
}

/** What was invoiced of a visit; nothing where nothing was. */
export function Invoices({ view }: { view: VisitView }) {
  const t = useTexts();
  const house = useHouse();
  const { data: found } = useQuery(invoicesQuery(view.number, house.code));
  const [crediting, setCrediting] = useState<Invoice>();
  const invoices = found?.invoices ?? [];
  if (invoices.length === 0) return null;
  const isCredited = (one: Invoice) =>
    invoices.some((other) => other.corrects?.series === one.series && other.corrects.number === one.number);
  return (
    <Card title={t("bill.invoices")}>
      <ul className="lines">
        {invoices.map((one) => (
          <li key={`${one.series} ${one.number}`}>
            <span className="grow">
              <b className="num">
                {t(one.kind === "invoice" ? "bill.invoice_line" : "bill.credit_line", {
                  series: one.series,
                  number: one.number,
                })}
              </b>
              <span className="meta block num">
                {t("folio.window", { n: one.window })} · {house.f.day(one.business_date)}
              </span>
            </span>
            <b className="num">{house.f.money(one.total, one.currency)}</b>
            {one.kind === "invoice" &&
              (isCredited(one) ? (
                <Chip tone="done">{t("bill.credited_by")}</Chip>
              ) : (
                <Button size="row" onPress={() => setCrediting(one)}>
                  {t("bill.credit")}
                </Button>
              ))}
          </li>
        ))}
      </ul>
      {crediting && <CreditDialog invoice={crediting} onClose={() => setCrediting(undefined)} />}
    </Card>
  );
}
