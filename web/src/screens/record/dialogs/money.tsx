import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ratesQuery } from "../../../api/bill";
import { useTexts } from "../../../i18n";
import { Field, Radios, Select } from "../../../kit";
import { FormDialog } from "../../../kit/form";
import { say } from "../../../kit/notices";
import { readMoney } from "../../../lib/format";
import { useHouse } from "../../../lib/house";
import type { VisitView } from "../tally";
import { useAct } from "../visit";
import type { ActDialogProps } from "./act";

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
    <FormDialog
      title={t("folio.charge")}
      note={t("folio.charge_note")}
      onClose={onClose}
      form={form}
      action={
        minor === undefined
          ? t("folio.do_charge")
          : t("folio.do_charge_amount", { amount: house.f.money(minor, currency) })
      }
      onSend={send}
    >
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
    </FormDialog>
  );
}

/** Takes a payment, in the property's currency or in one it has a rate for. */
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
  const { data: rates = [] } = useQuery(ratesQuery(house.code));
  const [paid, setPaid] = useState<string>(currency);
  const rate = rates.find((one) => one.currency === paid);
  const minor = readMoney(amount, paid);
  const shown = minor === undefined ? "" : house.f.money(minor, paid);
  const form = useAct(view.number, "payments", () => {
    const what = code ? house.codeName(code) : "";
    say(
      rate
        ? t("bill.foreign_taken", { what, amount: `${paid} ${shown}` })
        : t("folio.paid_by", { what, amount: shown }),
    );
    onClose();
  });
  const send = () => {
    setTried(true);
    if (code && minor !== undefined)
      form.send({
        code,
        // What foreign money is worth the server says by its rate.
        ...(rate ? { foreign: { currency: paid, amount: minor } } : { amount: minor }),
        reference: reference.trim() || null,
        window: Number(window),
      });
  };
  return (
    <FormDialog
      title={t("folio.pay")}
      note={t("folio.pay_note", { balance: house.f.money(view.consumption.balance, currency), currency })}
      onClose={onClose}
      form={form}
      action={
        minor === undefined
          ? t("folio.do_pay")
          : rate
            ? t("bill.do_foreign", { currency: paid, amount: shown })
            : t("folio.do_pay_amount", { amount: shown })
      }
      onSend={send}
    >
      <Radios
        label={t("folio.method")}
        className="method-choices"
        optionClass="method"
        value={code}
        onChange={setCode}
        options={methods.map((one) => ({ id: one.id, text: one.name }))}
      />
      <div className="fields">
        {rates.length > 0 && (
          <Select
            label={t("bill.in_currency")}
            choices={[currency, ...rates.map((one) => one.currency)].map((id) => ({ id, name: id }))}
            value={paid}
            onChange={(next) => {
              setPaid(next);
              // What is owed is no amount of another currency.
              setAmount(next === currency && owed ? house.f.money(owed.balance, currency) : "");
            }}
            error={form.at("/foreign/currency")}
          />
        )}
        <Field
          label={t("folio.amount", { currency: paid })}
          value={amount}
          onChange={setAmount}
          money
          inputMode="decimal"
          help={rate && t("bill.rate", { foreign: paid, rate: rate.rate, currency })}
          error={
            form.at("/amount", "/foreign/amount") ?? (tried && minor === undefined ? t("folio.amount_form") : undefined)
          }
        />
        {windows.length > 1 && (
          <Select
            label={t("folio.to_window")}
            choices={windows}
            value={window}
            onChange={(next) => {
              setWindow(next);
              const folio = open.find((one) => one.window === Number(next));
              if (folio && folio.balance > 0 && !rate) setAmount(house.f.money(folio.balance, currency));
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
    </FormDialog>
  );
}
