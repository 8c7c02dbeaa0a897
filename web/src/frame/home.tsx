import { useQuery } from "@tanstack/react-query";
import { Link, Navigate, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { meQuery } from "../api/office";
import { propertiesQuery } from "../api/queries";
import { useBarrier } from "../api/session";
import { useTexts } from "../i18n";
import { Bones, Empty, Refusal } from "../kit";
import { readStored } from "../lib/stored";
import { isOffered } from "./may";
import { PLACES } from "./nav";

const FirstProperty = lazy(() =>
  import("../screens/settings/first").then((module) => ({ default: module.FirstProperty })),
);

/** The beginning: the property that was looked at last, or the first one; or the way to the first one. */
export function Home() {
  const t = useTexts();
  const navigate = useNavigate();
  const search = useSearch({ from: "/" });
  const { data, error, refetch } = useQuery(propertiesQuery);
  const { data: me } = useQuery(meQuery);
  const barrier = useBarrier();
  if (error && !data) {
    return (
      <main className="alone">
        <Refusal error={error} retry={() => void refetch()} />
      </main>
    );
  }
  // Behind the door it is not known yet who will be here.
  if (!data || me === undefined || (me === null && barrier !== undefined)) return <Bones rows={4} />;
  if (search.new === "property") {
    return (
      <Suspense fallback={<Bones rows={6} />}>
        <FirstProperty
          onLeave={data.length > 0 ? () => void navigate({ to: "/", search: {}, replace: true }) : undefined}
        />
      </Suspense>
    );
  }
  const last = readStored("hefu.property");
  const property = data.find((one) => one.code === last) ?? data[0];
  if (!property) {
    return (
      <main className="alone">
        <Empty
          title={t("home.none")}
          action={
            <Link className="btn btn-fill" to="/" search={{ new: "property" }}>
              {t("setup.begin")}
            </Link>
          }
        >
          {t("home.none_note")}
        </Empty>
      </main>
    );
  }
  // The first screen that somebody has work with.
  const first = PLACES.flatMap((group) => group.places).find((place) => isOffered(me, property.code, place.id));
  return <Navigate to={first?.to ?? "/p/$property/me"} params={{ property: property.code }} replace />;
}
