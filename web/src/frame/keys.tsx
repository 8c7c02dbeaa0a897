import { useState } from "react";
import { useTexts } from "../i18n";
import { Dialog, Kbd, Tick } from "../kit";
import { letterKeys, useAllKeys } from "../lib/keys";

const SYMBOLS: Record<string, string> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  " ": "Space",
};

/** A key as people read it on the keyboard. */
export function keyName(key: string): string {
  return key
    .split("+")
    .map((part) => SYMBOLS[part] ?? (/^[a-z]$/.test(part) ? part.toUpperCase() : part))
    .join(" ");
}

/** All keys that act on this screen. */
export function KeyList({ onClose }: { onClose: () => void }) {
  const t = useTexts();
  const keys = useAllKeys();
  const [on, setOn] = useState(letterKeys.on);
  return (
    <Dialog title={t("keys.title")} onClose={onClose}>
      <dl className="keys-list">
        {keys.map((key) => (
          <div key={key.key} className="keys-line">
            <dt>
              <span className="vh">{keyName(key.key)}</span>
              {keyName(key.key)
                .split(" ")
                .map((part) => (
                  <Kbd key={part}>{part}</Kbd>
                ))}
            </dt>
            <dd>{key.says}</dd>
          </div>
        ))}
      </dl>
      <Tick
        ticked={on}
        onChange={(next) => {
          letterKeys.on = next;
          setOn(next);
        }}
      >
        {t("keys.letters")}
      </Tick>
    </Dialog>
  );
}
