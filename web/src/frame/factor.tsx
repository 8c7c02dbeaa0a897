import { useState } from "react";
import { api, data, type Schema } from "../api/client";
import { useTexts } from "../i18n";
import { Button, Field } from "../kit";
import { FormDialog } from "../kit/form";
import { say } from "../kit/notices";
import { Qr } from "../kit/qr";
import { useSend } from "../kit/send";
import "./factor.css";

/** Enrols a second factor: the password, the code to scan, the first code, and what stands for it when it is lost. */
export function FactorDialog({ isAnew, onClose }: { isAnew: boolean; onClose: () => void }) {
  const t = useTexts();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const begin = useSend<void, Schema<"Enrolment">>((_, key) =>
    data(api.POST("/api/v1/me/totp", { params: { header: { "Idempotency-Key": key } }, body: { password } })),
  );
  const confirm = useSend<void, Schema<"RecoveryCodes">>((_, key) =>
    data(
      api.POST("/api/v1/me/totp/confirm", {
        params: { header: { "Idempotency-Key": key } },
        body: { code: code.replaceAll(" ", "") },
      }),
    ),
  );
  const codes = confirm.done?.recovery_codes;
  if (codes) {
    return (
      <FormDialog
        title={t("me.codes_title")}
        note={t("me.codes_note")}
        onClose={onClose}
        form={confirm}
        action={t("me.codes_kept")}
        onSend={onClose}
        more={
          <Button
            onPress={() => void navigator.clipboard.writeText(codes.join("\n")).then(() => say(t("me.codes_copied")))}
          >
            {t("me.codes_copy")}
          </Button>
        }
      >
        <ol className="codes num">
          {codes.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ol>
      </FormDialog>
    );
  }
  if (begin.done) {
    return (
      <FormDialog
        title={t("me.scan_title")}
        note={t("me.scan_note")}
        onClose={onClose}
        form={confirm}
        action={t("me.confirm")}
        onSend={() => confirm.send()}
        isDisabled={code.trim() === ""}
      >
        <div className="enrolment">
          <Qr text={begin.done.uri} label={t("me.qr")} />
          <div>
            <p className="meta">{t("me.secret")}</p>
            <p className="num secret">{begin.done.secret.replace(/(.{4})/g, "$1 ").trim()}</p>
          </div>
        </div>
        <Field
          label={t("me.first_code")}
          value={code}
          onChange={setCode}
          autoFocus
          inputMode="numeric"
          autoComplete="one-time-code"
          error={confirm.at("/code")}
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
      isDisabled={password === ""}
    >
      <Field
        label={t("door.password")}
        value={password}
        onChange={setPassword}
        type="password"
        autoFocus
        autoComplete="current-password"
        error={begin.at("/password")}
      />
    </FormDialog>
  );
}
