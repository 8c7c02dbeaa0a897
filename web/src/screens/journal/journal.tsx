import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Schema } from "../../api/client";
import { entryQuery, journalQuery, ledgerKeyQuery, proofQuery, witnessesQuery } from "../../api/office";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, cx, Empty, Field, Refusal, ScrollX, TallyMark } from "../../kit";
import { groupNumber } from "../../lib/format";
import { useHouse } from "../../lib/house";
import { useKeys } from "../../lib/keys";
import { check } from "../../lib/ledger";
import { useWho } from "../../lib/who";
import { word } from "../../lib/words";
import "../record/record.css";
import "./journal.css";

type Entry = Schema<"JournalEntryView">;

/** Whether the ledger is signed and witnessed, in one line. */
function Status() {
  const t = useTexts();
  const house = useHouse();
  const { data: status } = useQuery(witnessesQuery);
  if (!status) return null;
  return (
    <span className="two">
      {t("journal.size", { size: house.f.count(status.size) })}
      {" · "}
      {status.unsigned ? (
        <span className="red">{t("journal.unsigned", { why: status.unsigned })}</span>
      ) : status.witnesses.length === 0 ? (
        t("journal.no_witnesses")
      ) : (
        <span className={cx(!status.is_cosigned && "amber")}>
          {t(status.is_cosigned ? "journal.witnessed" : "journal.not_witnessed", { count: status.witnesses.length })}
        </span>
      )}
    </span>
  );
}

function Verdict({ ok, children }: { ok: boolean | undefined; children: string }) {
  const t = useTexts();
  return (
    <li>
      <span className={ok === undefined ? "two" : ok ? "green" : "red"}>
        <TallyMark
          seam={ok === false ? "broken" : "closed"}
          size={14}
          label={t(ok === undefined ? "journal.not_checked" : ok ? "journal.right" : "journal.wrong")}
        />
      </span>
      <span className="grow">{children}</span>
      {ok === undefined && <span className="two">{t("journal.not_checked")}</span>}
      {ok === false && <span className="red">{t("journal.wrong")}</span>}
    </li>
  );
}

/** Whether a leaf of the ledger is of this entry, and binds what it holds. */
function names(leaf: string, entry: Entry): boolean {
  try {
    const { id, commitment } = JSON.parse(leaf) as { id?: unknown; commitment?: unknown };
    return id === entry.id && commitment === entry.commitment;
  } catch {
    return false;
  }
}

/** The proof that an entry is in the ledger, checked here in the browser. */
function Proof({ entry, index }: { entry: Entry; index: number }) {
  const t = useTexts();
  const house = useHouse();
  const { data: proof, error, refetch } = useQuery(proofQuery(index));
  const { data: key } = useQuery(ledgerKeyQuery);
  const { data: verdict, error: broken } = useQuery({
    queryKey: ["journal-checked", index, proof?.checkpoint, key?.key],
    queryFn: async () => {
      if (!proof || !key) throw new Error("nothing to check yet");
      const covered = [...key.keys].reverse().find((one) => one.until == null || proof.size <= one.until);
      return check(proof, covered?.key ?? key.key);
    },
    enabled: proof !== undefined && key !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error ?? broken) return <Refusal error={error ?? broken} retry={() => void refetch()} />;
  if (!proof || !verdict) return <Bones rows={2} />;
  const isBound = proof.index === index && names(proof.leaf, entry);
  const holds = isBound && verdict.leaf && verdict.root && verdict.signed !== false;
  return (
    <>
      <p className={cx("proof-says", holds ? "green" : "red")} role="status">
        <TallyMark seam={holds ? "closed" : "broken"} size={18} />
        <b>{t(holds ? "journal.proven" : "journal.not_proven")}</b>
      </p>
      <ul className="proof-steps">
        <Verdict ok={isBound}>{t("journal.step.bound")}</Verdict>
        <Verdict ok={verdict.leaf}>{t("journal.step.leaf")}</Verdict>
        <Verdict ok={verdict.root}>
          {t("journal.step.root", { count: proof.proof.length, size: house.f.count(proof.size) })}
        </Verdict>
        <Verdict ok={verdict.signed}>{t("journal.step.signed")}</Verdict>
      </ul>
      <details className="proof-raw">
        <summary>{t("journal.raw")}</summary>
        <p className="meta">{t("journal.raw_note")}</p>
        <h4>{t("journal.leaf")}</h4>
        <pre>{proof.leaf}</pre>
        <h4>{t("journal.path")}</h4>
        <pre>{proof.proof.join("\n") || "–"}</pre>
        <h4>{t("journal.checkpoint")}</h4>
        <pre>{proof.checkpoint}</pre>
        <h4>{t("journal.key")}</h4>
        <pre>{key?.key}</pre>
      </details>
    </>
  );
}

function EntryDrawer({ index, onClose }: { index: number; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const { data: entry, error, refetch } = useQuery(entryQuery(index));
  const who = useWho([entry?.actor]);
  return (
    <aside className="entry-drawer card" aria-label={t("journal.entry", { index })}>
      <div className="card-head">
        <h2>{t("journal.entry", { index: house.f.count(index) })}</h2>
        <div className="tools">
          <Button size="row" onPress={onClose} hotkey="Esc">
            {t("do.close")}
          </Button>
        </div>
      </div>
      <div className="card-body entry-body">
        {error ? (
          <Refusal error={error} retry={() => void refetch()} />
        ) : !entry ? (
          <Bones rows={4} />
        ) : (
          <>
            <dl className="facts">
              <dt>{t("word.what")}</dt>
              <dd>
                <b>{word(t, "action", entry.action)}</b> <span className="two">{entry.action}</span>
              </dd>
              <dt>{t("word.who")}</dt>
              <dd>
                {who(entry.actor)} <span className="two">{entry.actor}</span>
              </dd>
              {entry.address && (
                <>
                  <dt>{t("looked.address")}</dt>
                  <dd className="num">{entry.address}</dd>
                </>
              )}
              <dt>{t("word.time")}</dt>
              <dd className="num">{house.f.exactly(entry.at, house.zone)}</dd>
              {entry.reason && (
                <>
                  <dt>{t("word.reason")}</dt>
                  <dd>{entry.reason}</dd>
                </>
              )}
              <dt>{t("journal.subject")}</dt>
              <dd>
                {entry.subject_kind === "guest" ? (
                  <Link to="/p/$property/guests/$id" params={{ property: house.code, id: entry.subject_id }}>
                    {word(t, "subject", entry.subject_kind)}
                  </Link>
                ) : (
                  word(t, "subject", entry.subject_kind)
                )}
                <span className="block hash two">{entry.subject_id}</span>
              </dd>
              {entry.property && (
                <>
                  <dt>{t("journal.property")}</dt>
                  <dd>{entry.property}</dd>
                </>
              )}
              <dt>{t("journal.commitment")}</dt>
              <dd className="hash">{entry.commitment}</dd>
            </dl>
            <Proof entry={entry} index={index} />
          </>
        )}
      </div>
    </aside>
  );
}

/** The journal for auditors: who did what, when and why, each entry with the proof that it stands in the ledger. */
export function JournalScreen() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/journal" });
  const [number, setNumber] = useState(search.visit ?? search.opened ?? "");
  const list = useInfiniteQuery(journalQuery(search.visit, search.opened));
  const entries = list.data?.pages.flatMap((page) => page.items) ?? [];
  const who = useWho(entries.map((entry) => entry.actor));
  const put = (next: Partial<typeof search>, replace = true) =>
    void navigate({
      to: "/p/$property/journal",
      params: { property: house.code },
      search: { ...search, ...next },
      replace,
      resetScroll: false,
    });
  const plain = number.replace(/[\s-]/g, "");
  const seek = () => put({ visit: plain === "" ? undefined : groupNumber(plain), opened: undefined, entry: undefined });
  const whoOpened = () => put({ visit: undefined, opened: number.trim(), entry: undefined });
  const step = (by: 1 | -1) => {
    const at = entries.findIndex((one) => one.log_index === search.entry);
    const next = entries[at === -1 ? 0 : Math.min(entries.length - 1, Math.max(0, at + by))];
    if (next?.log_index != null) put({ entry: next.log_index });
  };
  useKeys([
    { key: "j", says: t("keys.next"), run: () => step(1) },
    { key: "k", says: t("keys.previous"), run: () => step(-1) },
    { key: "Escape", says: t("do.close"), run: () => put({ entry: undefined }), silent: true },
  ]);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.journal")}</h1>
        <Status />
      </div>
      <div className={cx("journal-cols", search.entry !== undefined && "with-entry")}>
        <Card label={t("nav.journal")}>
          <form
            className="card-body fields journal-seek"
            onSubmit={(event) => {
              event.preventDefault();
              seek();
            }}
          >
            <Field
              label={t("journal.of_visit")}
              value={number}
              onChange={setNumber}
              help={`${t("journal.of_visit_help")} ${t("looked.help")}`}
            />
            <div className="field-button">
              <Button type="submit">
                {t(plain === "" && (search.visit || search.opened) ? "journal.all" : "journal.seek")}
              </Button>
              <Button isDisabled={plain === ""} onPress={whoOpened}>
                {t("looked.who")}
              </Button>
            </div>
          </form>
          {list.error && !list.data ? (
            <div className="card-body">
              <Refusal error={list.error} retry={() => void list.refetch()} />
            </div>
          ) : !list.data ? (
            <Bones rows={10} />
          ) : entries.length === 0 ? (
            <Empty title={t("journal.none")}>{t("journal.none_note")}</Empty>
          ) : (
            <>
              <ScrollX>
                <table className="table journal-table">
                  <thead>
                    <tr>
                      <th scope="col" className="end">
                        {t("record.entry")}
                      </th>
                      <th scope="col">{t("word.time")}</th>
                      <th scope="col">{t("word.what")}</th>
                      <th scope="col">{t("journal.subject")}</th>
                      <th scope="col">{t("word.who")}</th>
                      <th scope="col">{t("journal.property")}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {entries.map((entry) => (
                      <tr key={entry.id} aria-current={entry.log_index === search.entry ? "true" : undefined}>
                        <td className="end num">
                          {entry.log_index == null ? (
                            <Chip>{t("journal.waits")}</Chip>
                          ) : (
                            <Link
                              to="/p/$property/journal"
                              params={{ property: house.code }}
                              search={{ ...search, entry: entry.log_index }}
                              resetScroll={false}
                            >
                              {house.f.count(entry.log_index)}
                            </Link>
                          )}
                        </td>
                        <td className="num nowrap two">{house.f.exactly(entry.at, house.zone)}</td>
                        <td>
                          {word(t, "action", entry.action)}
                          {entry.reason && <span className="two">{t("record.because", { reason: entry.reason })}</span>}
                        </td>
                        <td className="nowrap">{word(t, "subject", entry.subject_kind)}</td>
                        <td className="nowrap">{who(entry.actor)}</td>
                        <td>{entry.property}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </ScrollX>
              {list.hasNextPage && (
                <div className="card-more">
                  <Button busy={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
                    {t("journal.earlier")}
                  </Button>
                </div>
              )}
            </>
          )}
        </Card>
        {search.entry !== undefined && (
          <EntryDrawer key={search.entry} index={search.entry} onClose={() => put({ entry: undefined })} />
        )}
      </div>
    </div>
  );
}
