import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { accountsQuery, alarmsQuery, canariesQuery, clientsQuery } from "../../api/office";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Empty, Field, Refusal } from "../../kit";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";
import { word } from "../../lib/words";
import "../reconcile/reconcile.css";
import "./alarms.css";

type Alarm = Schema<"AlarmView">;

const TABS = ["unseen", "all", "canaries"] as const;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The names of accounts and programs by their ids; an id that is neither stays as it is. */
function useNames(): (id: string) => string {
  const t = useTexts();
  const { data: accounts } = useQuery(accountsQuery);
  const { data: programs } = useQuery(clientsQuery);
  const names = new Map([...(accounts?.items ?? []), ...(programs?.items ?? [])].map((one) => [one.id, one.name]));
  // Who did something is told with a word before the id, as in the journal.
  return (id) => names.get(id.replace(/^\w+:/, "")) ?? word(t, "actor", id);
}

function Row({ alarm, nameOf }: { alarm: Alarm; nameOf: (id: string) => string }) {
  const t = useTexts();
  const house = useHouse();
  const seen = useSend<void, Alarm>(
    (_, key) =>
      data(
        api.POST("/api/v1/alarms/{id}/seen", {
          params: { path: { id: alarm.id }, header: { "Idempotency-Key": key } },
          body: {},
        }),
      ),
    () => say(t("alarms.said_seen")),
  );
  return (
    <li className="alarm-row">
      <span className="num two">{house.f.exactly(alarm.raised_at, house.zone)}</span>
      <span className="alarm-text">
        <b className={alarm.seen_at ? undefined : "red"}>{t(`alarms.kind.${alarm.kind}`)}</b>
        <span className="meta">{t(`alarms.why.${alarm.kind}`)}</span>
        {alarm.guest && <span className="meta">{t("alarms.guest", { id: alarm.guest })}</span>}
        <Refusal error={seen.error} />
      </span>
      <span className="alarm-who">
        <span className="vh">{t("alarms.by")} </span>
        {nameOf(alarm.holder)}
      </span>
      <span className="alarm-seen">
        {alarm.seen_at ? (
          <span className="two">
            {t("alarms.seen_by", {
              who: nameOf(alarm.seen_by ?? ""),
              time: house.f.moment(alarm.seen_at, house.zone),
            })}
          </span>
        ) : (
          <Button size="row" busy={seen.busy} onPress={() => seen.send()}>
            {t("alarms.seen")}
          </Button>
        )}
      </span>
    </li>
  );
}

function Alarms({ unseen }: { unseen: boolean }) {
  const t = useTexts();
  const nameOf = useNames();
  const list = useInfiniteQuery(alarmsQuery(unseen));
  const alarms = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card label={t("nav.alarms")} className={list.isPlaceholderData ? "stale" : undefined}>
      {list.error && !list.data ? (
        <div className="card-body">
          <Refusal error={list.error} retry={() => void list.refetch()} />
        </div>
      ) : !list.data ? (
        <Bones rows={6} />
      ) : alarms.length === 0 ? (
        <Empty title={t(unseen ? "alarms.none_unseen" : "alarms.none")}>{t("alarms.none_note")}</Empty>
      ) : (
        <>
          <div className="alarm-row alarm-head" aria-hidden="true">
            <span>{t("alarms.raised")}</span>
            <span>{t("alarms.what")}</span>
            <span>{t("alarms.by")}</span>
            <span className="alarm-seen">{t("alarms.seen_label")}</span>
          </div>
          <ul>
            {alarms.map((alarm) => (
              <Row key={alarm.id} alarm={alarm} nameOf={nameOf} />
            ))}
          </ul>
          {list.hasNextPage && (
            <div className="card-more">
              <Button busy={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
                {t("alarms.more")}
              </Button>
            </div>
          )}
        </>
      )}
    </Card>
  );
}

/** Guests whom nobody has a reason to open. Auditors see no guest, so they are told by their ids. */
function Canaries() {
  const t = useTexts();
  const house = useHouse();
  const nameOf = useNames();
  const { data: canaries, error, refetch } = useQuery(canariesQuery);
  const [id, setId] = useState("");
  const [tried, setTried] = useState(false);
  const guest = id.trim().toLowerCase();
  const mark = useSend<void, Schema<"CanaryView">>(
    () => data(api.PUT("/api/v1/canaries/{guest}", { params: { path: { guest } }, body: {} })),
    () => {
      setId("");
      setTried(false);
      say(t("alarms.marked"));
    },
  );
  const unmark = useSend<string, void>(
    async (one) => {
      await data(api.DELETE("/api/v1/canaries/{guest}", { params: { path: { guest: one } } }));
    },
    () => say(t("alarms.unmarked")),
  );
  return (
    <Card title={t("alarms.canaries")}>
      <form
        className="card-body canary-form"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (ID.test(guest)) mark.send();
        }}
      >
        <div className="two">
          <p>{t("alarms.canaries_note")}</p>
          <p>{t("alarms.canary_help")}</p>
        </div>
        <div className="least">
          <Field
            label={t("alarms.canary_id")}
            value={id}
            onChange={setId}
            error={mark.at("/guest") ?? (tried && !ID.test(guest) ? t("alarms.no_id") : undefined)}
          />
          <Button type="submit" busy={mark.busy}>
            {t("alarms.mark")}
          </Button>
        </div>
        <Refusal error={mark.error ?? unmark.error} />
      </form>
      {error && !canaries ? (
        <div className="card-body">
          <Refusal error={error} retry={() => void refetch()} />
        </div>
      ) : !canaries ? (
        <Bones rows={3} />
      ) : canaries.length === 0 ? (
        <Empty title={t("alarms.no_canaries")} />
      ) : (
        <ul className="lines">
          {canaries.map((one) => (
            <li key={one.guest}>
              <span className="grow">
                <b className="block canary-id">{one.guest}</b>
                <span className="two">
                  {t("alarms.marked_by", {
                    who: nameOf(one.marked_by),
                    time: house.f.moment(one.marked_at, house.zone),
                  })}
                </span>
              </span>
              <Button size="row" busy={unmark.busy} onPress={() => unmark.send(one.guest)}>
                {t("alarms.unmark")}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

/** What auditors are alarmed about, and the guests that raise an alarm. */
export function AlarmsScreen() {
  const t = useTexts();
  const house = useHouse();
  const search = useSearch({ from: "/p/$property/alarms" });
  const tab = search.tab ?? "unseen";
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.alarms")}</h1>
        <nav className="segments" aria-label={t("nav.alarms")}>
          {TABS.map((id) => (
            <Link
              key={id}
              className="segment"
              to="/p/$property/alarms"
              params={{ property: house.code }}
              search={{ tab: id === "unseen" ? undefined : id }}
              activeOptions={{ includeSearch: true, explicitUndefined: true }}
              {...(id === tab ? { "data-selected": true, "aria-current": "page" as const } : {})}
            >
              {t(`alarms.${id}`)}
            </Link>
          ))}
        </nav>
      </div>
      {tab === "canaries" ? <Canaries /> : <Alarms key={tab} unseen={tab === "unseen"} />}
    </div>
  );
}
