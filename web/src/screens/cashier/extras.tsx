import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ratesQuery } from "../../api/bill";
import { api, data, type Schema } from "../../api/client";
import { useTexts } from "../../i18n";
import { Button, Card, Field, Refusal } from "../../kit";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useTyped } from "../../kit/typed";
import { readMoney } from "../../lib/format";
import { useHouse } from "../../lib/house";

/** Cash that goes from the drawer into the safe during a shift. */
export function DropCash({ shift }: { shift: number }) {
  const t = useTexts();
  const house = useHouse();
  const typed = useTyped({ amount: "", reference: "" });
  const minor = readMoney(typed.said("amount"), house.currency);
  const form = useSend<Schema<"DropInput">, unknown>(
    (body, key) =>
      data(
        api.POST("/api/v1/properties/{property}/shifts/{number}/drops", {
          params: { path: { property: house.code, number: shift }, header: { "Idempotency-Key": key } },
          body,
        }),
      ),
    (_, { amount }) => {
      say(t("bill.dropped", { amount: house.money(amount) }));
      typed.set("amount", "");
      typed.set("reference", "");
    },
  );
  const { error } = typed.of("amount", form);
  return (
    <Card title={t("bill.drop")}>
      <div className="confirm-sums">
        <Field
          {...typed.of("amount", form)}
          label={t("folio.amount", { currency: house.currency })}
          money
          inputMode="decimal"
          error={error ?? (typed.values.amount !== "" && minor === undefined ? t("folio.amount_form") : undefined)}
        />
        <Field {...typed.of("reference", form)} label={t("bill.bag")} help={t("word.optional")} />
        <Refusal error={form.error} />
        <Button
          wide
          busy={form.busy}
          isDisabled={minor === undefined}
          onPress={() =>
            minor !== undefined && form.send({ amount: minor, reference: typed.said("reference") || null })
          }
        >
          {minor === undefined ? t("bill.drop") : t("bill.do_drop", { amount: house.money(minor) })}
        </Button>
      </div>
    </Card>
  );
}

/** What the property gives for foreign money today, and a rate set anew. */
export function Rates() {
  const t = useTexts();
  const house = useHouse();
  const { data: rates = [], error } = useQuery(ratesQuery(house.code));
  const typed = useTyped({ currency: "", rate: "" });
  const [isUnusual, setUnusual] = useState(false);
  const currency = typed.said("currency").toUpperCase();
  const isRate = /^\d{1,9}(\.\d{1,8})?$/.test(typed.said("rate"));
  const form = useSend<Schema<"RateToSet">, unknown>(
    (body) =>
      data(
        api.PUT("/api/v1/properties/{property}/exchange-rates/{currency}", {
          params: { path: { property: house.code, currency } },
          body,
        }),
      ),
    () => {
      say(t("bill.rate_set", { currency }));
      typed.set("currency", "");
      typed.set("rate", "");
      setUnusual(false);
    },
  );
  return (
    <Card title={t("bill.rates")} note={t("bill.rates_note")}>
      {rates.length > 0 && (
        <ul className="lines">
          {rates.map((one) => (
            <li key={one.currency}>
              <span className="grow num">
                {t("bill.rate", { foreign: one.currency, rate: one.rate, currency: house.currency })}
              </span>
              <span className="two num">{t("bill.rate_since", { date: house.f.day(one.valid_from) })}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="confirm-sums">
        <div className="fields">
          <Field
            {...typed.of("currency", form)}
            label={t("bill.in_currency")}
            placeholder={t("bill.currency_example")}
            maxLength={3}
          />
          <Field
            {...typed.of("rate", form)}
            label={t("bill.rate_of", { currency: house.currency })}
            inputMode="decimal"
            money
          />
        </div>
        <Refusal error={form.error ?? error} />
        <Button
          wide
          busy={form.busy}
          isDisabled={!/^[A-Z]{3}$/.test(currency) || !isRate}
          onPress={() => {
            form.send({ rate: typed.said("rate"), confirm: isUnusual });
            // A rate far from the last one is asked about once, and then meant.
            setUnusual(true);
          }}
        >
          {t("bill.set_rate")}
        </Button>
      </div>
    </Card>
  );
}
