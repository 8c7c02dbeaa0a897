import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { Dialog as AriaDialog, Modal, ModalOverlay } from "react-aria-components";
import { api, data, type Schema } from "../api/client";
import { meQuery } from "../api/office";
import { type Factors, factorsOf, factorsOfMe } from "../api/passkeys";
import { session, useBarrier } from "../api/session";
import { useTexts } from "../i18n";
import { cx, Field, Warning } from "../kit";
import { useSend } from "../kit/send";
import { PasswordField, useTyped } from "../kit/typed";
import {
  DoorForm,
  Enrol,
  type Enrolling,
  Forgotten,
  NewPassword,
  NoFactor,
  Password,
  SecondFactor,
} from "./door-steps";
import { Mark } from "./mark";
import "./door.css";

export { signOut } from "./door-steps";

// With it comes what draws QR codes, which nobody needs before.
const FactorDialog = lazy(() => import("./factor").then((module) => ({ default: module.FactorDialog })));
const PasskeyDialog = lazy(() => import("./factor").then((module) => ({ default: module.PasskeyDialog })));

/** The frame of what the door asks: over the page where there is one, so that nothing typed is lost. */
function DoorBox({ isFirst, children }: { isFirst: boolean; children: ReactNode }) {
  const t = useTexts();
  return (
    <ModalOverlay className={cx("shade door-shade", isFirst && "door-first")} isOpen isKeyboardDismissDisabled>
      <Modal className="dialog-box door-box">
        <AriaDialog className="dialog" role="dialog">
          <p className="door-brand">
            <Mark />
            <b lang="zh-CN">{t("app.chinese")}</b>
            <span className="three">{t("app.latin")}</span>
          </p>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Asks who somebody is when the server wants to know, over whatever screen there is. */
export function Door() {
  const barrier = useBarrier();
  const client = useQueryClient();
  const [typed, setTyped] = useState<{ password: string; factors: Factors }>();
  const [enrolling, setEnrolling] = useState<Enrolling>();
  const [isForgotten, setForgotten] = useState(false);
  // Whether there is a second factor to be shown is known within a session only.
  const { data: me } = useQuery({ ...meQuery, enabled: barrier === "code" && typed === undefined });
  const passed = async () => {
    // Who it is comes first: what is offered depends on it.
    await client.refetchQueries(meQuery);
    setTyped(undefined);
    setEnrolling(undefined);
    // Left before it was done, or wanted from the first sign-in on: nothing else is to be had yet.
    if (client.getQueryData(meQuery.queryKey)?.must_enrol_second_factor) {
      session.ask("enrol");
      return;
    }
    session.passed();
    void client.invalidateQueries();
  };
  if (enrolling) {
    // It stays although the factor is in use now: the recovery codes are shown once.
    return (
      <>
        {barrier === "enrol" && <div className="door-cover" />}
        <Suspense>
          {enrolling === "passkey" ? (
            <PasskeyDialog onClose={() => void passed()} />
          ) : (
            <FactorDialog isAnew={false} onClose={() => void passed()} />
          )}
        </Suspense>
      </>
    );
  }
  if (!barrier) return null;
  const before = client.getQueryData(meQuery.queryKey);
  const leave = () => session.passed();
  const next = (view: Schema<"SignedInView">, login: string, password: string) => {
    // Another person than before: nothing of the one before is left on the screen.
    if (before && before.login !== login) {
      window.location.assign("/");
      return;
    }
    setTyped({ password, factors: factorsOf(view) });
    if (view.second_factor) session.ask("code");
    else if (view.must_change_password) session.ask("change");
    else void passed();
  };
  const byPasskey = async (view: Schema<"SignedInView">) => {
    if (view.must_change_password) {
      session.ask("change");
      return;
    }
    await client.refetchQueries(meQuery);
    // A passkey tells only now whose it is.
    if (before && client.getQueryData(meQuery.queryKey)?.login !== before.login) window.location.assign("/");
    else await passed();
  };
  // Within a session the second factor is asked for again; it was not typed just now.
  const isAgain = barrier === "code" && typed === undefined && me != null;
  const isBare = isAgain && !me.second_factor;
  return (
    <DoorBox isFirst={!isBare && (before == null || barrier === "enrol")}>
      {isBare && <NoFactor onEnrol={setEnrolling} onLeave={leave} />}
      {barrier === "password" &&
        (isForgotten ? (
          <Forgotten login={before?.login} onBack={() => setForgotten(false)} />
        ) : (
          <Password
            login={before?.login}
            onPassed={next}
            onPasskey={(view) => void byPasskey(view)}
            onForgotten={() => setForgotten(true)}
          />
        ))}
      {barrier === "code" && !isBare && (
        <SecondFactor
          // What can be shown within a session is known a moment later.
          key={String(isAgain)}
          factors={typed?.factors ?? (me ? factorsOfMe(me) : undefined)}
          onPassed={() => void passed()}
          onLeave={isAgain ? leave : undefined}
        />
      )}
      {barrier === "enrol" && <Enrol onEnrol={setEnrolling} />}
      {barrier === "change" && <NewPassword current={typed?.password} onPassed={() => void passed()} />}
    </DoorBox>
  );
}

/** The first start: the link that the server printed makes the administrator, once. */
export function SetupScreen() {
  const t = useTexts();
  // The token stands behind the #, which no browser sends anywhere.
  const [token] = useState(() => window.location.hash.slice(1));
  const typed = useTyped({ name: "", login: "", password: "" });
  const form = useSend<void, Schema<"AccountView">>(
    async () => {
      const { password } = typed.values;
      const login = typed.said("login");
      const made = await data(
        api.POST("/api/v1/setup", { body: { token, name: typed.said("name"), login, password } }),
      );
      await data(api.POST("/api/v1/session", { body: { login, password } }));
      return made;
    },
    () => window.location.assign("/"),
  );
  return (
    <DoorBox isFirst>
      <DoorForm
        title={t("door.setup_title")}
        note={t("door.setup_note")}
        action={t("door.setup")}
        form={form}
        onSend={() => form.send()}
      >
        {token === "" && <Warning>{t("door.no_token")}</Warning>}
        <Field {...typed.of("name", form)} label={t("door.name")} autoFocus autoComplete="name" />
        <Field
          {...typed.of("login", form)}
          label={t("door.login")}
          autoComplete="username"
          help={t("door.login_help")}
        />
        <PasswordField {...typed.of("password", form)} label={t("door.password")} isNew />
      </DoorForm>
    </DoorBox>
  );
}
