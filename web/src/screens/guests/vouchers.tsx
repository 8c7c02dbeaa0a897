import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, api, data, type Schema } from "../../api/client";
import { propertiesQuery } from "../../api/queries";
import { programmeQuery, vouchersQuery } from "../../api/services";
import { useOffered } from "../../frame/may";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, Empty, Field, Refusal, Select } from "../../kit";
import { DayField } from "../../kit/date";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { ReasonField, useTyped } from "../../kit/typed";
import { addDays, isDate } from "../../lib/format";
import { useHouse } from "../../lib/house";
import { useWho } from "../../lib/who";
import { word } from "../../lib/words";

type Voucher = Schema<"VoucherView">;

/** The most vouchers that are issued at once, as the server has it. */
const MOST = 100;
const ANYWHERE = "*";

/** Whether somebody may see the guest, but not this. */
const isNotShown = (error: unknown) => error instanceof ApiError && error.problem.status === 403;

/** Issues vouchers to a member; why is for the journal. */
function IssueDialog({ member, onClose }: { member: string; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const { data: properties = [] } = useQuery(propertiesQuery);
  const typed = useTyped({ count: "1", reason: "" });
  const [expires, setExpires] = useState(addDays(house.today, 365));
  const [where, setWhere] = useState(ANYWHERE);
  const [tried, setTried] = useState(false);
  const said = typed.said("count");
  const count = /^\d{1,3}$/.test(said) && Number(said) >= 1 && Number(said) <= MOST ? Number(said) : undefined;
  const form = useSend<number, Voucher[]>(
    (many, key) =>
      data(
        api.POST("/api/v1/members/{number}/vouchers", {
          params: { path: { number: member }, header: { "Idempotency-Key": key } },
          body: { count: many, expires, property: where === ANYWHERE ? null : where, reason: typed.said("reason") },
        }),
      ),
    (made) => {
      say(t("benefit.issued", { count: made.length }));
      onClose();
    },
  );
  const field = typed.of("count", form);
  return (
    <FormDialog
      title={t("benefit.issue_title")}
      note={t("benefit.issue_note")}
      onClose={onClose}
      form={form}
      action={count === undefined ? t("benefit.issue_title") : t("benefit.do_issue", { count })}
      onSend={() => {
        setTried(true);
        if (count !== undefined && isDate(expires) && !typed.lacks("reason")) form.send(count);
      }}
    >
      <div className="fields">
        <Field
          {...field}
          label={t("benefit.count")}
          inputMode="numeric"
          maxLength={3}
          error={field.error ?? (count === undefined ? t("benefit.count_form") : undefined)}
        />
        <DayField
          label={t("benefit.expires")}
          value={expires}
          onChange={setExpires}
          min={house.today}
          error={form.at("/expires")}
        />
      </div>
      <Select
        label={t("benefit.where")}
        choices={[
          { id: ANYWHERE, name: t("benefit.anywhere") },
          ...properties.map((one) => ({ id: one.code, name: house.named(one) })),
        ]}
        value={where}
        onChange={setWhere}
        error={form.at("/property")}
      />
      <ReasonField typed={typed} form={form} isMissed={tried} />
    </FormDialog>
  );
}

/** Takes a voucher back that was not used. */
function CancelDialog({ member, id, onClose }: { member: string; id: string; onClose: () => void }) {
  const t = useTexts();
  const typed = useTyped({ reason: "" });
  const [tried, setTried] = useState(false);
  const form = useSend<void, Voucher>(
    (_, key) =>
      data(
        api.POST("/api/v1/members/{number}/cancel-voucher", {
          params: { path: { number: member }, header: { "Idempotency-Key": key } },
          body: { voucher_id: id, reason: typed.said("reason") },
        }),
      ),
    () => {
      say(t("benefit.taken_back"));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t("benefit.take_back_title")}
      note={t("benefit.take_back_note")}
      onClose={onClose}
      form={form}
      action={t("benefit.do_take_back")}
      onSend={() => {
        setTried(true);
        if (!typed.lacks("reason")) form.send();
      }}
    >
      <ReasonField typed={typed} form={form} isMissed={tried} autoFocus />
    </FormDialog>
  );
}

/** What the tier of a member gives in this property. */
export function Benefits({ tier }: { tier: Schema<"Tier"> }) {
  const t = useTexts();
  const house = useHouse();
  const { data: programme, error, refetch } = useQuery(programmeQuery(house.code));
  const rule = programme?.tiers.find((one) => one.tier === tier);
  const none = t("benefit.as_everybody");
  if (isNotShown(error)) return null;
  return (
    <Card title={t("benefit.title")} note={word(t, "tier", tier)}>
      {error && !programme ? (
        <div className="card-body">
          <Refusal error={error} retry={() => void refetch()} />
        </div>
      ) : !programme ? (
        <Bones rows={2} />
      ) : (
        <dl className="facts card-body">
          <dt>{t("benefit.discount")}</dt>
          <dd className="num">{rule && rule.discount > 0 ? house.f.percent(rule.discount) : none}</dd>
          <dt>{t("benefit.late")}</dt>
          <dd>
            {rule?.late_check_out == null
              ? none
              : t("benefit.late_until", { time: house.f.minute(rule.late_check_out) })}
          </dd>
          <dt>{t("benefit.upgrades")}</dt>
          <dd>{rule?.upgrade ? t("benefit.upgrades_yes") : none}</dd>
        </dl>
      )}
    </Card>
  );
}

/** The vouchers of a member: what can be used, what was, and who issued it. */
export function Vouchers({
  member,
  isIssuing,
  onIssue,
}: {
  member: string;
  isIssuing: boolean;
  onIssue: (is: boolean) => void;
}) {
  const t = useTexts();
  const house = useHouse();
  const offered = useOffered(house.code);
  const may = offered("voucher");
  const { data: vouchers, error, refetch } = useQuery(vouchersQuery(member));
  const who = useWho(vouchers?.map((one) => one.issued_by) ?? []);
  const [cancelling, setCancelling] = useState<string>();
  const stateOf = (one: Voucher): Voucher["state"] | "expired" =>
    one.state === "open" && one.expires < house.today ? "expired" : one.state;
  const isOpen = (one: Voucher) => stateOf(one) === "open";
  const latest = [...(vouchers ?? [])].reverse();
  const open = latest.filter(isOpen);
  // What can be used stands before what can't.
  const shown = [...open, ...latest.filter((one) => !isOpen(one))];
  if (isNotShown(error)) return null;
  return (
    <Card
      title={t("benefit.vouchers")}
      note={open.length > 0 ? t("benefit.vouchers_note", { count: open.length }) : undefined}
      tools={
        may && (
          <Button size="row" onPress={() => onIssue(true)}>
            {t("benefit.issue")}
          </Button>
        )
      }
    >
      {error && !vouchers ? (
        <div className="card-body">
          <Refusal error={error} retry={() => void refetch()} />
        </div>
      ) : !vouchers ? (
        <Bones rows={2} />
      ) : shown.length === 0 ? (
        <Empty title={t("benefit.vouchers_none")}>{t("benefit.vouchers_none_note")}</Empty>
      ) : (
        <ul className="lines">
          {shown.map((one) => {
            const state = stateOf(one);
            return (
              <li key={one.id}>
                <span className="grow">
                  {t("benefit.until", { date: house.f.day(one.expires) })}
                  <span className="meta block">
                    {one.property ? t("benefit.only_at", { property: one.property }) : t("benefit.anywhere")}
                    {t("word.clause")}
                    {t("benefit.issued_by", { who: who(one.issued_by) })}
                  </span>
                </span>
                <Chip tone={state === "open" ? "planned" : "done"}>{t(`benefit.state.${state}`)}</Chip>
                {may && state === "open" && (
                  <Button size="row" onPress={() => setCancelling(one.id)}>
                    {t("benefit.take_back")}
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {isIssuing && <IssueDialog member={member} onClose={() => onIssue(false)} />}
      {cancelling && <CancelDialog member={member} id={cancelling} onClose={() => setCancelling(undefined)} />}
    </Card>
  );
}
