import { Link } from "@tanstack/react-router";
import { useTexts } from "../i18n";
import { Empty, Refusal } from "../kit";

/** No screen has this address. */
export function Missing() {
  const t = useTexts();
  return (
    <main className="alone">
      <Empty
        title={t("missing.title")}
        action={
          <Link className="btn" to="/">
            {t("missing.home")}
          </Link>
        }
      >
        {t("missing.note")}
      </Empty>
    </main>
  );
}

/** A screen failed; the rest of the app goes on. */
export function Broken({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <main className="alone">
      <Refusal error={error} retry={reset} />
    </main>
  );
}
