import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { meQuery, sessionsQuery } from "../../api/office";
import { endSessions, factorsOfMe } from "../../api/passkeys";
import { propertiesQuery } from "../../api/queries";
import { signOut } from "../../frame/door";
import { useNewPassword } from "../../frame/door-steps";
import { FactorDialog } from "../../frame/factor";
import { useOffered } from "../../frame/may";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, Empty, Radios, Refusal, ScrollX, Select, Warning } from "../../kit";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { PasswordField, ReasonField, useTyped } from "../../kit/typed";
import { useHouse } from "../../lib/house";
import { word } from "../../lib/words";
import { Passkeys } from "./passkeys";
import "./access.css";

type Me = Schema<"MeView">;

function PasswordDialog({ onClose }: { onClose: () => void }) {
  const t = useTexts();
  const { form, fields, isWhole } = useNewPassword(undefined, () => {
    say(t("me.password_changed"));
    onClose();
  });
  return (
    <FormDialog
      title={t("me.change_password")}
      note={t("me.password_note")}
      onClose={onClose}
      form={form}
      action={t("me.change_password")}
      onSend={() => form.send()}
      isDisabled={!isWhole}
    >
      {fields}
    </FormDialog>
  );
}

/** Asks for the password, and ends one session elsewhere or, where none is named, all. */
function EndDialog({ session, onClose }: { session: string | undefined; onClose: () => void }) {
  const t = useTexts();
  const typed = useTyped({ password: "" });
  const form = useSend<void, unknown>(
    () => endSessions(session, typed.values.password),
    () => {
      if (session === undefined) {
        window.location.assign("/");
        return;
      }
      say(t("passkey.session_ended"));
      onClose();
    },
  );
  const action = t(session === undefined ? "me.sign_out_everywhere" : "passkey.end_session");
  return (
    <FormDialog
      title={action}
      note={t("ending.note")}
      onClose={onClose}
      form={form}
      action={action}
      onSend={() => form.send()}
      isDisabled={typed.values.password === ""}
    >
      <PasswordField {...typed.of("password", form)} label={t("door.password")} autoFocus />
    </FormDialog>
  );
}

function Sessions() {
  const t = useTexts();
  const house = useHouse();
  const { data: sessions, error, refetch } = useQuery(sessionsQuery);
  const [ending, setEnding] = useState<{ session: string | undefined }>();
  return (
    <Card
      title={t("me.sessions")}
      tools={
        <Button size="row" onPress={() => setEnding({ session: undefined })}>
          {t("me.sign_out_everywhere")}
        </Button>
      }
    >
      {error && !sessions ? (
        <div className="card-body">
          <Refusal error={error} retry={() => void refetch()} />
        </div>
      ) : !sessions ? (
        <Bones rows={2} />
      ) : sessions.length === 0 ? (
        <Empty title={t("me.no_sessions")} />
      ) : (
        <ScrollX>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("me.address")}</th>
                <th scope="col">{t("me.began")}</th>
                <th scope="col">{t("me.seen")}</th>
                <th scope="col" />
              </tr>
            </thead>
            <tbody>
              {sessions.map((session) => (
                <tr key={session.id}>
                  <td className="num">{session.address ?? "–"}</td>
                  <td className="num">{house.f.moment(session.began_at, house.zone)}</td>
                  <td className="num">{house.f.moment(session.seen_at, house.zone)}</td>
                  <td className="end">
                    {session.this ? (
                      <Chip tone="house">{t("me.this")}</Chip>
                    ) : (
                      <Button size="row" onPress={() => setEnding({ session: session.id })}>
                        {t("passkey.end_session")}
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollX>
      )}
      {ending && <EndDialog {...ending} onClose={() => setEnding(undefined)} />}
    </Card>
  );
}

/** Roles that can be taken: none that grants or audits. */
const TAKEN = ["front_desk", "housekeeping", "finance", "manager", "data_steward"] as const;
const MINUTES = ["15", "30", "60"] as const;
/** The longest that such a role lasts, milliseconds. */
const LONGEST = 60 * 60_000;

function EmergencyDialog({ onClose }: { onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const { data: properties = [] } = useQuery(propertiesQuery);
  const [role, setRole] = useState<string>("front_desk");
  const [chosen, setWhere] = useState<string>();
  // Where somebody is now there is a role already.
  const where = chosen ?? properties.find((one) => one.code !== house.code)?.code ?? house.code;
  const [minutes, setMinutes] = useState<(typeof MINUTES)[number]>("30");
  const typed = useTyped({ reason: "" });
  const [tried, setTried] = useState(false);
  const form = useSend<void, Schema<"GrantView">>(
    (_, key) =>
      data(
        api.POST("/api/v1/me/emergency", {
          params: { header: { "Idempotency-Key": key } },
          body: { role, property: where, minutes: Number(minutes), reason: typed.said("reason") },
        }),
      ),
    (grant) => {
      say(t("emergency.taken", { time: grant.until ? house.f.moment(grant.until, house.zone) : "" }));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t("emergency.take")}
      note={t("emergency.note")}
      onClose={onClose}
      form={form}
      action={t("emergency.do_take")}
      onSend={() => {
        setTried(true);
        if (!typed.lacks("reason")) form.send();
      }}
    >
      <div className="fields">
        <Select
          label={t("access.where")}
          choices={properties.map((one) => ({ id: one.code, name: house.named(one) }))}
          value={where}
          onChange={setWhere}
          error={form.at("/property")}
        />
        <Select
          label={t("emergency.role")}
          choices={TAKEN.map((id) => ({ id, name: word(t, "role", id) }))}
          value={role}
          onChange={setRole}
          error={form.at("/role")}
        />
      </div>
      <Radios
        label={t("emergency.minutes")}
        className="method-choices"
        optionClass="method"
        value={minutes}
        onChange={setMinutes}
        options={MINUTES.map((id) => ({ id, text: t("emergency.minutes_n", { count: Number(id) }) }))}
      />
      <ReasonField typed={typed} form={form} isMissed={tried} />
    </FormDialog>
  );
}

/** Whether a grant may be a role taken in an emergency: of one property, and over within the hour. */
function isShort(grant: Schema<"GrantView">): boolean {
  return (
    grant.in_force &&
    grant.property != null &&
    grant.until != null &&
    new Date(grant.until).getTime() - Date.now() <= LONGEST
  );
}

function Grants({ me }: { me: Me }) {
  const t = useTexts();
  const house = useHouse();
  const offered = useOffered(house.code);
  const [taking, setTaking] = useState(false);
  const end = useSend<string, void>(
    async (grant) => {
      await data(api.DELETE("/api/v1/me/emergency/{grant}", { params: { path: { grant } } }));
    },
    () => say(t("emergency.ended")),
  );
  return (
    <Card
      title={t("me.grants")}
      note={t("me.grants_note")}
      tools={
        offered("emergency") && (
          <Button size="row" onPress={() => setTaking(true)}>
            {t("emergency.take")}
          </Button>
        )
      }
    >
      {end.error ? (
        <div className="card-body">
          <Refusal error={end.error} />
        </div>
      ) : null}
      {me.grants.length === 0 ? (
        <Empty title={t("me.no_grants")}>{t("me.no_grants_note")}</Empty>
      ) : (
        <ul className="lines">
          {me.grants.map((grant) => (
            <Line
              key={grant.id}
              name={word(t, "role", grant.role)}
              action={
                grant.in_force ? (
                  isShort(grant) && (
                    <Button size="row" busy={end.busy} onPress={() => end.send(grant.id)}>
                      {t("emergency.end")}
                    </Button>
                  )
                ) : (
                  <Chip tone="done">{t("access.ended")}</Chip>
                )
              }
            >
              {grant.property ?? t("access.chain")}
              {grant.until && ` · ${t("access.until", { time: house.f.moment(grant.until, house.zone) })}`}
            </Line>
          ))}
        </ul>
      )}
      {taking && <EmergencyDialog onClose={() => setTaking(false)} />}
    </Card>
  );
}

function Line({ name, children, action }: { name: string; children: ReactNode; action?: ReactNode }) {
  return (
    <li>
      <span className="grow">
        <b className="block">{name}</b>
        <span className="two">{children}</span>
      </span>
      {action}
    </li>
  );
}

function Own({ me }: { me: Me }) {
  const t = useTexts();
  const house = useHouse();
  const { totp } = factorsOfMe(me);
  const [open, setOpen] = useState<"password" | "factor">();
  return (
    <div className="two-col">
      <div>
        <Card title={t("me.keys")} note={me.login}>
          <ul className="lines">
            <Line
              name={t("door.password")}
              action={<Button onPress={() => setOpen("password")}>{t("me.change_password")}</Button>}
            >
              {t("me.password_at", { time: house.f.moment(me.password_at, house.zone) })}
            </Line>
            <Line
              name={t("me.factor")}
              action={
                <Button {...(me.second_factor ? {} : { look: "fill" })} onPress={() => setOpen("factor")}>
                  {t(totp ? "me.factor_anew" : "me.factor_set")}
                </Button>
              }
            >
              {totp ? t("me.factor_on", { count: me.recovery_codes }) : t("me.factor_off")}
            </Line>
          </ul>
          <Passkeys />
          {!me.second_factor && (
            <div className="card-body">
              <Warning>{t("me.factor_why")}</Warning>
            </div>
          )}
        </Card>
        <Sessions />
      </div>
      <Grants me={me} />
      {open === "password" && <PasswordDialog onClose={() => setOpen(undefined)} />}
      {open === "factor" && <FactorDialog isAnew={totp} onClose={() => setOpen(undefined)} />}
    </div>
  );
}

/** One's own account: password, second factor, sessions, and what was granted. */
export function MeScreen() {
  const t = useTexts();
  const { data: me, error, refetch } = useQuery(meQuery);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{me ? me.name : t("me.title")}</h1>
        {me && (
          <div className="tools">
            <Button onPress={() => void signOut()}>{t("me.sign_out")}</Button>
          </div>
        )}
      </div>
      {error && me === undefined ? (
        <Refusal error={error} retry={() => void refetch()} />
      ) : me === undefined ? (
        <Bones rows={5} />
      ) : me === null ? (
        <Card label={t("me.title")}>
          <Empty title={t("me.nobody")}>{t("me.nobody_note")}</Empty>
        </Card>
      ) : (
        <Own me={me} />
      )}
    </div>
  );
}
