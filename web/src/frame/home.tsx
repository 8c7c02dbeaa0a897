import { useQuery } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";
import { propertiesQuery } from "../api/queries";
import { useTexts } from "../i18n";
import { Bones, Empty, Refusal } from "../kit";
import { readStored } from "../lib/stored";

/** The beginning: the property that was looked at last, or the first one. */
export function Home() {
  const t = useTexts();
  const { data, error, refetch } = useQuery(propertiesQuery);
  if (error) {
    return (
      <main className="alone">
        <Refusal error={error} retry={() => void refetch()} />
      </main>
    );
  }
  if (!data) return <Bones rows={4} />;
  const last = readStored("hefu.property");
  const property = data.find((one) => one.code === last) ?? data[0];
  if (!property) {
    return (
      <main className="alone">
        <Empty title={t("home.none")}>{t("home.none_note")}</Empty>
      </main>
    );
  }
  return <Navigate to="/p/$property/today" params={{ property: property.code }} replace />;
}
