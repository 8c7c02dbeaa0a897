import { useNavigate } from "@tanstack/react-router";
import { useTexts } from "../../i18n";
import { Button } from "../../kit";
import { PropertyForm } from "./property";
import "./settings.css";

/** A property from nothing: its own record first, then step by step to the first booking. */
export function FirstProperty({ onLeave }: { onLeave: (() => void) | undefined }) {
  const t = useTexts();
  const navigate = useNavigate();
  return (
    <main className="first-page">
      <div className="page-head">
        <h1>{t("setup.begin")}</h1>
        {onLeave && (
          <div className="tools">
            <Button onPress={onLeave}>{t("do.leave")}</Button>
          </div>
        )}
      </div>
      <p className="two">{t("setup.begin_note")}</p>
      <PropertyForm
        known={undefined}
        onDone={(code) =>
          void navigate({
            to: "/p/$property/settings",
            params: { property: code },
            search: { first: "yes", step: "types" },
            replace: true,
          })
        }
      />
    </main>
  );
}
