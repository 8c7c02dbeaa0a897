import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { grantsQuery, type Holder, rolesQuery } from "../../api/office";
import { propertiesQuery } from "../../api/queries";
import { useTexts } from "../../i18n";
import { Bones, Button, Chip, Empty, Refusal, Select } from "../../kit";
import { DayField } from "../../kit/date";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { ReasonField, useTyped } from "../../kit/typed";
import { useHouse } from "../../lib/house";
import { word } from "../../lib/words";

type Grant = Schema<"GrantView">;
const CHAIN = "*";

function GiveDialog({ holder, name, onClose }: { holder: Holder; name: string; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const { data: roles = [] } = useQuery(rolesQuery);
  const { data: properties = [] } = useQuery(propertiesQuery);
  const [role, setRole] = useState<string>();
  const [where, setWhere] = useState(house.code);
  const [until, setUntil] = useState("");
  const typed = useTyped({ reason: "" });
  const [tried, setTried] = useState(false);
  const form = useSend<string, Grant>(
    (chosen, key) => {
      const params = { path: { id: holder.id }, header: { "Idempotency-Key": key } };
      const body: Schema<"GrantInput"> = {
        role: chosen,
        property: where === CHAIN ? null : where,
        // Until the end of the day that was chosen, as clocks stand here.
        until: until === "" ? null : new Date(`${until}T23:59:59`).toISOString(),
        reason: typed.said("reason") || null,
      };
      return holder.kind === "account"
        ? data(api.POST("/api/v1/accounts/{id}/grants", { params, body }))
        : data(api.POST("/api/v1/api-clients/{id}/grants", { params, body }));
    },
    () => {
      say(t("access.granted"));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t("access.grant_to", { name })}
      note={t("access.grant_note")}
      onClose={onClose}
      form={form}
      action={t("access.do_grant")}
      onSend={() => {
        setTried(true);
        if (role) form.send(role);
      }}
    >
      <div className="fields">
        <Select
          label={t("access.role")}
          choices={roles.map((one) => ({ id: one.name, name: word(t, "role", one.name) }))}
          value={role}
          onChange={setRole}
          placeholder={t("access.choose_role")}
          error={form.at("/role") ?? (tried && !role ? t("access.choose_role") : undefined)}
        />
        <Select
          label={t("access.where")}
          choices={[
            ...properties.map((one) => ({ id: one.code, name: house.named(one), note: one.code })),
            { id: CHAIN, name: t("access.chain") },
          ]}
          value={where}
          onChange={setWhere}
          error={form.at("/property")}
        />
        <DayField label={t("access.last_day")} value={until} onChange={setUntil} error={form.at("/until")} />
        <ReasonField typed={typed} form={form} />
      </div>
    </FormDialog>
  );
}

/** What somebody was granted, and the ways to grant and to end. */
export function Grants({ holder, name }: { holder: Holder; name: string }) {
  const t = useTexts();
  const house = useHouse();
  const { data: grants, error, refetch } = useQuery(grantsQuery(holder));
  const [giving, setGiving] = useState(false);
  const end = useSend<string, void>(
    async (grant) => {
      const params = { path: { id: holder.id, grant } };
      await (holder.kind === "account"
        ? data(api.DELETE("/api/v1/accounts/{id}/grants/{grant}", { params }))
        : data(api.DELETE("/api/v1/api-clients/{id}/grants/{grant}", { params })));
    },
    () => say(t("access.grant_ended")),
  );
  return (
    <>
      {error && !grants ? (
        <Refusal error={error} retry={() => void refetch()} />
      ) : !grants ? (
        <Bones rows={2} />
      ) : grants.length === 0 ? (
        <Empty title={t("access.no_grants")}>{t("access.no_grants_note")}</Empty>
      ) : (
        <ul className="lines">
          {grants.map((grant) => (
            <li key={grant.id}>
              <span className="grow">
                <b>{word(t, "role", grant.role)}</b>{" "}
                <span className="two">
                  {grant.property ?? t("access.chain")}
                  {grant.until && ` · ${t("access.until", { time: house.f.moment(grant.until, house.zone) })}`}
                </span>
              </span>
              {grant.in_force ? (
                <Button size="row" busy={end.busy} onPress={() => end.send(grant.id)}>
                  {t("access.end")}
                </Button>
              ) : (
                <Chip tone="done">{t("access.ended")}</Chip>
              )}
            </li>
          ))}
        </ul>
      )}
      <Refusal error={end.error} />
      <div className="card-more">
        <Button onPress={() => setGiving(true)}>{t("access.grant")}</Button>
      </div>
      {giving && <GiveDialog holder={holder} name={name} onClose={() => setGiving(false)} />}
    </>
  );
}
