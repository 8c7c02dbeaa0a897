import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { useTexts } from "../../i18n";
import { Button, Card, Field, Refusal, Select, Tick } from "../../kit";
import { DayField } from "../../kit/date";
import { useSend } from "../../kit/send";
import { readClock } from "../../lib/hours";
import { zonesWith } from "../../lib/zones";

type Info = Schema<"PropertyInfo">;

const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

/** The property itself: names, currency, times of the day. With a known one it changes it, without it makes one. */
export function PropertyForm({ known, onDone }: { known: Info | undefined; onDone: (code: string) => void }) {
  const t = useTexts();
  const [values, setValues] = useState({
    code: known?.code ?? "",
    name: known?.name ?? "",
    name_en: known?.name_en ?? "",
    currency: known?.currency ?? "CNY",
    zone: known?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    check_in: clock(known?.check_in_minute ?? 14 * 60),
    check_out: clock(known?.check_out_minute ?? 12 * 60),
    audit: clock(known?.audit_minute ?? 3 * 60),
    date: known?.business_date ?? "",
  });
  const [automatic, setAutomatic] = useState(known?.audit_automatic ?? true);
  const [overstay, setOverstay] = useState<Schema<"Overstay">>(known?.overstay ?? "last_price");
  const put = (next: Partial<typeof values>) => setValues({ ...values, ...next });
  const times = {
    check_in: readClock(values.check_in),
    check_out: readClock(values.check_out),
    audit: readClock(values.audit),
  };
  const form = useSend<void, Info>(
    () =>
      data(
        api.PUT("/api/v1/properties/{property}", {
          params: {
            path: { property: values.code.trim() },
            header: known ? { "If-Match": `"${known.version}"` } : {},
          },
          body: {
            name: values.name.trim(),
            name_en: values.name_en.trim(),
            currency: values.currency.trim(),
            time_zone: values.zone,
            ...(times.check_in === undefined ? {} : { check_in_minute: times.check_in }),
            ...(times.check_out === undefined ? {} : { check_out_minute: times.check_out }),
            audit_minute: times.audit ?? null,
            audit_automatic: automatic,
            overstay,
            ...(known || values.date === "" ? {} : { business_date: values.date }),
          },
        }),
      ),
    (info) => onDone(info.code),
  );
  const time = (name: "check_in" | "check_out" | "audit", pointer: string) => (
    <Field
      label={t(`setup.${name}`)}
      value={values[name]}
      onChange={(next) => put({ [name]: next })}
      placeholder="14:00"
      error={form.at(pointer) ?? (times[name] === undefined ? t("setup.time_form") : undefined)}
    />
  );
  return (
    <Card title={t("setup.steps.property")} note={known ? undefined : t("setup.property_note")}>
      <div className="card-body setup-form">
        <div className="fields">
          <Field
            label={t("groups.code")}
            value={values.code}
            onChange={(code) => put({ code: code.toUpperCase() })}
            disabled={known !== undefined}
            autoFocus={known === undefined}
            maxLength={20}
            error={form.at("property", "/property")}
            help={t("setup.code_help")}
          />
          <Field
            label={t("setup.name")}
            value={values.name}
            onChange={(name) => put({ name })}
            error={form.at("/name")}
          />
          <Field
            label={t("setup.name_en")}
            value={values.name_en}
            onChange={(name_en) => put({ name_en })}
            error={form.at("/name_en")}
          />
          <Field
            label={t("cashier.currency")}
            value={values.currency}
            onChange={(currency) => put({ currency: currency.toUpperCase() })}
            disabled={known !== undefined}
            maxLength={3}
            error={form.at("/currency")}
            help={t("setup.currency_help")}
          />
          <Select
            label={t("setup.zone")}
            choices={zonesWith(values.zone)}
            value={values.zone}
            onChange={(zone) => put({ zone })}
            error={form.at("/time_zone")}
          />
          {!known && (
            <DayField
              label={t("setup.first_date")}
              value={values.date}
              onChange={(date) => put({ date })}
              error={form.at("/business_date")}
            />
          )}
          {time("check_in", "/check_in_minute")}
          {time("check_out", "/check_out_minute")}
          {time("audit", "/audit_minute")}
          <Select
            label={t("setup.overstay")}
            choices={(["last_price", "plan_price", "free"] as const).map((id) => ({
              id,
              name: t(`setup.overstays.${id}`),
            }))}
            value={overstay}
            onChange={(next) => setOverstay(next as Schema<"Overstay">)}
            error={form.at("/overstay")}
          />
        </div>
        <Tick ticked={automatic} onChange={setAutomatic}>
          {t("setup.automatic")}
        </Tick>
        <Refusal error={form.error} />
        <div>
          <Button
            look="fill"
            size="main"
            busy={form.busy}
            isDisabled={
              values.code.trim() === "" ||
              values.name.trim() === "" ||
              values.name_en.trim() === "" ||
              Object.values(times).includes(undefined)
            }
            onPress={() => form.send()}
          >
            {t(known ? "setup.save" : "setup.make_property")}
          </Button>
        </div>
      </div>
    </Card>
  );
}
