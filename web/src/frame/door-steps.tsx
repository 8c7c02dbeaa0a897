import { useQuery } from "@tanstack/react-query";
import { Fingerprint } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { Heading } from "react-aria-components";
import { api, data, type Schema } from "../api/client";
import { canUsePasskeys, type Factors, providersQuery, recover, showPasskey, signInByPasskey } from "../api/passkeys";
import { session } from "../api/session";
import { useTexts } from "../i18n";
import { Button, Field, Refusal, Warning } from "../kit";
import { say } from "../kit/notices";
import { useSend } from "../kit/send";
import { PasswordField, useTyped } from "../kit/typed";

/** A form of the door: what it asks, one button, and what was refused. */
export function DoorForm({
  title,
  note,
  action,
  form,
  onSend,
  children,
  below,
}: {
  title: string;
  note?: ReactNode;
  action: ReactNode;
  form: { busy: boolean; error: unknown };
  onSend: () => void;
  children?: ReactNode;
  below?: ReactNode;
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSend();
  };
  return (
    <form className="door-form" onSubmit={submit}>
      <div>
        <Heading slot="title">{title}</Heading>
        {note && <p className="two">{note}</p>}
      </div>
      {children}
      <Refusal error={form.error} />
      <Button look="fill" size="main" wide type="submit" busy={form.busy}>
        {action}
      </Button>
      {below && <div className="door-below">{below}</div>}
    </form>
  );
}

/** Signs out, and begins anew: what the person before typed is not for the next one. */
export async function signOut(): Promise<void> {
  await data(api.DELETE("/api/v1/session"));
  window.location.assign("/");
}

/** Lets another person sign in, also where the session is over already. */
const leaveToOther = () => void signOut().catch(() => window.location.assign("/"));

/** Where the house has its own sign-in for the whole chain, the way to it. */
function Providers() {
  const { data: providers = [] } = useQuery(providersQuery);
  return providers.map((one) => (
    <a key={one.id} className="btn btn-main btn-wide" href={`/api/v1/session/provider/${encodeURIComponent(one.id)}`}>
      {one.name}
    </a>
  ));
}

export function Password({
  login: known,
  onPassed,
  onPasskey,
  onForgotten,
}: {
  login: string | undefined;
  onPassed: (view: Schema<"SignedInView">, login: string, password: string) => void;
  onPasskey: (view: Schema<"SignedInView">) => void;
  onForgotten: () => void;
}) {
  const t = useTexts();
  const typed = useTyped({ login: known ?? "", password: "" });
  const form = useSend<void, Schema<"SignedInView">>(
    () => data(api.POST("/api/v1/session", { body: { login: typed.said("login"), password: typed.values.password } })),
    (view) => onPassed(view, typed.said("login"), typed.values.password),
  );
  const key = useSend<void, Schema<"SignedInView">>(signInByPasskey, onPasskey);
  return (
    <DoorForm
      title={known ? t("door.again", { login: known }) : t("door.title")}
      note={known ? t("door.again_note") : undefined}
      action={t("door.sign_in")}
      form={{ busy: form.busy, error: form.error ?? key.error }}
      onSend={() => form.send()}
      below={
        <>
          {canUsePasskeys() && (
            <Button wide size="main" busy={key.busy} onPress={() => key.send()}>
              <Fingerprint size={16} aria-hidden="true" />
              {t("passkey.sign_in")}
            </Button>
          )}
          <Providers />
          <Button look="link" onPress={onForgotten}>
            {t("passkey.forgot")}
          </Button>
          {known && (
            <Button look="link" onPress={leaveToOther}>
              {t("door.other")}
            </Button>
          )}
        </>
      }
    >
      {session.wasTurnedAway() && <Warning>{t("door.turned_away")}</Warning>}
      {!known && <Field {...typed.of("login", form)} label={t("door.login")} autoFocus autoComplete="username" />}
      <PasswordField {...typed.of("password", form)} label={t("door.password")} autoFocus={known !== undefined} />
    </DoorForm>
  );
}

/** A code of six digits is one of the moment; anything else is a recovery code. */
export const isMoment = (text: string) => /^\d[\d ]{5,8}$/.test(text.trim());

type Way = "passkey" | "code" | "recovery";

/** The second factor: a passkey before a code where there is one, and a recovery code where both are lost. */
export function SecondFactor({
  factors: known,
  onPassed,
  onLeave,
}: {
  /** What there is to show; a page that was opened anew does not know it, and offers all. */
  factors: Factors | undefined;
  onPassed: () => void;
  onLeave: (() => void) | undefined;
}) {
  const t = useTexts();
  const factors = known ?? { totp: true, passkey: true };
  const byPasskey = factors.passkey && canUsePasskeys();
  const [way, setWay] = useState<Way>(byPasskey && known ? "passkey" : factors.totp ? "code" : "recovery");
  const typed = useTyped({ code: "" });
  const form = useSend<void, Schema<"SignedInView">>(() => {
    const shown = typed.said("code");
    if (way === "passkey") return showPasskey();
    const body =
      way === "recovery" && !isMoment(shown) ? { recovery_code: shown } : { code: shown.replaceAll(" ", "") };
    return data(api.POST("/api/v1/session/second-factor", { body }));
  }, onPassed);
  const take = (next: Way) => {
    form.reset();
    typed.set("code", "");
    setWay(next);
  };
  const other = (next: Way, text: string) =>
    way !== next && (
      <Button look="link" onPress={() => take(next)}>
        {text}
      </Button>
    );
  return (
    <DoorForm
      title={t(way === "passkey" ? "passkey.show_title" : "door.code_title")}
      note={t(way === "passkey" ? "passkey.show_note" : onLeave ? "door.code_again" : "door.code_note")}
      action={
        way === "passkey" ? (
          <>
            <Fingerprint size={16} aria-hidden="true" />
            {t("passkey.show")}
          </>
        ) : (
          t("door.show_code")
        )
      }
      form={form}
      onSend={() => form.send()}
      below={
        <>
          {byPasskey && other("passkey", t("passkey.show"))}
          {factors.totp && other("code", t("door.with_code"))}
          {other("recovery", t("door.with_recovery"))}
          <Button look="link" onPress={onLeave ?? leaveToOther}>
            {t(onLeave ? "do.leave" : "door.other")}
          </Button>
        </>
      }
    >
      {way !== "passkey" && (
        <Field
          key={way}
          {...typed.of("code", form)}
          label={t(way === "recovery" ? "door.recovery_code" : "door.code")}
          autoFocus
          inputMode={way === "recovery" ? "text" : "numeric"}
          autoComplete="one-time-code"
          error={form.at("/code", "/recovery_code")}
        />
      )}
    </DoorForm>
  );
}

/** A new password in place of one that is forgotten, by a recovery code. */
export function Forgotten({ login, onBack }: { login: string | undefined; onBack: () => void }) {
  const t = useTexts();
  const typed = useTyped({ login: login ?? "", recovery_code: "", new: "" });
  const form = useSend<void, unknown>(
    () => recover(typed.said("login"), typed.said("recovery_code"), typed.values.new),
    () => {
      say(t("passkey.recovered"));
      onBack();
    },
  );
  return (
    <DoorForm
      title={t("passkey.recovery_title")}
      note={t("passkey.recovery_note")}
      action={t("passkey.do_recover")}
      form={form}
      onSend={() => form.send()}
      below={
        <Button look="link" onPress={onBack}>
          {t("passkey.back")}
        </Button>
      }
    >
      <Field {...typed.of("login", form)} label={t("door.login")} autoFocus={!login} autoComplete="username" />
      <Field {...typed.of("recovery_code", form)} label={t("door.recovery_code")} autoFocus={Boolean(login)} />
      <PasswordField {...typed.of("new", form)} label={t("door.new")} isNew />
    </DoorForm>
  );
}

/** The fields of a change of one's password; the present one only where it was not typed just now. */
export function useNewPassword(known: string | undefined, onPassed: () => void) {
  const t = useTexts();
  const typed = useTyped({ current: known ?? "", new: "" });
  const form = useSend<void, void>(async () => {
    await data(api.PUT("/api/v1/me/password", { body: { current: typed.values.current, new: typed.values.new } }));
  }, onPassed);
  const isWhole = typed.values.current !== "" && typed.values.new !== "";
  const fields = (
    <>
      {known === undefined && <PasswordField {...typed.of("current", form)} label={t("door.current")} autoFocus />}
      <PasswordField {...typed.of("new", form)} label={t("door.new")} isNew autoFocus={known !== undefined} />
    </>
  );
  return { form, fields, isWhole };
}

export function NewPassword({ current, onPassed }: { current: string | undefined; onPassed: () => void }) {
  const t = useTexts();
  const { form, fields } = useNewPassword(current, onPassed);
  return (
    <DoorForm
      title={t("door.change_title")}
      note={t("door.change_note")}
      action={t("door.change")}
      form={form}
      onSend={() => form.send()}
    >
      {fields}
    </DoorForm>
  );
}

/** Which second factor is being set up. */
export type Enrolling = "totp" | "passkey";

/** The ways to a second factor: an app that makes codes, or a passkey. */
function EnrolButtons({ onEnrol, autoFocus }: { onEnrol: (which: Enrolling) => void; autoFocus?: boolean }) {
  const t = useTexts();
  return (
    <>
      <Button look="fill" wide size="main" onPress={() => onEnrol("totp")} autoFocus={autoFocus ?? false}>
        {t("me.factor_set")}
      </Button>
      {canUsePasskeys() && (
        <Button wide size="main" onPress={() => onEnrol("passkey")}>
          <Fingerprint size={16} aria-hidden="true" />
          {t("passkey.enrol")}
        </Button>
      )}
    </>
  );
}

/** Somebody without a second factor asked for what needs one: it can be set up here and now. */
export function NoFactor({ onEnrol, onLeave }: { onEnrol: (which: Enrolling) => void; onLeave: () => void }) {
  const t = useTexts();
  return (
    <div className="door-form">
      <Heading slot="title">{t("door.no_factor")}</Heading>
      <p className="two">{t("door.no_factor_note")}</p>
      <EnrolButtons onEnrol={onEnrol} />
      <Button wide size="main" onPress={onLeave}>
        {t("do.leave")}
      </Button>
    </div>
  );
}

/** A role wants a second factor, and there is none: nothing can be done before it is set up. */
export function Enrol({ onEnrol }: { onEnrol: (which: Enrolling) => void }) {
  const t = useTexts();
  return (
    <div className="door-form">
      <div>
        <Heading slot="title">{t("door.enrol_title")}</Heading>
        <p className="two">{t("door.enrol_note")}</p>
      </div>
      <EnrolButtons onEnrol={onEnrol} autoFocus />
      <div className="door-below">
        <Button look="link" onPress={leaveToOther}>
          {t("door.other")}
        </Button>
      </div>
    </div>
  );
}
