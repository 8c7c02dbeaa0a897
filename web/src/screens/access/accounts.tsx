import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { accountsQuery, meQuery } from "../../api/office";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, Empty, Field, Refusal, ScrollX } from "../../kit";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { PasswordField, ReasonField, useTyped } from "../../kit/typed";
import { Choosable } from "./choosable";
import { Grants } from "./grants";

type Account = Schema<"AccountView">;

function NewAccount({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const t = useTexts();
  const typed = useTyped({ login: "", name: "", password: "" });
  const form = useSend<void, Account>(
    (_, key) =>
      data(
        api.POST("/api/v1/accounts", {
          params: { header: { "Idempotency-Key": key } },
          body: { login: typed.said("login"), name: typed.said("name"), password: typed.values.password },
        }),
      ),
    (made) => {
      say(t("access.made", { name: made.name }));
      onMade(made.id);
      onClose();
    },
  );
  return (
    <FormDialog
      title={t("access.new_account")}
      note={t("access.new_account_note")}
      onClose={onClose}
      form={form}
      action={t("access.do_new_account")}
      onSend={() => form.send()}
      isDisabled={typed.lacks("login", "name") || typed.values.password === ""}
    >
      <Field {...typed.of("name", form)} label={t("door.name")} autoFocus />
      <Field {...typed.of("login", form)} label={t("door.login")} help={t("door.login_help")} />
      <PasswordField {...typed.of("password", form)} label={t("access.first_password")} isNew />
    </FormDialog>
  );
}

type Change = "password" | "factor" | "disable" | "enable";

/** Changes somebody else's account; the reason is for the journal. */
function ChangeDialog({ account, change, onClose }: { account: Account; change: Change; onClose: () => void }) {
  const t = useTexts();
  const typed = useTyped({ password: "", reason: "" });
  const form = useSend<void, Account>(
    () => {
      const what: Record<Change, Schema<"AccountChange">> = {
        password: { password: typed.values.password },
        factor: { remove_second_factor: true },
        disable: { state: "disabled" },
        enable: { state: "active" },
      };
      return data(
        api.PATCH("/api/v1/accounts/{id}", {
          params: { path: { id: account.id }, header: { "If-Match": `"${account.version}"` } },
          body: { ...what[change], reason: typed.said("reason") || null },
        }),
      );
    },
    () => {
      say(t(`access.did.${change}`, { name: account.name }));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t(`access.do.${change}`)}
      note={t(`access.note.${change}`, { name: account.name })}
      onClose={onClose}
      form={form}
      action={t(`access.do.${change}`)}
      onSend={() => form.send()}
      isDisabled={change === "password" && typed.values.password === ""}
    >
      {change === "password" && (
        <PasswordField {...typed.of("password", form)} label={t("access.first_password")} isNew autoFocus />
      )}
      <ReasonField typed={typed} form={form} />
    </FormDialog>
  );
}

function AccountCard({ account }: { account: Account }) {
  const t = useTexts();
  const { data: me } = useQuery(meQuery);
  const end = useSend<void, unknown>(
    () => data(api.DELETE("/api/v1/accounts/{id}/sessions", { params: { path: { id: account.id } } })),
    () => say(t("access.sessions_ended", { name: account.name })),
  );
  const [change, setChange] = useState<Change>();
  const own = me?.id === account.id;
  return (
    <Card
      title={account.name}
      note={account.login}
      tools={account.state === "disabled" && <Chip tone="done">{t("access.disabled")}</Chip>}
    >
      <Grants holder={{ kind: "account", id: account.id }} name={account.name} />
      {own ? (
        <p className="card-more meta">{t("access.own")}</p>
      ) : (
        <div className="card-more chips">
          <Button size="row" onPress={() => setChange("password")}>
            {t("access.do.password")}
          </Button>
          {account.second_factor && (
            <Button size="row" onPress={() => setChange("factor")}>
              {t("access.do.factor")}
            </Button>
          )}
          <Button size="row" busy={end.busy} onPress={() => end.send()}>
            {t("access.end_sessions")}
          </Button>
          <Button size="row" onPress={() => setChange(account.state === "active" ? "disable" : "enable")}>
            {t(account.state === "active" ? "access.do.disable" : "access.do.enable")}
          </Button>
        </div>
      )}
      {end.error ? (
        <div className="card-body">
          <Refusal error={end.error} />
        </div>
      ) : null}
      {change && <ChangeDialog account={account} change={change} onClose={() => setChange(undefined)} />}
    </Card>
  );
}

/** The accounts of the staff, with what each was granted. */
export function Accounts({ chosen, onChoose }: { chosen: string | undefined; onChoose: (id: string) => void }) {
  const t = useTexts();
  const { data: page, error, refetch } = useQuery(accountsQuery);
  const [making, setMaking] = useState(false);
  const account = page?.items.find((one) => one.id === chosen) ?? page?.items[0];
  return (
    <>
      <div className="two-col">
        <Card
          title={t("access.accounts")}
          note={page?.items.length}
          tools={
            <Button size="row" onPress={() => setMaking(true)}>
              {t("access.new_account")}
            </Button>
          }
        >
          {error && !page ? (
            <div className="card-body">
              <Refusal error={error} retry={() => void refetch()} />
            </div>
          ) : !page ? (
            <Bones rows={5} />
          ) : page.items.length === 0 ? (
            <Empty title={t("access.no_accounts")}>{t("access.no_accounts_note")}</Empty>
          ) : (
            <ScrollX>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{t("door.name")}</th>
                    <th scope="col">{t("door.login")}</th>
                    <th scope="col">{t("me.factor")}</th>
                    <th scope="col" className="end">
                      {t("bookings.state")}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((one) => (
                    <tr key={one.id} aria-current={one === account ? "true" : undefined}>
                      <td>
                        <Choosable chosen={one === account} onChoose={() => onChoose(one.id)}>
                          {one.name}
                        </Choosable>
                      </td>
                      <td>{one.login}</td>
                      <td className={one.second_factor ? "two" : "amber"}>
                        {t(one.second_factor ? "access.has_factor" : "access.no_factor")}
                      </td>
                      <td className="end nowrap">
                        <Chip tone={one.must_change_password && one.state === "active" ? "planned" : "done"}>
                          {one.state === "disabled"
                            ? t("access.disabled")
                            : t(one.must_change_password ? "access.to_change" : "access.active")}
                        </Chip>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollX>
          )}
        </Card>
        {account && <AccountCard key={account.id} account={account} />}
      </div>
      {making && <NewAccount onClose={() => setMaking(false)} onMade={onChoose} />}
    </>
  );
}
