import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { rolesQuery } from "../../api/office";
import { useTexts } from "../../i18n";
import { Bones, Card, Chip, Refusal } from "../../kit";
import { useHouse } from "../../lib/house";
import { word } from "../../lib/words";
import { Accounts } from "./accounts";
import { Programs } from "./programs";
import "./access.css";

const TABS = ["accounts", "programs", "roles"] as const;

/** What each role may do, and which personal data it sees. */
function Roles() {
  const t = useTexts();
  const { data: roles, error, refetch } = useQuery(rolesQuery);
  if (error && !roles) return <Refusal error={error} retry={() => void refetch()} />;
  if (!roles) return <Bones rows={6} />;
  return (
    <div className="two-col">
      {roles.map((role) => (
        <Card
          key={role.name}
          title={word(t, "role", role.name)}
          note={t("access.may", { count: role.actions.length })}
          label={role.name}
        >
          <div className="card-body">
            <p className="two">
              {role.sees.length === 0
                ? t("access.sees_nothing")
                : t("access.sees", {
                    what: role.sees
                      .map((one) => t(`access.class.${one as "name"}`, { defaultValue: one }))
                      .join(t("word.comma")),
                  })}
            </p>
            <details>
              <summary>{t("access.actions")}</summary>
              <p className="role-actions">
                {role.actions.map((one) => (
                  <Chip key={one.action}>
                    {word(t, "action", one.action)}
                    {one.second_factor && ` · ${t("access.with_factor")}`}
                    {one.reason && ` · ${t("access.with_reason")}`}
                  </Chip>
                ))}
              </p>
            </details>
          </div>
        </Card>
      ))}
    </div>
  );
}

/** Accounts, programs of other systems, and roles. */
export function AccessScreen() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/access" });
  const tab = search.tab ?? "accounts";
  const choose = (chosen: string) =>
    void navigate({
      to: "/p/$property/access",
      params: { property: house.code },
      search: { tab: search.tab, chosen },
      replace: true,
      resetScroll: false,
    });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.access")}</h1>
        <nav className="segments" aria-label={t("nav.access")}>
          {TABS.map((id) => (
            <Link
              key={id}
              className="segment"
              to="/p/$property/access"
              params={{ property: house.code }}
              search={{ tab: id === "accounts" ? undefined : id, chosen: undefined }}
              activeOptions={{ includeSearch: true, explicitUndefined: true }}
              {...(id === tab ? { "data-selected": true, "aria-current": "page" as const } : {})}
            >
              {t(`access.${id}`)}
            </Link>
          ))}
        </nav>
      </div>
      {tab === "accounts" && <Accounts chosen={search.chosen} onChoose={choose} />}
      {tab === "programs" && <Programs chosen={search.chosen} onChoose={choose} />}
      {tab === "roles" && <Roles />}
    </div>
  );
}
