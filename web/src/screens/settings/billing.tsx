import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { billingQuery } from "../../api/queries";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Field, Refusal, Tick } from "../../kit";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";

type Billing = Schema<"BillingView">;
const FIELDS = ["title", "tax_id", "address", "phone", "bank", "bank_account"] as const;

function BillingForm({ billing }: { billing: Billing }) {
  const t = useTexts();
  const house = useHouse();
  const [values, setValues] = useState<Record<(typeof FIELDS)[number], string>>({
    title: billing.title,
    tax_id: billing.tax_id,
    address: billing.address,
    phone: billing.phone,
    bank: billing.bank,
    bank_account: billing.bank_account,
  });
  const [shift, setShift] = useState(billing.cash_needs_shift);
  const form = useSend<void, Billing>(
    () =>
      data(
        api.PUT("/api/v1/properties/{property}/billing", {
          params: {
            path: { property: house.code },
            header: billing.version > 0 ? { "If-Match": `"${billing.version}"` } : {},
          },
          body: { ...values, cash_needs_shift: shift },
        }),
      ),
    () => say(t("setup.billing_saved")),
  );
  return (
    <div className="card-body setup-form">
      <div className="fields">
        {FIELDS.map((name) => (
          <Field
            key={name}
            label={t(`setup.billing.${name}`)}
            value={values[name]}
            onChange={(next) => setValues({ ...values, [name]: next })}
            error={form.at(`/${name}`)}
          />
        ))}
      </div>
      <Tick ticked={shift} onChange={setShift}>
        {t("setup.billing.shift")}
      </Tick>
      <Refusal error={form.error} />
      <div>
        <Button busy={form.busy} onPress={() => form.send()}>
          {t("setup.save")}
        </Button>
      </div>
    </div>
  );
}

/** Who sells, as invoices say it, and whether cash needs an open shift. */
export function BillingStep() {
  const t = useTexts();
  const house = useHouse();
  const { data: billing, error, refetch } = useQuery(billingQuery(house.code));
  return (
    <Card title={t("setup.steps.billing")} note={t("setup.billing_note")}>
      {error && !billing ? (
        <div className="card-body">
          <Refusal error={error} retry={() => void refetch()} />
        </div>
      ) : !billing ? (
        <Bones rows={3} />
      ) : (
        <BillingForm key={billing.version} billing={billing} />
      )}
    </Card>
  );
}
