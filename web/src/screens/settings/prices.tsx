import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { useTexts } from "../../i18n";
import { Button, Card, Chip, Empty, Field, Radios, Refusal, ScrollX, Select, Tick } from "../../kit";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { readMoney } from "../../lib/format";
import { useHouse } from "../../lib/house";
import { readShare } from "./numbers";

type Code = Schema<"TransactionCodeView">;

function CodeLine({ code }: { code: Code }) {
  const t = useTexts();
  const house = useHouse();
  const [tax, setTax] = useState(house.f.percent(code.tax).replace("%", ""));
  const [included, setIncluded] = useState(code.includes_tax);
  const share = readShare(tax);
  const isChanged = share !== code.tax || included !== code.includes_tax;
  const form = useSend<number, Code>(
    (wanted) =>
      data(
        api.PUT("/api/v1/properties/{property}/transaction-codes/{code}", {
          params: {
            path: { property: house.code, code: code.code },
            header: { "If-Match": `"${code.version}"` },
          },
          body: { tax: wanted, includes_tax: included },
        }),
      ),
    () => say(t("setup.saved", { name: house.named(code) })),
  );
  const error = form.at("/tax") ?? (share === undefined ? t("companies.share_form") : undefined);
  return (
    <tr>
      <td>{code.code}</td>
      <td className="nowrap">{house.named(code)}</td>
      <td className="two">{t(`setup.kinds.${code.kind}`)}</td>
      {code.kind === "revenue" ? (
        <>
          <td className="tax-cell">
            <input
              className="input input-money"
              aria-label={t("setup.tax_of", { name: house.named(code) })}
              aria-invalid={error !== undefined}
              inputMode="decimal"
              value={tax}
              onChange={(event) => setTax(event.target.value)}
            />
            {error && <span className="field-error">{error}</span>}
          </td>
          <td>
            <Tick
              ticked={included}
              onChange={setIncluded}
              label={t("setup.included_of", { name: house.named(code) })}
            />
          </td>
          <td className="end">
            {isChanged && (
              <Button
                size="row"
                busy={form.busy}
                isDisabled={share === undefined}
                onPress={() => share !== undefined && form.send(share)}
              >
                {t("setup.save")}
              </Button>
            )}
            {form.error ? <Refusal error={form.error} /> : null}
          </td>
        </>
      ) : (
        <td colSpan={3} />
      )}
    </tr>
  );
}

/** What can be posted: the usual set stands from the beginning; here its taxes are set. */
export function CodesStep() {
  const t = useTexts();
  const house = useHouse();
  return (
    <Card title={t("setup.steps.codes")} note={t("setup.codes_note")}>
      <ScrollX>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t("groups.code")}</th>
              <th scope="col">{t("setup.name")}</th>
              <th scope="col">{t("companies.kind")}</th>
              <th scope="col" className="end">
                {t("setup.tax")}
              </th>
              <th scope="col">{t("setup.included")}</th>
              <th scope="col" />
            </tr>
          </thead>
          <tbody>
            {house.view.codes.map((code) => (
              <CodeLine key={`${code.code}/${code.version}`} code={code} />
            ))}
          </tbody>
        </table>
      </ScrollX>
    </Card>
  );
}

type Terms = "day" | "two" | "never";

/** What cancelling costs, by the three sets of terms that nearly all hotels have. */
const TERMS: Record<Terms, { no_show: Schema<"Penalty">; rules: Schema<"PenaltyRule">[] }> = {
  day: {
    no_show: { kind: "nights", value: 1 },
    rules: [{ within_hours: 24, penalty: { kind: "nights", value: 1 } }],
  },
  two: {
    no_show: { kind: "nights", value: 1 },
    rules: [{ within_hours: 48, penalty: { kind: "nights", value: 1 } }],
  },
  never: {
    no_show: { kind: "share", value: 10_000 },
    rules: [{ within_hours: 8_760, penalty: { kind: "share", value: 10_000 } }],
  },
};

/** Cancellation policies. */
export function PolicyStep() {
  const t = useTexts();
  const house = useHouse();
  const [terms, setTerms] = useState<Terms>("day");
  const [code, setCode] = useState("FLEX24");
  const [name, setName] = useState(t("setup.terms.day"));
  const [nameEn, setNameEn] = useState(t("setup.english.day"));
  const penalty = (one: Schema<"Penalty">): string => {
    switch (one.kind) {
      case "free":
        return t("setup.penalty.free");
      case "nights":
        return t("setup.penalty.nights", { count: one.value });
      case "share":
        return t("setup.penalty.share", { share: house.f.percent(one.value) });
      case "fixed":
        return `${house.currency} ${house.money(one.value)}`;
    }
  };
  const form = useSend<void, Schema<"PolicyView">>(
    () =>
      data(
        api.PUT("/api/v1/properties/{property}/cancellation-policies/{code}", {
          params: { path: { property: house.code, code: code.trim() } },
          body: { name: name.trim(), name_en: nameEn.trim(), ...TERMS[terms] },
        }),
      ),
    (made) => say(t("setup.saved", { name: house.named(made) })),
  );
  const choose = (next: Terms) => {
    setTerms(next);
    setName(t(`setup.terms.${next}`));
    setCode({ day: "FLEX24", two: "FLEX48", never: "NONREF" }[next]);
    setNameEn(t(`setup.english.${next}`));
  };
  return (
    <Card title={t("setup.steps.policy")} note={t("setup.policy_note")}>
      {house.view.policies.length > 0 && (
        <ul className="lines">
          {house.view.policies.map((policy) => (
            <li key={policy.code}>
              <b>{policy.code}</b>
              <span className="grow">{house.named(policy)}</span>
              <span className="two">
                {policy.rules
                  .map((rule) => t("setup.rule", { hours: rule.within_hours, penalty: penalty(rule.penalty) }))
                  .concat(t("setup.no_show", { penalty: penalty(policy.no_show) }))
                  .join(" · ")}
              </span>
            </li>
          ))}
        </ul>
      )}
      <div className="card-body setup-form setup-add">
        <Radios<Terms>
          label={t("setup.steps.policy")}
          className="method-choices"
          optionClass="method"
          value={terms}
          onChange={choose}
          options={(["day", "two", "never"] as const).map((id) => ({ id, text: t(`setup.terms.${id}`) }))}
        />
        <div className="fields">
          <Field
            label={t("groups.code")}
            value={code}
            onChange={(next) => setCode(next.toUpperCase())}
            maxLength={20}
            error={form.at("code", "/code")}
          />
          <Field label={t("setup.name")} value={name} onChange={setName} error={form.at("/name")} />
          <Field label={t("setup.name_en")} value={nameEn} onChange={setNameEn} error={form.at("/name_en")} />
        </div>
        <Refusal error={form.error} />
        <div>
          <Button
            busy={form.busy}
            isDisabled={code.trim() === "" || name.trim() === "" || nameEn.trim() === ""}
            onPress={() => form.send()}
          >
            {t("setup.add_policy")}
          </Button>
        </div>
      </div>
    </Card>
  );
}

/** The first rate plan, with a price for each type. */
export function PlanStep() {
  const t = useTexts();
  const house = useHouse();
  const isFirst = house.view.rate_plans.length === 0;
  const [code, typeCode] = useState(isFirst ? "BAR" : "");
  const [name, setName] = useState(isFirst ? t("setup.bar") : "");
  const [nameEn, setNameEn] = useState(isFirst ? t("setup.english.bar") : "");
  const [tax, setTax] = useState("6");
  const [fee, setFee] = useState("0");
  const [inclusive, setInclusive] = useState(true);
  const [policy, setPolicy] = useState(house.view.policies[0]?.code ?? "");
  const [kind, setKind] = useState<Schema<"RateKind">>("nightly");
  const [hours, setHours] = useState("4");
  const [over, setOver] = useState("");
  const [grace, setGrace] = useState("15");
  const percent = (share: number) => house.f.percent(share).replace("%", "");
  /** The code of a plan that is there brings what it has: else it would be overwritten unseen. */
  const setCode = (next: string) => {
    typeCode(next);
    const plan = house.view.rate_plans.find((one) => one.code === next.trim());
    if (!plan) return;
    setName(plan.name);
    setNameEn(plan.name_en);
    setTax(percent(plan.tax));
    setFee(percent(plan.service_fee));
    setInclusive(plan.inclusive);
    setPolicy(plan.policy ?? "");
    setKind(plan.kind);
    setHours(String(plan.hours ?? 4));
    setOver(plan.overrun ? house.money(plan.overrun.price) : "");
    setGrace(String(plan.overrun?.grace_minutes ?? 15));
  };
  const [prices, setPrices] = useState<Record<string, string>>({});
  const read = house.view.room_types.map((type) => ({
    type: type.code,
    text: prices[type.code] ?? "",
    minor: readMoney(prices[type.code] ?? "", house.currency),
  }));
  const given = read.filter((one) => one.text.trim() !== "");
  const shares = { tax: readShare(tax), fee: readShare(fee) };
  const known = house.view.rate_plans.find((plan) => plan.code === code.trim());
  const byHour = kind === "part_day";
  const overPrice = over.trim() === "" ? 0 : readMoney(over, house.currency);
  const isWhole = (text: string) => /^\d{1,3}$/.test(text.trim());
  const form = useSend<void, Schema<"RatePlanView">>(
    () =>
      data(
        api.PUT("/api/v1/properties/{property}/rate-plans/{code}", {
          params: {
            path: { property: house.code, code: code.trim() },
            header: known ? { "If-Match": `"${known.version}"` } : {},
          },
          body: {
            name: name.trim(),
            name_en: nameEn.trim(),
            kind: known?.kind ?? kind,
            ...(byHour
              ? { hours: Number(hours), overrun: { price: overPrice ?? 0, grace_minutes: Number(grace) || 0 } }
              : {}),
            inclusive,
            tax: shares.tax ?? 0,
            service_fee: shares.fee ?? 0,
            policy,
            rates: given.flatMap((one) =>
              one.minor === undefined ? [] : [{ room_type: one.type, valid_from: house.today, amount: one.minor }],
            ),
          },
        }),
      ),
    (made) => {
      say(t("setup.saved", { name: house.named(made) }));
      setPrices({});
    },
  );
  if (house.view.room_types.length === 0) {
    return (
      <Card title={t("setup.steps.plan")}>
        <Empty title={t("setup.types_first")} />
      </Card>
    );
  }
  return (
    <Card title={t("setup.steps.plan")} note={t("setup.plan_note")}>
      {house.view.rate_plans.length > 0 && (
        <ul className="lines">
          {house.view.rate_plans.map((plan) => (
            <li key={plan.code}>
              <b>{plan.code}</b>
              <span className="grow">{house.named(plan)}</span>
              <span className="two">
                {t(plan.inclusive ? "record.inclusive" : "record.exclusive")}
                {plan.policy && ` · ${plan.policy}`}
              </span>
              <Chip tone="done">{t(plan.kind === "nightly" ? "setup.nightly" : "date.part_day")}</Chip>
              <Button look="link" onPress={() => setCode(plan.code)}>
                {t("guest.edit")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <div className="card-body setup-form setup-add">
        {!known && (
          <Radios<Schema<"RateKind">>
            label={t("hours.by")}
            className="method-choices"
            optionClass="method"
            value={kind}
            onChange={setKind}
            options={[
              { id: "nightly", text: t("setup.nightly") },
              { id: "part_day", text: t("date.part_day") },
            ]}
          />
        )}
        <div className="fields">
          <Field
            label={t("groups.code")}
            value={code}
            onChange={(next) => setCode(next.toUpperCase())}
            maxLength={20}
            error={form.at("code", "/code")}
          />
          <Field label={t("setup.name")} value={name} onChange={setName} error={form.at("/name")} />
          <Field label={t("setup.name_en")} value={nameEn} onChange={setNameEn} error={form.at("/name_en")} />
          {byHour && (
            <>
              <Field
                label={t("hours.plan_hours")}
                value={hours}
                onChange={setHours}
                inputMode="numeric"
                error={form.at("/hours") ?? (isWhole(hours) ? undefined : t("hours.whole"))}
              />
              <Field
                label={t("hours.plan_over", { currency: house.currency })}
                value={over}
                onChange={setOver}
                inputMode="decimal"
                money
                help={t("hours.plan_over_help")}
                error={form.at("/overrun/price") ?? (overPrice === undefined ? t("folio.amount_form") : undefined)}
              />
              <Field
                label={t("hours.plan_grace")}
                value={grace}
                onChange={setGrace}
                inputMode="numeric"
                error={form.at("/overrun/grace_minutes") ?? (isWhole(grace) ? undefined : t("hours.whole"))}
              />
            </>
          )}
          <Field
            label={t("setup.room_tax")}
            value={tax}
            onChange={setTax}
            inputMode="decimal"
            money
            error={form.at("/tax") ?? (shares.tax === undefined ? t("companies.share_form") : undefined)}
          />
          <Field
            label={t("setup.fee")}
            value={fee}
            onChange={setFee}
            inputMode="decimal"
            money
            error={form.at("/service_fee") ?? (shares.fee === undefined ? t("companies.share_form") : undefined)}
          />
          {house.view.policies.length > 0 && (
            <Select
              label={t("setup.steps.policy")}
              choices={[
                { id: "", name: t("setup.always_free") },
                ...house.view.policies.map((one) => ({ id: one.code, name: house.named(one) })),
              ]}
              value={policy}
              onChange={setPolicy}
              error={form.at("/policy")}
            />
          )}
        </div>
        <Tick ticked={inclusive} onChange={setInclusive}>
          {t("setup.inclusive")}
        </Tick>
        <h3 className="part">{t("setup.prices", { currency: house.currency })}</h3>
        <div className="fields">
          {house.view.room_types.map((type) => (
            <Field
              key={type.code}
              label={house.named(type)}
              value={prices[type.code] ?? ""}
              onChange={(next) => setPrices({ ...prices, [type.code]: next })}
              inputMode="decimal"
              money
              error={
                form.at(`/rates/${given.findIndex((one) => one.type === type.code)}/amount`) ??
                (read.find((one) => one.type === type.code && one.text.trim() !== "" && one.minor === undefined)
                  ? t("folio.amount_form")
                  : undefined)
              }
            />
          ))}
        </div>
        <Refusal error={form.error} />
        <div>
          <Button
            busy={form.busy}
            isDisabled={
              code.trim() === "" ||
              name.trim() === "" ||
              nameEn.trim() === "" ||
              shares.tax === undefined ||
              shares.fee === undefined ||
              (byHour && (!isWhole(hours) || !isWhole(grace) || overPrice === undefined)) ||
              given.some((one) => one.minor === undefined) ||
              (known === undefined && given.length === 0)
            }
            onPress={() => form.send()}
          >
            {known ? t("setup.change_plan", { code: known.code }) : t("setup.add_plan")}
          </Button>
        </div>
      </div>
    </Card>
  );
}
