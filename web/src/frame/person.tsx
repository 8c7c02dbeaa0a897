import { useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { choose, useLanguage, useTexts } from "../i18n";
import { Button, Dialog, Radios } from "../kit";
import { chooseTheme, type Theme, useTheme } from "../lib/theme";

/** Who works here, and how the desk looks to them. Accounts will stand here; until then it is whoever sits at this machine. */
export function PersonMenu({ onKeys }: { onKeys: () => void }) {
  const t = useTexts();
  const language = useLanguage();
  const theme = useTheme();
  const [open, setOpen] = useState(false);
  return (
    <>
      <AriaButton className="person" aria-label={t("person.label")} onPress={() => setOpen(true)}>
        <span className="face" aria-hidden="true">
          {t("person.face")}
        </span>
        <span className="who">
          {t("person.name")}
          <small>{t("person.role")}</small>
        </span>
      </AriaButton>
      {open && (
        <Dialog title={t("person.title")} note={t("person.note")} onClose={() => setOpen(false)}>
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
