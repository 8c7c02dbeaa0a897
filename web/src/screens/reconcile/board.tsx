import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { findingsQuery } from "../../api/reconcile";
import { countsQuery, exportFindings } from "../../api/settle";
import { useOffered } from "../../frame/may";
import { useLanguage, useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, cx, Empty, Field, Refusal, Select, Tick, type Tone } from "../../kit";
import { DayField } from "../../kit/date";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { addDays, isDate, readMoney } from "../../lib/format";
import { useHouse } from "../../lib/house";
import { saveAs } from "../../lib/save";
import { CAUSES, type Filters, KINDS, OWNERS, STATES } from "./filters";
import { RulesDialog } from "./rules";
import { SettleDialog } from "./settle";
import "./reconcile.css";

type Finding = Schema<"FindingView">;

/** How a finding looks while it waits for somebody; one that is settled has no colour. */
export function toneOf(finding: Finding): Tone {
  if (finding.state !== "open") return "done";
  return finding.severity === "urgent" ? "wrong" : finding.severity === "warning" ? "act" : "planned";
}

/** Works the findings of a period out again: after an import, or when prices changed. */
function RefreshDialog({ onClose }: { onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const [from, setFrom] = useState(addDays(house.today, -30));
  const [to, setTo] = useState(addDays(house.today, 30));
  const form = useSend<void, Schema<"Refreshed">>(
    (_, key) =>
      data(
        api.POST("/api/v1/properties/{property}/findings/refresh", {
          params: { path: { property: house.code }, header: { "Idempotency-Key": key } },
          body: { from, to },
        }),
      ),
    (done) => {
      say(t("reconcile.refreshed", { count: done.visits, open: done.open }));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t("reconcile.refresh")}
      note={t("reconcile.refresh_note")}
      onClose={onClose}
      form={form}
      action={t("reconcile.do_refresh")}
      onSend={() => form.send()}
      isDisabled={to < from}
    >
      <div className="fields">
        <DayField
          label={t("bookings.from")}
          value={from}
          onChange={(next) => isDate(next) && setFrom(next)}
          error={form.at("/from")}
        />
        <DayField
          label={t("bookings.to")}
          value={to}
          min={from}
          onChange={(next) => isDate(next) && setTo(next)}
          error={form.at("/to")}
        />
      </div>
    </FormDialog>
  );
}

function Row({ finding, search }: { finding: Finding; search: Filters }) {
  const t = useTexts();
  const house = useHouse();
  const language = useLanguage();
  return (
    <li>
      <Link
        className="finding-row"
        to="/p/$property/reconcile/$id"
        params={{ property: finding.property, id: finding.id }}
        search={search}
      >
        <span className="finding-kind">
          <Chip tone={toneOf(finding)}>{t(`reconcile.kind.${finding.kind}`)}</Chip>
        </span>
        <span className="finding-text">
          <b>{language === "en" ? finding.explanation.en : finding.explanation.zh}</b>
          <span className="meta">
            {search.chain && <span>{finding.property} </span>}
            {finding.visit !== "" && <span className="num">{finding.visit}</span>}
            {finding.reopened > 0 && ` · ${t("reconcile.reopened", { count: finding.reopened })}`}
          </span>
        </span>
        <b className="finding-stake num">
          <span className="vh">{t("reconcile.stake")} </span>
          {finding.stake === 0 ? "–" : house.f.money(finding.stake, finding.currency)}
        </b>
        <span className="finding-owner">
          <span className="vh">{t("reconcile.owner_label")} </span>
          {t(`reconcile.owner.${finding.owner}`)}
        </span>
        <span className="finding-when num two">
          <span className="vh">{t("reconcile.found_at")} </span>
          {house.f.moment(finding.found_at, house.zone)}
        </span>
      </Link>
    </li>
  );
}

/** What is open by kind, the most money first: each narrows the list to itself. */
function Kinds({ search }: { search: Filters }) {
  const t = useTexts();
  const house = useHouse();
  const { data: counts } = useQuery(countsQuery(house.code));
  if (!counts || counts.kinds.length === 0) return null;
  const kinds = [...counts.kinds].sort((a, b) => b.stake - a.stake || b.open - a.open);
  return (
    <Card
      title={t("reconcile.by_kind")}
      note={t("reconcile.by_kind_note", {
        count: counts.open,
        amount: house.f.money(counts.stake, counts.currency),
        currency: counts.currency,
      })}
    >
      <ul className="kind-sums">
        {kinds.map((one) => (
          <li key={one.kind}>
            <Link
              className="kind-sum"
              to="/p/$property/reconcile"
              params={{ property: house.code }}
              search={{ ...search, kind: search.kind === one.kind ? undefined : one.kind }}
              resetScroll={false}
              {...(search.kind === one.kind ? { "aria-current": "true" as const } : {})}
            >
              <span>{t(`reconcile.kind.${one.kind}`)}</span>
              <b className={cx("num", one.urgent > 0 && "red")}>{house.f.count(one.open)}</b>
              <span className="two num">{one.stake === 0 ? "–" : house.f.money(one.stake, counts.currency)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Where bookings, stays, consumption, points and payments contradict each other: what is open, for whom, and what it costs. */
export function Reconcile() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/reconcile" });
  const { state = "open", kind, cause, owner, stake, found_from, found_to, chain } = search;
  const wanted = { state, kind, cause, owner, stake, found_from, found_to, chain };
  const offered = useOffered(house.code);
  const [open, setOpen] = useState<"refresh" | "settle" | "rules">();
  const [least, setLeast] = useState(stake === undefined ? "" : house.money(stake));
  const list = useInfiniteQuery(findingsQuery(house.code, wanted));
  // What is taken away is what the list is narrowed to.
  const taking = useSend<"xlsx" | "csv", Blob>(
    (ending) => exportFindings(house.code, wanted, ending),
    (rows, ending) => {
      saveAs(rows, t("settle.export_name", { date: house.today, ending }));
      say(t("settle.exported"));
    },
  );
  const findings = list.data?.pages.flatMap((page) => page.items) ?? [];
  const isNarrowed = [kind, cause, owner, stake, found_from, found_to].some((one) => one !== undefined);
  const put = (next: Filters) =>
    void navigate({
      to: "/p/$property/reconcile",
      params: { property: house.code },
      search: { ...search, ...next },
      replace: true,
      resetScroll: false,
    });
  const all = { id: "all", name: t("word.all") };
  const amount = least.trim() === "" ? undefined : readMoney(least, house.currency);
  const isWrong = least.trim() !== "" && (amount === undefined || amount < 0);
  const seek = () => {
    if (!isWrong) put({ stake: amount === 0 ? undefined : amount });
  };
  const clear = () => {
    setLeast("");
    put({
      kind: undefined,
      cause: undefined,
      owner: undefined,
      stake: undefined,
      found_from: undefined,
      found_to: undefined,
    });
  };
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.reconcile")}</h1>
        <nav className="segments" aria-label={t("reconcile.state_label")}>
          {STATES.map((id) => (
            <Link
              key={id}
              className="segment"
              to="/p/$property/reconcile"
              params={{ property: house.code }}
              search={{ ...search, state: id === "open" ? undefined : id }}
              activeOptions={{ includeSearch: true, explicitUndefined: true }}
              {...(id === state ? { "data-selected": true, "aria-current": "page" as const } : {})}
            >
              {t(`reconcile.state.${id}`)}
            </Link>
          ))}
        </nav>
        <div className="tools">
          {offered("decide") && <Button onPress={() => setOpen("settle")}>{t("settle.open")}</Button>}
          {offered("decide") && <Button onPress={() => setOpen("rules")}>{t("settle.rules")}</Button>}
          <Button busy={taking.busy} onPress={() => taking.send("xlsx")}>
            <Download size={16} aria-hidden="true" />
            {t("settle.export")}
          </Button>
          <Button look="link" isDisabled={taking.busy} onPress={() => taking.send("csv")}>
            {t("settle.export_csv")}
          </Button>
          <Button onPress={() => setOpen("refresh")}>{t("reconcile.refresh")}</Button>
        </div>
      </div>
      <Card label={t("bookings.filter")}>
        <form
          className="card-body finding-filters"
          onSubmit={(event) => {
            event.preventDefault();
            seek();
          }}
        >
          <Select
            label={t("reconcile.kind_label")}
            choices={[all, ...KINDS.map((id) => ({ id, name: t(`reconcile.kind.${id}`) }))]}
            value={kind ?? "all"}
            onChange={(next) => put({ kind: KINDS.find((one) => one === next) })}
          />
          <Select
            label={t("reconcile.cause_label")}
            choices={[all, ...CAUSES.map((id) => ({ id, name: t(`reconcile.cause.${id}`) }))]}
            value={cause ?? "all"}
            onChange={(next) => put({ cause: CAUSES.find((one) => one === next) })}
          />
          <Select
            label={t("reconcile.owner_label")}
            choices={[all, ...OWNERS.map((id) => ({ id, name: t(`reconcile.owner.${id}`) }))]}
            value={owner ?? "all"}
            onChange={(next) => put({ owner: OWNERS.find((one) => one === next) })}
          />
          <DayField
            label={t("reconcile.found_from")}
            value={found_from ?? ""}
            onChange={(day) => put({ found_from: day })}
          />
          <DayField
            label={t("reconcile.found_to")}
            value={found_to ?? ""}
            min={found_from}
            onChange={(day) => put({ found_to: day })}
          />
          <div className="least">
            <Field
              label={t("reconcile.least", { currency: house.currency })}
              value={least}
              onChange={setLeast}
              inputMode="decimal"
              money
              error={isWrong ? t("reconcile.no_amount") : undefined}
            />
            <Button type="submit">{t("reconcile.filter")}</Button>
          </div>
          <Tick ticked={chain !== undefined} onChange={(all) => put({ chain: all ? "yes" : undefined })}>
            {t("reconcile.chain")}
          </Tick>
        </form>
      </Card>
      {state === "open" && !chain && <Kinds search={search} />}
      <Refusal error={taking.error} />
      <Card
        title={t(`reconcile.state.${state}`)}
        note={list.data && t(list.hasNextPage ? "reconcile.first" : "reconcile.count", { count: findings.length })}
        className={cx(list.isPlaceholderData && "stale")}
      >
        {list.error && !list.data ? (
          <div className="card-body">
            <Refusal error={list.error} retry={() => void list.refetch()} />
          </div>
        ) : !list.data ? (
          <Bones rows={8} />
        ) : findings.length === 0 ? (
          isNarrowed ? (
            <Empty title={t("reconcile.none_such")} action={<Button onPress={clear}>{t("reconcile.clear")}</Button>} />
          ) : (
            <Empty title={t(`reconcile.none.${state}`)}>{t(`reconcile.none_note.${state}`)}</Empty>
          )
        ) : (
          <>
            <div className="finding-head" aria-hidden="true">
              <span className="finding-kind">{t("reconcile.kind_label")}</span>
              <span className="finding-text">{t("reconcile.what")}</span>
              <span className="finding-stake">{t("reconcile.stake_in", { currency: house.currency })}</span>
              <span className="finding-owner">{t("reconcile.owner_label")}</span>
              <span className="finding-when">{t("reconcile.found_at")}</span>
            </div>
            <ul>
              {findings.map((finding) => (
                <Row key={finding.id} finding={finding} search={search} />
              ))}
            </ul>
            {list.hasNextPage && (
              <div className="card-more">
                <Button busy={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
                  {t("reconcile.more")}
                </Button>
              </div>
            )}
          </>
        )}
      </Card>
      {open === "refresh" && <RefreshDialog onClose={() => setOpen(undefined)} />}
      {open === "settle" && <SettleDialog onClose={() => setOpen(undefined)} />}
      {open === "rules" && <RulesDialog onClose={() => setOpen(undefined)} />}
    </div>
  );
}
