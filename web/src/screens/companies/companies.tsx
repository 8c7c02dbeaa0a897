import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { companiesQuery, companyQuery } from "../../api/trade";
import { useOffered } from "../../frame/may";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, cx, Empty, Field, Radios, Refusal, ScrollX, useRested } from "../../kit";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { groupNumber, readMoney } from "../../lib/format";
import { useHouse } from "../../lib/house";
import { Choosable } from "../access/choosable";
import { readShare } from "../settings/numbers";
import "../access/access.css";

type Company = Schema<"CompanyView">;
type Kind = Schema<"CompanyKind">;

function CompanyDialog({
  company,
  etag,
  onClose,
  onDone,
}: {
  company: Company | undefined;
  etag: string | undefined;
  onClose: () => void;
  onDone: (code: string) => void;
}) {
  const t = useTexts();
  const house = useHouse();
  const currency = company?.currency ?? house.currency;
  const [code, setCode] = useState(company?.code ?? "");
  const [kind, setKind] = useState<Kind>(company?.kind ?? "company");
  const [values, setValues] = useState({
    name: company?.name ?? "",
    tax_id: company?.tax_id ?? "",
    address: company?.address ?? "",
    contract: company?.contract ?? "",
    parent: company?.parent ?? "",
    commission: company ? house.f.percent(company.commission).replace("%", "") : "0",
    limit: company?.credit_limit == null ? "" : house.f.money(company.credit_limit, currency),
  });
  const put = (next: Partial<typeof values>) => setValues({ ...values, ...next });
  const limit = values.limit.trim() === "" ? null : readMoney(values.limit, currency);
  const commission = readShare(values.commission);
  const orNone = (text: string) => (text.trim() === "" ? null : text.trim());
  const form = useSend<void, Schema<"CompanyInfo">>(
    () =>
      data(
        api.PUT("/api/v1/companies/{code}", {
          params: { path: { code: code.trim() }, header: etag ? { "If-Match": etag } : {} },
          body: {
            kind,
            name: values.name.trim(),
            tax_id: orNone(values.tax_id),
            address: orNone(values.address),
            contract: orNone(values.contract),
            parent: orNone(values.parent),
            commission: commission ?? 0,
            credit_limit: limit ?? null,
            currency: limit == null ? null : currency,
            contact: company?.contact ? { id: company.contact } : null,
          },
        }),
      ),
    (made) => {
      say(t("companies.saved", { name: made.name }));
      onDone(made.code);
    },
  );
  return (
    <FormDialog
      title={company ? t("companies.edit_of", { name: company.name }) : t("companies.new")}
      onClose={onClose}
      wide
      form={form}
      action={t("companies.do_save")}
      onSend={() => form.send()}
      isDisabled={code.trim() === "" || values.name.trim() === "" || commission === undefined || limit === undefined}
    >
      <Radios<Kind>
        label={t("companies.kind")}
        className="segments"
        optionClass="segment segment-radio"
        value={kind}
        onChange={setKind}
        options={[
          { id: "company", text: t("companies.company") },
          { id: "agent", text: t("companies.agent") },
        ]}
      />
      <div className="fields">
        <Field
          label={t("groups.code")}
          value={code}
          onChange={(next) => setCode(next.toUpperCase())}
          disabled={company !== undefined}
          autoFocus={company === undefined}
          maxLength={20}
          error={form.at("code", "/code")}
          help={t("groups.code_help")}
        />
        <Field
          label={t("companies.name")}
          value={values.name}
          onChange={(name) => put({ name })}
          error={form.at("/name")}
        />
        <Field
          label={t("companies.tax_id")}
          value={values.tax_id}
          onChange={(tax_id) => put({ tax_id })}
          error={form.at("/tax_id")}
          help={t("word.optional")}
        />
        <Field
          label={t("companies.contract")}
          value={values.contract}
          onChange={(contract) => put({ contract })}
          error={form.at("/contract")}
          help={t("word.optional")}
        />
        <Field
          label={t("companies.parent")}
          value={values.parent}
          onChange={(parent) => put({ parent: parent.toUpperCase() })}
          error={form.at("/parent")}
          help={t("companies.parent_help")}
        />
        <Field
          label={t("companies.commission")}
          value={values.commission}
          onChange={(next) => put({ commission: next })}
          inputMode="decimal"
          money
          error={form.at("/commission") ?? (commission === undefined ? t("companies.share_form") : undefined)}
        />
        <Field
          label={t("companies.limit", { currency })}
          value={values.limit}
          onChange={(next) => put({ limit: next })}
          inputMode="decimal"
          money
          error={form.at("/credit_limit", "/currency") ?? (limit === undefined ? t("folio.amount_form") : undefined)}
          help={t("companies.limit_help")}
        />
        <Field
          label={t("guest.address")}
          value={values.address}
          onChange={(address) => put({ address })}
          error={form.at("/address")}
          help={t("word.optional")}
        />
      </div>
    </FormDialog>
  );
}

function Detail({ company, onEdit }: { company: Company; onEdit: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const offered = useOffered(house.code);
  return (
    <Card
      title={company.name}
      note={company.code}
      tools={
        <>
          {offered("account") && (
            <Link
              className="btn btn-row"
              to="/p/$property/companies/$company/account"
              params={{ property: house.code, company: company.code }}
            >
              {t("account.open")}
            </Link>
          )}
          <Button size="row" onPress={onEdit}>
            {t("guest.edit")}
          </Button>
        </>
      }
    >
      <dl className="facts card-body">
        <dt>{t("companies.kind")}</dt>
        <dd>{t(`companies.${company.kind}`)}</dd>
        {company.parent && (
          <>
            <dt>{t("companies.parent")}</dt>
            <dd>
              <Link to="/p/$property/companies" params={{ property: house.code }} search={{ company: company.parent }}>
                {company.parent}
              </Link>
            </dd>
          </>
        )}
        {company.tax_id && (
          <>
            <dt>{t("companies.tax_id")}</dt>
            <dd className="num">{company.tax_id}</dd>
          </>
        )}
        {company.contract && (
          <>
            <dt>{t("companies.contract")}</dt>
            <dd>{company.contract}</dd>
          </>
        )}
        {company.address && (
          <>
            <dt>{t("guest.address")}</dt>
            <dd>{company.address}</dd>
          </>
        )}
        <dt>{t("companies.commission")}</dt>
        <dd className="num">{house.f.percent(company.commission)}</dd>
        {company.credit_limit != null && company.currency && (
          <>
            <dt>{t("companies.limit", { currency: company.currency })}</dt>
            <dd className="num">{house.f.money(company.credit_limit, company.currency)}</dd>
          </>
        )}
      </dl>
      {company.accounts.length > 0 && (
        <>
          <h3 className="part part-head">{t("companies.accounts")}</h3>
          <ul className="lines">
            {company.accounts.map((account) => (
              <li key={`${account.property}/${account.account}`}>
                <span className="grow num">
                  {account.account} <span className="two">{account.property}</span>
                </span>
                <b className={cx("num", account.balance > 0 && "amber")}>
                  {account.currency} {house.f.money(account.balance, account.currency)}
                </b>
              </li>
            ))}
          </ul>
        </>
      )}
      {company.subsidiaries.length > 0 && (
        <>
          <h3 className="part part-head">{t("companies.subsidiaries")}</h3>
          <ul className="lines">
            {company.subsidiaries.map((one) => (
              <li key={one.code}>
                <Link to="/p/$property/companies" params={{ property: house.code }} search={{ company: one.code }}>
                  {one.name}
                </Link>
                <span className="two">{one.code}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      <h3 className="part part-head">{t("companies.visits")}</h3>
      {company.visits.length === 0 ? (
        <Empty title={t("companies.no_visits")} />
      ) : (
        <p className="card-body visits-of num">
          {company.visits.map((number) => (
            <Link
              key={number}
              to="/p/$property/visits/$number"
              params={{ property: house.code, number: groupNumber(number) }}
            >
              {groupNumber(number)}
            </Link>
          ))}
        </p>
      )}
    </Card>
  );
}

/** Companies and agents: what is agreed, who belongs to whom, what they owe, and who came for them. */
export function Companies() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/companies" });
  const [text, setText] = useState("");
  const sought = useRested(text.trim(), 150);
  const { data: list, error, refetch } = useQuery(companiesQuery(sought));
  const shown = search.company ?? list?.[0]?.code;
  const { data: found, error: missing } = useQuery({ ...companyQuery(shown ?? ""), enabled: shown !== undefined });
  const put = (next: Partial<typeof search>) =>
    void navigate({
      to: "/p/$property/companies",
      params: { property: house.code },
      search: { ...search, do: undefined, ...next },
      replace: true,
      resetScroll: false,
    });
  const close = () => put({ do: undefined });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.companies")}</h1>
        <div className="tools">
          <Button look="fill" onPress={() => put({ do: "new" })}>
            {t("companies.new")}
          </Button>
        </div>
      </div>
      <div className="two-col">
        <Card label={t("nav.companies")}>
          <div className="card-body">
            <Field
              label={t("companies.look_for")}
              value={text}
              onChange={setText}
              placeholder={t("companies.look_for_example")}
            />
          </div>
          {error && !list ? (
            <div className="card-body">
              <Refusal error={error} retry={() => void refetch()} />
            </div>
          ) : !list ? (
            <Bones rows={5} />
          ) : list.length === 0 ? (
            <Empty title={t(sought === "" ? "companies.none" : "find.none")}>
              {t(sought === "" ? "companies.none_note" : "companies.not_found_note")}
            </Empty>
          ) : (
            <ScrollX>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{t("companies.name")}</th>
                    <th scope="col">{t("groups.code")}</th>
                    <th scope="col" className="end">
                      {t("companies.kind")}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {list.map((one) => (
                    <tr key={one.code} aria-current={one.code === shown ? "true" : undefined}>
                      <td>
                        <Choosable chosen={one.code === shown} onChoose={() => put({ company: one.code })}>
                          {one.name}
                        </Choosable>
                      </td>
                      <td className="two">{one.code}</td>
                      <td className="end">
                        <Chip tone="done">{t(`companies.${one.kind}`)}</Chip>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollX>
          )}
        </Card>
        {missing ? (
          <Refusal error={missing} />
        ) : found ? (
          <Detail company={found.data} onEdit={() => put({ company: found.data.code, do: "edit" })} />
        ) : null}
      </div>
      {search.do === "new" && (
        <CompanyDialog
          company={undefined}
          etag={undefined}
          onClose={close}
          onDone={(code) => put({ company: code, do: undefined })}
        />
      )}
      {search.do === "edit" && found && (
        <CompanyDialog
          key={found.data.code}
          company={found.data}
          etag={found.etag}
          onClose={close}
          onDone={(code) => put({ company: code, do: undefined })}
        />
      )}
    </div>
  );
}
