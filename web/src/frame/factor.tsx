import { api, data, type Schema } from "../api/client";
import { makePasskey } from "../api/passkeys";
import { useTexts } from "../i18n";
import { Field } from "../kit";
import { FormDialog } from "../kit/form";
import { say } from "../kit/notices";
import { Qr } from "../kit/qr";
import { useSend } from "../kit/send";
import { PasswordField, useTyped } from "../kit/typed";
import { RecoveryCodes } from "./codes";
import "./factor.css";

/** Enrols an authenticator app: the password, the code to scan, the first code, and what stands for it when it is lost. */
export function FactorDialog({ isAnew, onClose }: { isAnew: boolean; onClose: () => void }) {
  const t = useTexts();
  const typed = useTyped({ password: "", code: "" });
  const begin = useSend<void, Schema<"Enrolment">>((_, key) =>
    data(
      api.POST("/api/v1/me/totp", {
        params: { header: { "Idempotency-Key": key } },
        body: { password: typed.values.password },
      }),
    ),
  );
  const confirm = useSend<void, Schema<"RecoveryCodes">>((_, key) =>
    data(
      api.POST("/api/v1/me/totp/confirm", {
        params: { header: { "Idempotency-Key": key } },
        body: { code: typed.values.code.replaceAll(" ", "") },
      }),
    ),
  );
  const codes = confirm.done?.recovery_codes;
  if (codes) return <RecoveryCodes codes={codes} onClose={onClose} />;
  if (begin.done) {
    return (
      <FormDialog
        title={t("me.scan_title")}
        note={t("me.scan_note")}
        onClose={onClose}
        form={confirm}
        action={t("me.confirm")}
        onSend={() => confirm.send()}
        isDisabled={typed.lacks("code")}
      >
        <div className="enrolment">
          <Qr text={begin.done.uri} label={t("me.qr")} />
          <div>
            <p className="meta">{t("me.secret")}</p>
            <p className="num secret">{begin.done.secret.replace(/(.{4})/g, "$1 ").trim()}</p>
          </div>
        </div>
        <Field
          {...typed.of("code", confirm)}
          label={t("me.first_code")}
          autoFocus
          inputMode="numeric"
          autoComplete="one-time-code"
        />
      </FormDialog>
    );
  }
  return (
    <FormDialog
      title={t(isAnew ? "me.factor_anew" : "me.factor_set")}
      note={t("me.factor_note")}
      onClose={onClose}
      form={begin}
      action={t("me.go_on")}
      onSend={() => begin.send()}
      isDisabled={typed.values.password === ""}
    >
      <PasswordField {...typed.of("password", begin)} label={t("door.password")} autoFocus />
    </FormDialog>
  );
}

/** Adds a passkey: its name, the password, then what the device asks; and what stands for it when it is the first factor. */
export function PasskeyDialog({ onClose }: { onClose: () => void }) {
  const t = useTexts();
  const typed = useTyped({ name: "", password: "" });
  const form = useSend(
    (_: undefined, key) => makePasskey(typed.said("name"), typed.values.password, key),
    (made) => {
      say(t("passkey.added", { name: made.passkey.name }));
      if (made.recovery_codes.length === 0) onClose();
    },
  );
  if (form.done && form.done.recovery_codes.length > 0)
    return <RecoveryCodes codes={form.done.recovery_codes} onClose={onClose} />;
  return (
    <FormDialog
      title={t("passkey.add")}
      note={t("passkey.add_note")}
      onClose={onClose}
      form={form}
      action={t("passkey.do_add")}
      onSend={() => form.send(undefined)}
      isDisabled={typed.lacks("name") || typed.values.password === ""}
    >
      <Field
        {...typed.of("name", form)}
        label={t("passkey.name")}
        autoFocus
        maxLength={60}
        help={t("passkey.name_help")}
      />
      <PasswordField {...typed.of("password", form)} label={t("door.password")} />
    </FormDialog>
  );
}
