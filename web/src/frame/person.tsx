import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { meQuery } from "../api/office";
import { choose, useLanguage, useTexts } from "../i18n";
import { Button, Dialog, Radios } from "../kit";
import { useHouse } from "../lib/house";
import { chooseTheme, type Theme, useTheme } from "../lib/theme";
import { word } from "../lib/words";
import { signOut } from "./door";

/** Who works here, and how the desk looks to them. Where nobody has to sign in it is whoever sits at this machine. */
export function PersonMenu({ onKeys }: { onKeys: () => void }) {
  const t = useTexts();
  const language = useLanguage();
  const theme = useTheme();
  const house = useHouse();
  const { data: me } = useQuery(meQuery);
  const [open, setOpen] = useState(false);
  const name = me?.name ?? t("person.name");
  const roles = me?.grants
    .filter((grant) => grant.in_force && (grant.property == null || grant.property === house.code))
    .map((grant) => word(t, "role", grant.role));
  return (
    <>
      <AriaButton className="person" onPress={() => setOpen(true)}>
        <span className="face" aria-hidden="true">
          {me ? [...me.name][0] : t("person.face")}
        </span>
        <span className="who">
          {name}
          <small>{roles ? roles.join(t("word.comma")) || t("me.no_grants") : t("person.role")}</small>
        </span>
        <span className="vh">{t("person.label")}</span>
      </AriaButton>
      {open && (
        <Dialog title={name} note={me ? me.login : t("person.note")} onClose={() => setOpen(false)}>
          <div className="menu-line">
            <span>{t("person.language")}</span>
            <Radios
              label={t("person.language")}
              className="segments"
              optionClass="segment segment-radio"
              value={language}
              onChange={(next) => void choose(next)}
              options={[
                { id: "zh-CN", text: <span lang="zh-CN">{t("person.zh")}</span> },
                { id: "en", text: <span lang="en">{t("person.en")}</span> },
              ]}
            />
          </div>
          <div className="menu-line">
            <span>{t("person.theme")}</span>
            <Radios<Theme>
              label={t("person.theme")}
              className="segments"
              optionClass="segment segment-radio"
              value={theme}
              onChange={chooseTheme}
              options={[
                { id: "system", text: t("person.system") },
                { id: "light", text: t("person.light") },
                { id: "dark", text: t("person.dark") },
              ]}
            />
          </div>
          {me && (
            <div className="menu-line">
              <span>{t("me.title")}</span>
              <span className="chips">
                <Link
                  className="btn"
                  to="/p/$property/me"
                  params={{ property: house.code }}
                  onClick={() => setOpen(false)}
                >
                  {t("me.title")}
                </Link>
                <Button onPress={() => void signOut()}>{t("me.sign_out")}</Button>
              </span>
            </div>
          )}
          <div className="menu-line">
            <span>{t("keys.title")}</span>
            <Button
              hotkey="?"
              onPress={() => {
                setOpen(false);
                onKeys();
              }}
            >
              {t("keys.show")}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
