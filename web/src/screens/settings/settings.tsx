import { Link, useSearch } from "@tanstack/react-router";
import { Check } from "lucide-react";
import { useTexts } from "../../i18n";
import { cx } from "../../kit";
import { say } from "../../kit/notices";
import { type House, useHouse } from "../../lib/house";
import { BillingStep } from "./billing";
import { CodesStep, PlanStep, PolicyStep } from "./prices";
import { PropertyForm } from "./property";
import { RoomsStep, TypesStep } from "./rooms";
import "./settings.css";

const STEPS = ["property", "types", "rooms", "codes", "policy", "plan", "billing"] as const;
type Step = (typeof STEPS)[number];

/** Whether a step has what selling rooms needs; `undefined` where nothing is needed. */
function isDone(step: Step, { view }: House): boolean | undefined {
  switch (step) {
    case "property":
      return true;
    case "types":
      return view.room_types.length > 0;
    case "rooms":
      return view.rooms.length > 0;
    case "plan":
      return view.rate_plans.length > 0;
    default:
      return undefined;
  }
}

/** The setup of a property: on the way from nothing to the first booking, and afterwards. */
export function SettingsScreen() {
  const t = useTexts();
  const house = useHouse();
  const search = useSearch({ from: "/p/$property/settings" });
  const step = search.step ?? "property";
  const next = STEPS[STEPS.indexOf(step) + 1];
  const missing = STEPS.filter((one) => isDone(one, house) === false);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.settings")}</h1>
        <span className="two">
          {missing.length === 0 ? t("setup.ready") : t("setup.missing", { count: missing.length })}
        </span>
        <div className="tools">
          <Link className="btn" to="/" search={{ new: "property" }}>
            {t("setup.another")}
          </Link>
        </div>
      </div>
      <div className="setup-cols">
        <nav className="card setup-steps" aria-label={t("setup.steps_label")}>
          <ol>
            {STEPS.map((one, at) => {
              const done = isDone(one, house);
              return (
                <li key={one}>
                  <Link
                    to="/p/$property/settings"
                    params={{ property: house.code }}
                    search={{ ...search, step: one }}
                    aria-current={one === step ? "step" : undefined}
                    className="setup-step"
                  >
                    <span className={cx("setup-no", done && "done", done === false && "open")} aria-hidden="true">
                      {done ? <Check size={14} strokeWidth={3} /> : at + 1}
                    </span>
                    {t(`setup.steps.${one}`)}
                    {done === false && <span className="vh"> {t("setup.open")}</span>}
                  </Link>
                </li>
              );
            })}
          </ol>
        </nav>
        <div className="setup-body">
          {step === "property" && (
            <PropertyForm
              key={house.view.property.version}
              known={house.view.property}
              onDone={() => say(t("setup.saved", { name: house.name }))}
            />
          )}
          {step === "types" && <TypesStep />}
          {step === "rooms" && <RoomsStep />}
          {step === "codes" && <CodesStep />}
          {step === "policy" && <PolicyStep />}
          {step === "plan" && <PlanStep />}
          {step === "billing" && <BillingStep />}
          <div className="setup-next">
            {next ? (
              <Link
                className={cx("btn", search.first && "btn-fill")}
                to="/p/$property/settings"
                params={{ property: house.code }}
                search={{ ...search, step: next }}
              >
                {t("setup.next", { step: t(`setup.steps.${next}`) })}
              </Link>
            ) : (
              <Link
                className={cx("btn", search.first && "btn-fill")}
                to="/p/$property/today"
                params={{ property: house.code }}
              >
                {t("setup.finish")}
              </Link>
            )}
          </div>
        </div>
      </div>
    </div>
  );
}
