import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTexts } from "../../i18n";
import { useHouse } from "../../lib/house";
import { Found } from "./found";
import { WakeUps } from "./wake-ups";

const TABS = ["wake", "found"] as const;

/** What is done for guests beside their rooms: they are woken, and get back what they left. */
export function Services() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/services" });
  const tab = search.tab ?? "wake";
  const params = { property: house.code };
  const put = (next: Partial<typeof search>) =>
    void navigate({
      to: "/p/$property/services",
      params,
      search: { ...search, ...next },
      replace: true,
      resetScroll: false,
    });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.services")}</h1>
        <nav className="segments" aria-label={t("services.views")}>
          {TABS.map((id) => (
            <Link
              key={id}
              className="segment"
              to="/p/$property/services"
              params={params}
              search={{ tab: id === "wake" ? undefined : id }}
              activeOptions={{ includeSearch: true, explicitUndefined: true }}
              {...(id === tab ? { "data-selected": true, "aria-current": "page" as const } : {})}
            >
              {t(`services.${id}`)}
            </Link>
          ))}
        </nav>
      </div>
      {tab === "wake" ? (
        <WakeUps date={search.date ?? house.today} onDate={(date) => put({ date })} />
      ) : (
        <Found
          all={search.all === "yes"}
          isNew={search.do === "new"}
          item={search.item}
          onAll={(all) => put({ all: all ? "yes" : undefined })}
          onNew={(is) => put({ do: is ? "new" : undefined })}
          onItem={(item) => put({ item })}
        />
      )}
    </div>
  );
}
