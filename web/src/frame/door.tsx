import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, lazy, type ReactNode, Suspense, useState } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { api, data, type Schema } from "../api/client";
import { meQuery } from "../api/office";
import { session, useBarrier } from "../api/session";
import { useTexts } from "../i18n";
import { Button, cx, Field, Refusal, Warning } from "../kit";
import { useSend } from "../kit/send";
import { Mark } from "./mark";
import "./door.css";

// With it comes what draws QR codes, which nobody needs before.
const FactorDialog = lazy(() => import("./factor").then((module) => ({ default: module.FactorDialog })));

/** A form of the door: what it asks, one button, and what was refused. */
function DoorForm({
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
  action: string;
  form: { busy: boolean; error: unknown };
  onSend: () => void;
  children: ReactNode;
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

function Password({
  login: known,
  onPassed,
}: {
  login: string | undefined;
  onPassed: (view: Schema<"SignedInView">, login: string, password: string) => void;
}) {
  const t = useTexts();
  const [login, setLogin] = useState(known ?? "");
  const [password, setPassword] = useState("");
  const form = useSend<void, Schema<"SignedInView">>(
    () => data(api.POST("/api/v1/session", { body: { login: login.trim(), password } })),
    (view) => onPassed(view, login.trim(), password),
  );
  return (
    <DoorForm
      title={known ? t("door.again", { login: known }) : t("door.title")}
      note={known ? t("door.again_note") : undefined}
      action={t("door.sign_in")}
      form={form}
      onSend={() => form.send()}
      below={
        known && (
          <Button look="link" onPress={() => void signOut().catch(() => window.location.assign("/"))}>
            {t("door.other")}
          </Button>
        )
      }
    >
      {!known && (
        <Field
          label={t("door.login")}
          value={login}
          onChange={setLogin}
          autoFocus
          autoComplete="username"
          error={form.at("/login")}
        />
      )}
      <Field
        label={t("door.password")}
        value={password}
        onChange={setPassword}
        type="password"
        autoFocus={known !== undefined}
        autoComplete="current-password"
        error={form.at("/password")}
      />
    </DoorForm>
  );
}

/** A code of six digits is one of the moment; anything else is a recovery code. */
export const isMoment = (text: string) => /^\d[\d ]{5,8}$/.test(text.trim());

function Code({ onPassed, onLeave }: { onPassed: () => void; onLeave: (() => void) | undefined }) {
  const t = useTexts();
  const [code, setCode] = useState("");
  const [recovery, setRecovery] = useState(false);
  const form = useSend<void, Schema<"SignedInView">>(() => {
    const shown = code.trim();
    const body = recovery && !isMoment(shown) ? { recovery_code: shown } : { code: shown.replaceAll(" ", "") };
    return data(api.POST("/api/v1/session/second-factor", { body }));
  }, onPassed);
  return (
    <DoorForm
      title={t("door.code_title")}
      note={t(onLeave ? "door.code_again" : "door.code_note")}
      action={t("door.show_code")}
      form={form}
      onSend={() => form.send()}
      below={
        <>
          <Button look="link" onPress={() => setRecovery(!recovery)}>
            {t(recovery ? "door.with_code" : "door.with_recovery")}
          </Button>
          {onLeave ? (
            <Button look="link" onPress={onLeave}>
              {t("do.leave")}
            </Button>
          ) : (
            <Button look="link" onPress={() => void signOut()}>
              {t("door.other")}
            </Button>
          )}
        </>
      }
    >
      <Field
        key={String(recovery)}
        label={t(recovery ? "door.recovery_code" : "door.code")}
        value={code}
        onChange={setCode}
        autoFocus
        inputMode={recovery ? "text" : "numeric"}
        autoComplete="one-time-code"
        error={form.at("/code", "/recovery_code")}
      />
    </DoorForm>
  );
}

function NewPassword({ current: known, onPassed }: { current: string | undefined; onPassed: () => void }) {
  const t = useTexts();
  const [current, setCurrent] = useState(known ?? "");
  const [next, setNext] = useState("");
  const form = useSend<void, void>(async () => {
    await data(api.PUT("/api/v1/me/password", { body: { current, new: next } }));
  }, onPassed);
  return (
    <DoorForm
      title={t("door.change_title")}
      note={t("door.change_note")}
      action={t("door.change")}
      form={form}
      onSend={() => form.send()}
    >
      {known === undefined && (
        <Field
          label={t("door.current")}
          value={current}
          onChange={setCurrent}
          type="password"
          autoComplete="current-password"
          error={form.at("/current")}
        />
      )}
      <Field
        label={t("door.new")}
        value={next}
        onChange={setNext}
        type="password"
        autoFocus
        autoComplete="new-password"
        error={form.at("/new")}
        help={t("door.new_help")}
      />
    </DoorForm>
  );
}

/** Somebody without a second factor asked for what needs one: it can be set up here and now. */
function NoFactor({ onEnrol, onLeave }: { onEnrol: () => void; onLeave: () => void }) {
  const t = useTexts();
  return (
    <DoorBox isFirst={false}>
      <div className="door-form">
        <Heading slot="title">{t("door.no_factor")}</Heading>
        <p className="two">{t("door.no_factor_note")}</p>
        <Button look="fill" wide size="main" onPress={onEnrol}>
          {t("me.factor_set")}
        </Button>
        <Button wide size="main" onPress={onLeave}>
          {t("do.leave")}
        </Button>
      </div>
    </DoorBox>
  );
}

/** A role wants a second factor, and there is none: nothing can be done before it is set up. */
function Enrol({ onEnrol }: { onEnrol: () => void }) {
  const t = useTexts();
  return (
    <div className="door-form">
      <div>
        <Heading slot="title">{t("door.enrol_title")}</Heading>
        <p className="two">{t("door.enrol_note")}</p>
      </div>
      <Button look="fill" wide size="main" onPress={onEnrol} autoFocus>
        {t("me.factor_set")}
      </Button>
      <div className="door-below">
        <Button look="link" onPress={() => void signOut().catch(() => window.location.assign("/"))}>
          {t("door.other")}
        </Button>
      </div>
    </div>
  );
}

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
  const [typed, setTyped] = useState<{ login: string; password: string }>();
  const [enrolling, setEnrolling] = useState(false);
  // Whether there is a second factor to be shown is known within a session only.
  const { data: me } = useQuery({ ...meQuery, enabled: barrier === "code" && typed === undefined });
  const passed = async () => {
    // Who it is comes first: what is offered depends on it.
    await client.refetchQueries(meQuery);
    setTyped(undefined);
    setEnrolling(false);
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
          <FactorDialog isAnew={false} onClose={() => void passed()} />
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
    setTyped({ login, password });
    if (view.second_factor) session.ask("code");
    else if (view.must_change_password) session.ask("change");
    else void passed();
  };
  // Within a session the second factor is asked for again; it was not typed just now.
  const isAgain = barrier === "code" && typed === undefined && me != null;
  if (isAgain && !me.second_factor) return <NoFactor onEnrol={() => setEnrolling(true)} onLeave={leave} />;
  return (
    <DoorBox isFirst={before == null || barrier === "enrol"}>
      {barrier === "password" && <Password login={before?.login} onPassed={next} />}
      {barrier === "code" && <Code onPassed={() => void passed()} onLeave={isAgain ? leave : undefined} />}
      {barrier === "enrol" && <Enrol onEnrol={() => setEnrolling(true)} />}
      {barrier === "change" && <NewPassword current={typed?.password} onPassed={() => void passed()} />}
    </DoorBox>
  );
}

/** The first start: the link that the server printed makes the administrator, once. */
export function SetupScreen() {
  const t = useTexts();
  // The token stands behind the #, which no browser sends anywhere.
  const [token] = useState(() => window.location.hash.slice(1));
  const [name, setName] = useState("");
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const form = useSend<void, Schema<"AccountView">>(
    async () => {
      const made = await data(
        api.POST("/api/v1/setup", { body: { token, name: name.trim(), login: login.trim(), password } }),
      );
      await data(api.POST("/api/v1/session", { body: { login: login.trim(), password } }));
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
        <Field
          label={t("door.name")}
          value={name}
          onChange={setName}
          autoFocus
          autoComplete="name"
          error={form.at("/name")}
        />
        <Field
          label={t("door.login")}
          value={login}
          onChange={setLogin}
          autoComplete="username"
          error={form.at("/login")}
          help={t("door.login_help")}
        />
        <Field
          label={t("door.password")}
          value={password}
          onChange={setPassword}
          type="password"
          autoComplete="new-password"
          error={form.at("/password")}
          help={t("door.new_help")}
        />
      </DoorForm>
    </DoorBox>
  );
}
