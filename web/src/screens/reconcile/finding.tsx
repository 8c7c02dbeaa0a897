import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { type Finding, findingQuery, historyQuery } from "../../api/reconcile";
import { useOffered } from "../../frame/may";
import { useLanguage, useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, Field, Refusal, TallyMark } from "../../kit";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { groupNumber } from "../../lib/format";
import { useHouse } from "../../lib/house";
import { useKeys } from "../../lib/keys";
import { useWho } from "../../lib/who";
import { word } from "../../lib/words";
import { toneOf } from "./board";
import { says } from "./says";
import "./reconcile.css";

const PARTS = [
  "booking",
  "stay",
  "line",
  "points",
  "payment",
  "settlement",
] as const satisfies readonly Schema<"Part">[];
/** How many lines of a part are shown before the others are folded. */
const SHOWN = 6;

/** What was expected, what was found, and the seam between them. */
function Halves({ finding }: { finding: Finding }) {
  const t = useTexts();
  const house = useHouse();
  const isOpen = finding.state === "open";
  return (
    <div className="halves" data-open={isOpen || undefined}>
      <div>
        <p className="meta">{t("reconcile.expected")}</p>
        <b className="num">{says(t, house, finding.expected, finding.currency)}</b>
      </div>
      <TallyMark
        seam={finding.state === "resolved" ? "closed" : "broken"}
        size={22}
        label={t(finding.state === "resolved" ? "reconcile.agrees" : "reconcile.differs")}
      />
      <div>
        <p className="meta">{t("reconcile.found")}</p>
        <b className="num">{says(t, house, finding.found, finding.currency)}</b>
      </div>
    </div>
  );
}

/** What a column of the evidence holds: one record of a booking or a stay, or all of another part. */
interface Column {
  part: Schema<"Part">;
  /** The number of the visit that the record is of, where its key tells. */
  number: string | undefined;
  lines: Schema<"FindingEvidence">[];
}

function columnsOf(evidence: readonly Schema<"FindingEvidence">[]): Column[] {
  const columns = new Map<string, Column>();
  for (const part of PARTS) {
    for (const one of evidence) {
      if (one.part !== part) continue;
      const isAlone = part === "booking" || part === "stay";
      const key = isAlone ? `${part} ${one.record}` : part;
      const number = isAlone ? /^\d{10}(?=-|$)/.exec(one.record)?.[0] : undefined;
      const column = columns.get(key) ?? { part, number, lines: [] };
      column.lines.push(one);
      columns.set(key, column);
    }
  }
  return [...columns.values()];
}

function Part({ column, currency }: { column: Column; currency: string }) {
  const t = useTexts();
  const house = useHouse();
  const { part, number, lines } = column;
  const line = (one: Schema<"FindingEvidence">, at: number) => (
    <li key={`${one.record}-${one.field}-${at}`} title={t("reconcile.record", { key: one.record })}>
      <span className="two">{word(t, "finding_field", one.field)}</span>
      <b className="num">{says(t, house, one.says, currency, one.field)}</b>
    </li>
  );
  return (
    <section>
      <h3>
        {t(`reconcile.part.${part}`)}
        {number && <span className="meta num">{groupNumber(number)}</span>}
      </h3>
      <ul>{lines.slice(0, SHOWN).map(line)}</ul>
      {lines.length > SHOWN && (
        <details>
          <summary>{t("reconcile.others", { count: lines.length - SHOWN })}</summary>
          <ul>{lines.slice(SHOWN).map(line)}</ul>
        </details>
      )}
    </section>
  );
}

/** What the button of a correction does, with what it moves. */
function useAct(finding: Finding): string {
  const t = useTexts();
  const house = useHouse();
  const { correction } = finding;
  if (!correction) return "";
  if (correction.do === "allow")
    return t("reconcile.act.allow", { amount: house.f.money(correction.amount, finding.currency) });
  if (correction.do === "take_points_back")
    return t("reconcile.act.take_points_back", { points: house.f.count(correction.points) });
  return t(`reconcile.act.${correction.do}`);
}

/** Makes the proposed correction, after it was said what it does. */
function CorrectDialog({ finding, onClose }: { finding: Finding; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const language = useLanguage();
  const act = useAct(finding);
  const [reason, setReason] = useState("");
  const form = useSend<void, Finding>(
    (_, key) =>
      data(
        api.POST("/api/v1/properties/{property}/findings/{id}/correct", {
          params: { path: { property: house.code, id: finding.id }, header: { "Idempotency-Key": key } },
          body: { reason: reason.trim() || null },
        }),
      ),
    (after) => {
      say(t(after.state === "resolved" ? "reconcile.corrected" : "reconcile.corrected_open"));
      onClose();
    },
  );
  const { correction } = finding;
  if (!correction) return null;
  return (
    <FormDialog
      title={language === "en" ? correction.text.en : correction.text.zh}
      note={t(`reconcile.will.${correction.do}`)}
      onClose={onClose}
      form={form}
      action={act}
      onSend={() => form.send()}
    >
      <Field
        label={t("reconcile.reason_optional")}
        value={reason}
        onChange={setReason}
        maxLength={200}
        error={form.at("/reason")}
      />
    </FormDialog>
  );
}

/** Decides that a finding stays as it is, with a reason. */
function DecideDialog({ finding, onClose }: { finding: Finding; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const form = useSend<void, Finding>(
    (_, key) =>
      data(
        api.POST("/api/v1/properties/{property}/findings/{id}/decide", {
          params: { path: { property: house.code, id: finding.id }, header: { "Idempotency-Key": key } },
          body: { reason: reason.trim() },
        }),
      ),
    () => {
      say(t("reconcile.kept"));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t("reconcile.keep")}
      note={t("reconcile.keep_note")}
      onClose={onClose}
      form={form}
      action={t("reconcile.do_keep")}
      onSend={() => {
        setTried(true);
        if (reason.trim() !== "") form.send();
      }}
    >
      <Field
        label={t("word.reason")}
        value={reason}
        onChange={setReason}
        maxLength={200}
        autoFocus
        required
        error={form.at("/reason") ?? (tried && reason.trim() === "" ? t("act.reason_needed") : undefined)}
      />
    </FormDialog>
  );
}

/** What happened in a step, in words. */
function useSaid(finding: Finding, steps: readonly Schema<"FindingStep">[]): (step: Schema<"FindingStep">) => string {
  const t = useTexts();
  const house = useHouse();
  const amount = (stake: number | null | undefined) => house.f.money(stake ?? 0, finding.currency);
  const owner = t(`reconcile.owner.${finding.owner}`);
  const who = useWho(steps.map((step) => step.actor));
  return (step) => {
    switch (step.action) {
      case "finding.found":
        return t("reconcile.was_found", { owner });
      case "finding.changed":
        return t("reconcile.was_changed", { amount: amount(step.stake) });
      case "finding.reopened":
        return t("reconcile.was_reopened", { amount: amount(step.stake) });
      case "finding.resolved":
        return step.corrected ? t("reconcile.was_corrected", { who: who(step.actor) }) : t("reconcile.was_resolved");
      case "finding.decide":
        return t("reconcile.was_kept", { who: who(step.actor) });
      default:
        return word(t, "action", step.action);
    }
  };
}

/** How the finding went, as the journal says. */
function History({ finding }: { finding: Finding }) {
  const t = useTexts();
  const house = useHouse();
  const { data: steps, error, refetch } = useQuery(historyQuery(house.code, finding.id));
  const said = useSaid(finding, steps ?? []);
  return (
    <Card title={t("reconcile.history")}>
      {error && !steps ? (
        <div className="card-body">
          <Refusal error={error} retry={() => void refetch()} />
        </div>
      ) : !steps ? (
        <Bones rows={2} />
      ) : (
        <ol className="finding-history">
          {steps.map((step, at) => (
            <li key={`${step.at} ${step.action} ${at}`}>
              <span className="num two">{house.f.exactly(step.at, house.zone)}</span>
              <span>
                {said(step)}
                {step.reason && <span className="block two">{t("reconcile.because", { reason: step.reason })}</span>}
              </span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

function Settle({ finding, onDo }: { finding: Finding; onDo: (what: "correct" | "keep") => void }) {
  const t = useTexts();
  const house = useHouse();
  const language = useLanguage();
  const offered = useOffered(house.code);
  const act = useAct(finding);
  const { correction } = finding;
  // What a channel or a group says is about no visit.
  const record = finding.visit !== "" && (
    <Link to="/p/$property/visits/$number" params={{ property: house.code, number: finding.visit }}>
      {t("reconcile.open_record")}
    </Link>
  );
  if (finding.state !== "open") {
    return (
      <Card title={t(`reconcile.state.${finding.state}`)}>
        <div className="card-body settle">
          <p className="two">{t(`reconcile.settled.${finding.state}`)}</p>
          {record}
        </div>
      </Card>
    );
  }
  return (
    <Card title={t("reconcile.how")}>
      <div className="card-body settle">
        {correction ? (
          <div className="proposed">
            <b>{language === "en" ? correction.text.en : correction.text.zh}</b>
            <p className="two">{t(`reconcile.will.${correction.do}`)}</p>
          </div>
        ) : (
          <p className="two">{t("reconcile.by_hand")}</p>
        )}
        {correction && offered("correct") && (
          <Button look="fill" size="main" wide onPress={() => onDo("correct")}>
            {act}
          </Button>
        )}
        {offered("decide") && (
          <Button size="main" wide onPress={() => onDo("keep")}>
            {t("reconcile.keep")}
          </Button>
        )}
        {record}
      </div>
    </Card>
  );
}

/** One contradiction between the records of a visit: what each part says, why, and what would settle it. */
export function FindingScreen() {
  const t = useTexts();
  const house = useHouse();
  const language = useLanguage();
  const navigate = useNavigate();
  const { id } = useParams({ from: "/p/$property/reconcile/$id" });
  const search = useSearch({ from: "/p/$property/reconcile/$id" });
  const [doing, setDoing] = useState<"correct" | "keep">();
  const { data: finding, error, refetch } = useQuery(findingQuery(house.code, id));
  useKeys(
    [
      {
        key: "Escape",
        says: t("reconcile.back"),
        run: () => void navigate({ to: "/p/$property/reconcile", params: { property: house.code }, search }),
      },
    ],
    doing === undefined,
  );
  return (
    <div className="page">
      <Link className="back-link" to="/p/$property/reconcile" params={{ property: house.code }} search={search}>
        <ChevronLeft size={16} aria-hidden="true" />
        {t("reconcile.back")}
      </Link>
      {error && !finding ? (
        <Refusal error={error} retry={() => void refetch()} />
      ) : !finding ? (
        <Bones rows={8} />
      ) : (
        <>
          <div className="page-head">
            <h1>{t(`reconcile.kind.${finding.kind}`)}</h1>
            <Chip tone={toneOf(finding)}>
              {finding.state === "open"
                ? t(`reconcile.severity.${finding.severity}`)
                : t(`reconcile.state.${finding.state}`)}
            </Chip>
            {finding.visit !== "" && (
              <span className="two num">{t("reconcile.of_visit", { number: finding.visit })}</span>
            )}
            {finding.stake > 0 && (
              <span className="two">
                {t("reconcile.at_stake", {
                  amount: house.f.money(finding.stake, finding.currency),
                  currency: finding.currency,
                })}
              </span>
            )}
          </div>
          <div className="finding-cols">
            <div>
              <Card title={t("reconcile.why")} note={t(`reconcile.cause.${finding.cause}`)}>
                <div className="card-body">
                  <p className="finding-says">{language === "en" ? finding.explanation.en : finding.explanation.zh}</p>
                  <Halves finding={finding} />
                </div>
              </Card>
              <Card title={t("reconcile.evidence")} note={finding.currency}>
                <div className="parts">
                  {columnsOf(finding.evidence).map((column) => (
                    <Part
                      key={`${column.part}-${column.lines[0]?.record}`}
                      column={column}
                      currency={finding.currency}
                    />
                  ))}
                </div>
              </Card>
            </div>
            <div>
              <Settle finding={finding} onDo={setDoing} />
              <History finding={finding} />
            </div>
          </div>
          {doing === "correct" && <CorrectDialog finding={finding} onClose={() => setDoing(undefined)} />}
          {doing === "keep" && <DecideDialog finding={finding} onClose={() => setDoing(undefined)} />}
        </>
      )}
    </div>
  );
}
