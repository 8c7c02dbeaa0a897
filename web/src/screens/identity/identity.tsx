import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Schema } from "../../api/client";
import { keepApart, merge, mergePreviewQuery, queueQuery, undoMerge } from "../../api/people";
import { useLanguage, useTexts } from "../../i18n";
import { Bones, Button, cx, Empty, Kbd, Refusal, ScrollX, useInSight, Warning } from "../../kit";
import { say } from "../../kit/notices";
import { type Sender, useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";
import { useKeys } from "../../lib/keys";
import { word } from "../../lib/words";
import { besides, bitsText, type Compared, compare, FACTS, shareText, valuesOf } from "./evidence";
import "./identity.css";

type Question = Schema<"Page_Question">["items"][number];
type Preview = Schema<"MergePreview">;

const keyOf = (question: Question) => `${question.one.id}.${question.two.id}`;
const nameOf = (guest: Schema<"GuestView">) => guest.profile.full_name ?? "–";

/** What was decided since the screen was opened. */
interface Decided {
  one: string;
  two: string;
  /** The merge, which can be undone. */
  merge?: string;
  undone?: boolean;
}

function QueueLine({
  question,
  chosen,
  inSight,
  onChoose,
}: {
  question: Question;
  chosen: boolean;
  /** Whether it is to be brought into sight: only once somebody steps through the queue by keys. */
  inSight: boolean;
  onChoose: () => void;
}) {
  const language = useLanguage();
  const ref = useInSight<HTMLButtonElement>(chosen && inSight);
  const { one, two, likeness } = question;
  return (
    <li>
      <button ref={ref} type="button" className="pair" aria-current={chosen ? "true" : undefined} onClick={onChoose}>
        <span className="pair-names">
          <b>{nameOf(one)}</b> <span aria-hidden="true">≈</span> <span>{nameOf(two)}</span>
        </span>
        <b className="num">{shareText(likeness.probability)}</b>
        <span className="meta clip">{language === "en" ? likeness.en : likeness.zh}</span>
      </button>
    </li>
  );
}

/** Evidence as a bar from a common axis: to the right for the same person, to the left against it. */
function Bar({ bits, most }: { bits: number | undefined; most: number }) {
  const width = bits === undefined ? 0 : (Math.abs(bits) / most) * 50;
  return (
    <svg className="bits-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect x="49.75" y="0" width="0.5" height="10" className="axis" />
      {bits !== undefined && (
        <rect
          x={bits < 0 ? 50 - width : 50}
          y="1.5"
          width={Math.max(0.8, width)}
          height="7"
          className={bits < 0 ? "against" : "for"}
        />
      )}
    </svg>
  );
}

function Evidence({ question, preview }: { question: Question; preview: Preview | undefined }) {
  const t = useTexts();
  const { one, two, likeness } = question;
  const document = (type: string, number: string) => `${word(t, "document", type)} ${number}`;
  const rows = compare(one, two, likeness, document);
  const most = Math.max(1, ...rows.map((row) => Math.abs(row.bits ?? 0)));
  const { prior, household } = besides(likeness);
  const sides = preview && [preview.survivor, preview.merged];
  const value = (row: Compared, at: 0 | 1) =>
    row.values[at].length === 0 ? (
      <span className="two">{t("identity.unknown")}</span>
    ) : (
      row.values[at].map((line) => (
        <span key={line} className="block">
          {line}
        </span>
      ))
    );
  return (
    <div className="card card-clip">
      <ScrollX>
        <table className="table evidence">
          <thead>
            <tr>
              <th scope="col">
                <span className="vh">{t("record.fact")}</span>
              </th>
              {[one, two].map((guest, at) => (
                <th key={guest.id} scope="col">
                  <span className="side-tag">{t(at === 0 ? "identity.side.a" : "identity.side.b")}</span>{" "}
                  <b>{nameOf(guest)}</b>
                  {sides?.[at] && (
                    <span className="meta block">
                      {t("identity.visits", { count: sides[at].visits })}
                      {t("word.clause")}
                      {t("identity.sources", { count: sides[at].sources })}
                    </span>
                  )}
                </th>
              ))}
              <th scope="col" className="bits-head">
                <span>{t("identity.against")}</span>
                <span>{t("identity.for")}</span>
              </th>
              <th scope="col" className="end">
                {t("identity.bits")}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.fact}>
                <th scope="row">{t(`identity.facts.${row.fact}`)}</th>
                <td>{value(row, 0)}</td>
                <td>
                  {value(row, 1)}
                  {row.levels.length > 0 && (
                    <span className={cx("meta block", (row.bits ?? 0) < 0 && "amber")}>
                      {row.levels.map((level) => t(`identity.level.${level as "same"}`)).join(t("word.comma"))}
                    </span>
                  )}
                </td>
                <td className="bits-cell">
                  <Bar bits={row.bits} most={most} />
                </td>
                <td className={cx("end num", (row.bits ?? 0) < 0 && "amber")}>
                  {row.bits === undefined ? <span className="two">{t("identity.unknown")}</span> : bitsText(row.bits)}
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            {household !== 0 && (
              <tr>
                <th scope="row" colSpan={4}>
                  {t("identity.household")}
                </th>
                <td className="end num">{bitsText(household)}</td>
              </tr>
            )}
            <tr>
              <th scope="row" colSpan={4}>
                {t("identity.prior")}
              </th>
              <td className="end num">{bitsText(prior)}</td>
            </tr>
            <tr>
              <td colSpan={5} className="two">
                {t("identity.sum", { bits: bitsText(likeness.bits), share: shareText(likeness.probability) })}
              </td>
            </tr>
          </tfoot>
        </table>
      </ScrollX>
    </div>
  );
}

/** What a merge would leave: each value with whose it is, and what belongs to whom. */
function Result({ preview }: { preview: Preview }) {
  const t = useTexts();
  const house = useHouse();
  const { survivor, merged, result } = preview;
  const document = (type: string, number: string) => `${word(t, "document", type)} ${number}`;
  const rows = FACTS.flatMap((fact) => {
    const values = valuesOf(result, fact, document);
    if (values.length === 0) return [];
    const has = (side: Preview["survivor"]) => {
      const known = valuesOf(side.guest, fact, document);
      return values.some((value) => known.includes(value));
    };
    const from = [has(survivor) && t("identity.side.a"), has(merged) && t("identity.side.b")].filter(Boolean);
    return [{ fact, values, from: from.join(" ") }];
  });
  const points = (side: Preview["survivor"]) => side.memberships.map((one) => house.f.count(one.points)).join(" + ");
  const cards = [...survivor.memberships, ...merged.memberships];
  const currencies = [...new Set([...survivor.balances, ...merged.balances].map((one) => one.currency))];
  const balance = (side: Preview["survivor"], currency: string) => {
    const found = side.balances.find((one) => one.currency === currency);
    return found ? house.f.money(found.minor, currency) : "";
  };
  return (
    <>
      <dl className="result">
        {rows.map((row) => (
          <div key={row.fact}>
            <dt>{t(`identity.facts.${row.fact}`)}</dt>
            <dd>
              {row.values.map((value) => (
                <span key={value} className="block">
                  {value}
                </span>
              ))}
            </dd>
            <dd className="side-tag">{row.from}</dd>
          </div>
        ))}
        {cards.length > 0 && (
          <div>
            <dt>{t("identity.card")}</dt>
            <dd>
              {cards.map((one) => (
                <span key={one.number} className="block num">
                  {one.number} {word(t, "tier", one.tier)}
                </span>
              ))}
            </dd>
            <dd />
          </div>
        )}
      </dl>
      <h3>{t("identity.belongs")}</h3>
      <table className="table belongs">
        <thead>
          <tr>
            <th scope="col">
              <span className="vh">{t("record.fact")}</span>
            </th>
            <th scope="col" className="end">
              {t("identity.side.a")}
            </th>
            <th scope="col" className="end">
              {t("identity.side.b")}
            </th>
            <th scope="col" className="end">
              {t("identity.after")}
            </th>
          </tr>
        </thead>
        <tbody>
          {(["visits", "folios", "sources"] as const).map((what) => (
            <tr key={what}>
              <td>{t(`identity.row.${what}`)}</td>
              <td className="end num">{survivor[what]}</td>
              <td className="end num">{merged[what]}</td>
              <td className="end num">
                <b>{survivor[what] + merged[what]}</b>
              </td>
            </tr>
          ))}
          {cards.length > 0 && (
            <tr>
              <td>{t("identity.row.points")}</td>
              <td className="end num">{points(survivor)}</td>
              <td className="end num">{points(merged)}</td>
              <td className="end num">
                <b>{house.f.count(preview.points)}</b>
              </td>
            </tr>
          )}
          {currencies.map((currency) => (
            <tr key={currency}>
              <td>{t("identity.row.balance", { currency })}</td>
              <td className="end num">{balance(survivor, currency)}</td>
              <td className="end num">{balance(merged, currency)}</td>
              <td />
            </tr>
          ))}
        </tbody>
      </table>
      {preview.decided_different && <Warning>{t("identity.decided_different")}</Warning>}
    </>
  );
}

interface PairProps {
  question: Question;
  at: number;
  count: number;
  decided: readonly Decided[];
  onDecided: (decision: Decided) => void;
  /** Takes a merge back; also once the pair is gone. */
  undo: Sender<string, Schema<"Merged">>;
  onLater: () => void;
  onStep: (by: 1 | -1) => void;
}

/** Two guests side by side, what speaks for and against, what a merge would leave, and the decision. */
function Pair({ question, at, count, decided, onDecided, undo, onLater, onStep }: PairProps) {
  const t = useTexts();
  const house = useHouse();
  const { one, two, likeness } = question;
  const names = { one: nameOf(one), two: nameOf(two) };
  const { data: preview, error } = useQuery(mergePreviewQuery(one.id, two.id));
  const join = useSend<void, Schema<"Merged">>(
    (_, key) => merge(one.id, two.id, key),
    (made) => {
      say(
        [t("identity.merged", names), made.points_spent > 0 && t("identity.points_spent", { count: made.points_spent })]
          .filter(Boolean)
          .join(t("word.clause")),
        () => undo.send(made.merge.id),
      );
      onDecided({ ...names, merge: made.merge.id });
    },
  );
  const apart = useSend<void, Schema<"Decided">>(
    (_, key) => keepApart(one.id, two.id, key),
    () => {
      say(t("identity.kept_apart", names));
      onDecided(names);
    },
  );
  const busy = join.busy || apart.busy;
  const doMerge = () => {
    // What nobody has seen is not done.
    if (preview && !busy) join.send();
  };
  const doApart = () => {
    if (!busy) apart.send();
  };
  useKeys([
    { key: "m", says: t("identity.merge"), run: doMerge },
    { key: "n", says: t("identity.apart"), run: doApart },
    { key: "s", says: t("identity.later"), run: onLater },
    { key: "j", says: t("identity.next"), run: () => onStep(1) },
    { key: "k", says: t("identity.previous"), run: () => onStep(-1) },
  ]);
  const actions = (
    <>
      <Button look="fill" size="main" busy={join.busy} isDisabled={!preview} hotkey="M" onPress={doMerge}>
        {t("identity.merge")}
      </Button>
      <Button size="main" busy={apart.busy} hotkey="N" onPress={doApart}>
        {t("identity.apart")}
      </Button>
      <Button size="main" hotkey="S" onPress={onLater}>
        {t("identity.later")}
      </Button>
    </>
  );
  return (
    <>
      <section className="identity-pair" aria-label={t("identity.question")}>
        <div className="identity-head">
          <h1>{t("identity.question")}</h1>
          <span className="two num">{t("identity.place", { at: at + 1, count })}</span>
          <span className="wide-only">
            <Kbd>J</Kbd> <Kbd>K</Kbd>
          </span>
        </div>
        <div className="likely">
          <b className="num">{shareText(likeness.probability)}</b>
          <span>
            {t("identity.likely")}
            <span className="meta block">{t("identity.review_from")}</span>
          </span>
        </div>
        <Evidence question={question} preview={preview} />
        <Refusal error={join.error ?? apart.error ?? undo.error} />
        <div className="identity-actions">{actions}</div>
        <p className="meta">{t("identity.note")}</p>
      </section>
      <aside className="identity-result" aria-label={t("identity.result")}>
        <div>
          <h2>{t("identity.result")}</h2>
          <p className="meta">{t("identity.result_note")}</p>
        </div>
        {error ? <Refusal error={error} /> : preview ? <Result preview={preview} /> : <Bones rows={4} />}
        <p className="identity-links">
          {[one, two].map((guest) => (
            <Link key={guest.id} to="/p/$property/guests/$id" params={{ property: house.code, id: guest.id }}>
              {nameOf(guest)}
            </Link>
          ))}
        </p>
        <Recent decided={decided} onUndo={(id) => undo.send(id)} busy={undo.busy} />
      </aside>
    </>
  );
}

/** What was decided just now; a merge with its way back. */
function Recent({
  decided,
  onUndo,
  busy,
}: {
  decided: readonly Decided[];
  onUndo: (merge: string) => void;
  busy: boolean;
}) {
  const t = useTexts();
  if (decided.length === 0) return null;
  return (
    <>
      <h3>{t("identity.recent")}</h3>
      <ul className="recent">
        {decided.map((one, at) => (
          <li key={at}>
            <span className="grow">
              {t(one.merge ? "identity.merged" : "identity.kept_apart", { one: one.one, two: one.two })}
            </span>
            {one.merge &&
              (one.undone ? (
                <span className="two">{t("identity.undone")}</span>
              ) : (
                <Button look="link" busy={busy} onPress={() => one.merge && onUndo(one.merge)}>
                  {t("do.undo")}
                </Button>
              ))}
          </li>
        ))}
      </ul>
    </>
  );
}

/** The steward's queue: pairs of guests that may be one person, decided one by one. */
export function Identity() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const { pair } = useSearch({ from: "/p/$property/identity" });
  const { data: page, error, refetch } = useQuery(queueQuery);
  const [later, setLater] = useState<readonly string[]>([]);
  const [decided, setDecided] = useState<readonly Decided[]>([]);
  const [past, setPast] = useState<readonly string[]>([]);
  const [stepped, setStepped] = useState(false);
  const undo = useSend<string, Schema<"Merged">>(undoMerge, (_, id) => {
    setDecided((known) => known.map((one) => (one.merge === id ? { ...one, undone: true } : one)));
    say(t("identity.undone"));
  });
  if (error && !page) {
    return (
      <div className="page">
        <Refusal error={error} retry={() => void refetch()} />
      </div>
    );
  }
  if (!page) return <Bones rows={8} />;
  const place = (question: Question) => later.indexOf(keyOf(question));
  const queue = page.items.filter((question) => !past.includes(keyOf(question))).sort((a, b) => place(a) - place(b));
  const put = (question: Question | undefined) =>
    void navigate({
      to: "/p/$property/identity",
      params: { property: house.code },
      search: { pair: question && keyOf(question) },
      replace: true,
      resetScroll: false,
    });
  const found = queue.findIndex((question) => keyOf(question) === pair);
  const at = Math.max(0, found);
  const question = queue[at];
  const step = (by: 1 | -1) => {
    setStepped(true);
    put(queue[(at + by + queue.length) % queue.length]);
  };
  const leave = (next: Question | undefined) => put(next === question ? undefined : next);
  if (!question) {
    return (
      <div className="page">
        <div className="page-head">
          <h1>{t("identity.title")}</h1>
        </div>
        <div className="card">
          <Empty title={t("identity.none")}>{t("identity.none_note")}</Empty>
        </div>
        <Refusal error={undo.error} />
        <Recent decided={decided} onUndo={(id) => undo.send(id)} busy={undo.busy} />
      </div>
    );
  }
  return (
    <div className="identity">
      <aside className="identity-queue" aria-label={t("identity.title")}>
        <div className="identity-head">
          <h2>{t("identity.title")}</h2>
          <span className="two">
            {page.next ? t("identity.first", { count: queue.length }) : t("identity.count", { count: queue.length })}
          </span>
        </div>
        <ol>
          {queue.map((one) => (
            <QueueLine
              key={keyOf(one)}
              question={one}
              chosen={one === question}
              inSight={stepped}
              onChoose={() => put(one)}
            />
          ))}
        </ol>
      </aside>
      <Pair
        key={keyOf(question)}
        question={question}
        at={at}
        count={queue.length}
        decided={decided}
        onDecided={(decision) => {
          setDecided((known) => [decision, ...known].slice(0, 8));
          setPast((known) => [...known, keyOf(question)]);
          leave(queue[at + 1] ?? queue[0]);
        }}
        undo={undo}
        onStep={step}
        onLater={() => {
          say(t("identity.put_off", { one: nameOf(question.one), two: nameOf(question.two) }));
          setLater((known) => [...known.filter((one) => one !== keyOf(question)), keyOf(question)]);
          leave(queue[at + 1] ?? queue[0]);
        }}
      />
    </div>
  );
}
