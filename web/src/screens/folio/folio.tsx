import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Check, ChevronLeft, Ellipsis, TriangleAlert, X } from "lucide-react";
import { Fragment, type ReactNode, useState } from "react";
import { Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { act } from "../../api/client";
import { visitQuery } from "../../api/queries";
import { visitFindingsQuery } from "../../api/reconcile";
import { useOffered } from "../../frame/may";
import { useLanguage, useTexts } from "../../i18n";
import {
  Bones,
  Button,
  Card,
  Chip,
  Dialog,
  Empty,
  Field,
  Radios,
  Refusal,
  ScrollX,
  Select,
  Tick,
  Warning,
} from "../../kit";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { nightsBetween, readMoney } from "../../lib/format";
import { hoursOf } from "../../lib/hours";
import { useHouse } from "../../lib/house";
import { useKeys } from "../../lib/keys";
import { deskTone, word } from "../../lib/words";
import { type ActDialogProps, ChargeDialog, EarlyDialog, PayDialog } from "../record/dialogs";
import { LineItem, LineName } from "../record/lines";
import { type BillLine, isSplit, linesOf, roomsOf, stageOf, staysOf, type VisitView } from "../record/tally";
import { useAct, useVisit } from "../record/visit";
import { InvoiceDialog, Invoices, PayerDialog, PreAuthDialog, PreAuths } from "./cards";
import { SplitDialog } from "./split";
import "../checkin/checkin.css";
import "./folio.css";

/** Takes a line back. The line stays, its opposite stands beside it. */
function ReverseDialog({ view, line, onClose }: ActDialogProps & { line: BillLine }) {
  const t = useTexts();
  const house = useHouse();
  const currency = view.booking.reservation.currency;
  const amount = house.f.money(line.posting.amount, currency);
  const what = house.codeName(line.posting.code);
  const isRest = isSplit(line);
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const form = useAct(view.number, "reversals", () => {
    say(t(isRest ? "bill.rest_reversed" : "folio.reversed_said", { what, amount }));
    onClose();
  });
  return (
    <Dialog
      title={t("folio.reverse")}
      note={t(isRest ? "bill.reverse_rest" : "folio.reverse_note", { what, amount })}
      onClose={onClose}
    >
      <Field
        label={t("word.reason")}
        value={reason}
        onChange={setReason}
        maxLength={200}
        autoFocus
        error={form.at("/reason") ?? (tried && reason.trim() === "" ? t("act.reason_needed") : undefined)}
        placeholder={t("folio.reverse_example")}
      />
      <Refusal error={form.error} />
      <div className="dialog-foot">
        <Button
          look="fill"
          busy={form.busy}
          onPress={() => {
            setTried(true);
            if (reason.trim() !== "") form.send({ posting_id: line.posting.id, reason: reason.trim() });
          }}
        >
          {isRest ? t("folio.reverse") : t("folio.do_reverse", { amount })}
        </Button>
        <Button onPress={onClose}>{t("do.leave")}</Button>
      </div>
    </Dialog>
  );
}

/** Charges a line anew at another price; the old one is taken back with its fee and tax. */
function CorrectDialog({ view, line, onClose }: ActDialogProps & { line: BillLine }) {
  const t = useTexts();
  const house = useHouse();
  const currency = view.booking.reservation.currency;
  const isRest = isSplit(line);
  // What is right for the rest alone, nobody has said yet.
  const [amount, setAmount] = useState(isRest ? "" : house.f.money(line.posting.amount, currency));
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const minor = readMoney(amount, currency);
  const isWrong = minor === undefined && (tried || !isRest);
  const form = useAct(view.number, "corrections", () => {
    say(
      t("folio.corrected", {
        what: house.codeName(line.posting.code),
        amount: minor === undefined ? "" : house.f.money(minor, currency),
      }),
    );
    onClose();
  });
  return (
    <Dialog
      title={t("folio.correct")}
      note={t(isRest ? "bill.correct_rest" : "folio.correct_note", { what: house.codeName(line.posting.code) })}
      onClose={onClose}
    >
      <Field
        label={t("folio.right_price", { currency })}
        value={amount}
        onChange={setAmount}
        money
        inputMode="decimal"
        error={form.at("/amount") ?? (isWrong ? t("folio.amount_form") : undefined)}
      />
      <Field
        label={t("word.reason")}
        value={reason}
        onChange={setReason}
        maxLength={200}
        error={form.at("/reason") ?? (tried && reason.trim() === "" ? t("act.reason_needed") : undefined)}
      />
      <Refusal error={form.error} />
      <div className="dialog-foot">
        <Button
          look="fill"
          busy={form.busy}
          onPress={() => {
            setTried(true);
            if (minor !== undefined && reason.trim() !== "")
              form.send({ posting_id: line.posting.id, amount: minor, reason: reason.trim() });
          }}
        >
          {minor === undefined ? t("folio.correct") : t("folio.do_correct", { amount: house.f.money(minor, currency) })}
        </Button>
        <Button onPress={onClose}>{t("do.leave")}</Button>
      </div>
    </Dialog>
  );
}

interface WindowProps {
  view: VisitView;
  window: number;
  picked: ReadonlySet<string>;
  onPick: (id: string, is: boolean) => void;
  tools?: ReactNode;
}

function Window({ view, window, picked, onPick, tools }: WindowProps) {
  const t = useTexts();
  const house = useHouse();
  const { f } = house;
  const currency = view.booking.reservation.currency;
  const folio = view.consumption.folios.find((one) => one.window === window);
  const lines = linesOf(view.consumption.postings, window);
  if (!folio) return null;
  const payer = folio.company ?? (folio.guest_id === view.guest.id ? view.guest.profile.full_name : undefined);
  const closed = folio.state !== "open";
  return (
    <section className="card card-clip" aria-label={t("folio.window", { n: window })}>
      <div className="card-head">
        <h2>{t("folio.window", { n: window })}</h2>
        <b>{t(folio.company ? "folio.company" : "word.guest")}</b>
        <span className="count">{payer}</span>
        {closed && <Chip tone="done">{t("folio.closed")}</Chip>}
        <div className="tools">{tools}</div>
      </div>
      {lines.length === 0 ? (
        <Empty title={t("record.no_lines")} />
      ) : (
        <ScrollX>
          <table className="table folio-table">
            <thead>
              <tr>
                <th scope="col" className="tick">
                  <span className="vh">{t("folio.pick")}</span>
                </th>
                <th scope="col" className="date">
                  {t("word.date")}
                </th>
                <th scope="col">{t("folio.item")}</th>
                <th scope="col" className="room">
                  {t("word.room_no")}
                </th>
                <th scope="col" className="end amount">
                  {t("word.amount_in", { currency })}
                </th>
              </tr>
            </thead>
            <tbody>
              {lines.map((line) => {
                const { posting } = line;
                return (
                  <Fragment key={posting.id}>
                    <tr
                      className={line.reversed || posting.reverses ? "gone" : undefined}
                      data-picked={picked.has(posting.id) || undefined}
                    >
                      <td className="tick">
                        {!closed && !line.reversed && !posting.reverses && (
                          <Tick
                            label={t("folio.pick_line", {
                              what: house.codeName(posting.code),
                              amount: f.money(posting.amount, currency),
                            })}
                            ticked={picked.has(posting.id)}
                            onChange={(is) => onPick(posting.id, is)}
                          />
                        )}
                      </td>
                      <td className="num two">{f.day(posting.night ?? posting.business_date)}</td>
                      <td>
                        <LineItem line={line} />
                      </td>
                      <td className="num two">{posting.room_number}</td>
                      <td className="end num">{f.money(posting.amount, currency)}</td>
                    </tr>
                    {line.with.map((one) => (
                      <tr key={one.id} className="child">
                        <td />
                        <td />
                        <td>
                          <LineName posting={one} />
                        </td>
                        <td />
                        <td className="end num">{f.money(one.amount, currency)}</td>
                      </tr>
                    ))}
                  </Fragment>
                );
              })}
            </tbody>
          </table>
        </ScrollX>
      )}
      <div className="folio-sums">
        <div className="sum-line">
          <b>{t(folio.balance < 0 ? "folio.to_return" : "folio.due")}</b>
          <b className="num big">{f.money(folio.balance, currency)}</b>
        </div>
      </div>
    </section>
  );
}

/** What can be done with a window beside its lines. */
function WindowMenu({ view, window, onPreAuth }: { view: VisitView; window: number; onPreAuth: () => void }) {
  const t = useTexts();
  const [asking, setAsking] = useState<"invoice" | "payer">();
  const close = useAct(view.number, "window/close", () => say(t("bill.closed", { n: window })));
  const reopen = useAct(view.number, "window/reopen", () => say(t("bill.reopened", { n: window })));
  const folio = view.consumption.folios.find((one) => one.window === window);
  if (!folio || folio.state === "reported") return null;
  const isOpen = folio.state === "open";
  const items: { id: string; text: string; run: () => void }[] = [
    { id: "invoice", text: t("bill.invoice"), run: () => setAsking("invoice") },
    ...(isOpen ? [{ id: "payer", text: t("bill.payer"), run: () => setAsking("payer") }] : []),
    ...(isOpen && window === 1 ? [{ id: "pre-auth", text: t("bill.pre_auth"), run: onPreAuth }] : []),
    ...(isOpen && folio.balance === 0
      ? [{ id: "close", text: t("bill.close"), run: () => close.send({ window }) }]
      : []),
    ...(isOpen ? [] : [{ id: "reopen", text: t("bill.reopen"), run: () => reopen.send({ window }) }]),
  ];
  return (
    <>
      <MenuTrigger>
        <Button look="icon" aria-label={t("do.more")}>
          <Ellipsis size={16} aria-hidden="true" />
        </Button>
        <Popover className="popover" placement="bottom end">
          <Menu
            className="options"
            aria-label={t("do.more")}
            onAction={(id) => items.find((one) => one.id === id)?.run()}
          >
            {items.map((one) => (
              <MenuItem key={one.id} id={one.id} className="option">
                {one.text}
              </MenuItem>
            ))}
          </Menu>
        </Popover>
      </MenuTrigger>
      <Refusal error={close.error ?? reopen.error} />
      {asking === "invoice" && <InvoiceDialog view={view} window={window} onClose={() => setAsking(undefined)} />}
      {asking === "payer" && <PayerDialog view={view} folio={folio} onClose={() => setAsking(undefined)} />}
    </>
  );
}

interface CheckLine {
  id: string;
  ok: boolean;
  title: string;
  text: ReactNode;
  fix?: ReactNode;
}

/** Sends everything a departure needs: room charges, what each window owes, the check-out. Stops where the amount is another than was shown. */
function useDeparture(view: VisitView, code: string | undefined, account: string | undefined, soft: boolean) {
  const t = useTexts();
  const house = useHouse();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [changed, setChanged] = useState<number>();
  const currency = view.booking.reservation.currency;
  const form = useSend<{ expected: number }, boolean>(
    async ({ expected }, key) => {
      const number = view.number;
      const query = visitQuery(number, house.code);
      if (view.consumption.to_come.some((one) => one.at === "check_out"))
        await act(number, "nights", {}, { key: `${key}-nights` });
      const { data: now } = await client.fetchQuery({ ...query, staleTime: 0 });
      if (now.consumption.balance !== expected) {
        setChanged(now.consumption.balance);
        return false;
      }
      for (const folio of now.consumption.folios) {
        if (folio.state !== "open" || folio.balance === 0) continue;
        const once = { key: `${key}-${folio.window}` };
        if (folio.company && account) await act(number, "city-ledger", { account, window: folio.window }, once);
        else if (folio.balance > 0 && code)
          await act(number, "payments", { code, amount: folio.balance, window: folio.window }, once);
        else if (folio.balance < 0 && code)
          await act(number, "refunds", { code, amount: -folio.balance, window: folio.window }, once);
      }
      await act(number, "check-out", { allow_balance: soft }, { key: `${key}-out` });
      return true;
    },
    (left) => {
      if (!left) return;
      say(
        t("folio.left", {
          name: view.guest.profile.full_name ?? "",
          amount: house.f.money(view.consumption.at_check_out, currency),
        }),
      );
      void navigate({ to: "/p/$property/visits/$number", params: { property: house.code, number: view.number } });
    },
  );
  return { form, changed, clear: () => setChanged(undefined) };
}

function CheckOut({ view }: { view: VisitView }) {
  const t = useTexts();
  const language = useLanguage();
  const house = useHouse();
  const offered = useOffered(house.code);
  const { data: found } = useQuery({ ...visitFindingsQuery(house.code, view.number), enabled: offered("reconcile") });
  const first = found?.items[0];
  const differ = found?.items.length ?? 0;
  const inWords = language === "en" ? "en" : "zh";
  const says = (found?.items ?? []).slice(0, 3).map((one) => one.explanation[inWords]);
  const { f } = house;
  const currency = view.booking.reservation.currency;
  const { consumption } = view;
  const stays = staysOf(view).filter((stay) => stay.state === "in_house");
  const { methods } = house;
  const accounts = house.view.city_accounts.map((one) => ({ id: one.code, name: one.name }));
  const [code, setCode] = useState(methods[0]?.id);
  const [account, setAccount] = useState(accounts[0]?.id);
  const [early, setEarly] = useState(false);
  const { form, changed, clear } = useDeparture(view, code, account, false);
  const deposits = useAct(view.number, "deposits/apply", () => say(t("folio.deposit_applied")));
  const refund = useAct(view.number, "deposits/refund", () => say(t("bill.refunded")));
  const points = useAct(view.number, "accrue-points", () => say(t("folio.points_accrued")));
  const overrun = useAct(view.number, "nights", () => say(t("hours.posted")));
  const open = view.differences.filter((one) => one.state === "open");
  const stayingOn = stays.filter((stay) => stay.departure > house.today);
  // Hours beyond those that were sold stand by themselves: they grow while they are looked at.
  const toPost = consumption.to_come.filter((one) => one.at === "check_out" && one.hours_over == null);
  const over = consumption.to_come.filter((one) => one.hours_over != null);
  const hourly = roomsOf(view).filter(
    (room) => room.terms.kind === "part_day" && stays.some((stay) => stay.line === room.line),
  );
  const overrunOf = (line: number) => {
    const agreed = hourly.find((room) => room.line === line)?.terms.overrun;
    return agreed ? house.overrun(agreed, currency) : "";
  };
  const companies = consumption.folios.filter(
    (folio) => folio.company && folio.balance !== 0 && folio.state === "open",
  );
  const amount = consumption.at_check_out;
  const earned = view.points?.entries.some((one) => one.kind === "earned") ?? false;
  const checks: CheckLine[] = [
    {
      id: "agree",
      ok: open.length === 0,
      title: t(open.length === 0 ? "folio.check.agree" : "folio.check.differ"),
      text: open.length === 0 ? t("folio.check.agree_note") : t("record.differences", { count: open.length }),
      fix: open.length > 0 && (
        <Link
          className="btn btn-row"
          to="/p/$property/visits/$number"
          params={{ property: house.code, number: view.number }}
        >
          {t("folio.check.look")}
        </Link>
      ),
    },
    // While the guest still stands there: what contradicts what, and the way to what corrects it.
    ...(found
      ? [
          {
            id: "findings",
            ok: differ === 0,
            title: differ === 0 ? t("settle.check_none") : t("settle.check_open", { count: differ }),
            text: differ === 0 ? t("settle.check_none_note") : says.join(inWords === "en" ? " " : ""),
            fix: first && (
              <Link
                className="btn btn-row"
                to="/p/$property/reconcile/$id"
                params={{ property: house.code, id: first.id }}
              >
                {t("folio.check.look")}
              </Link>
            ),
          },
        ]
      : []),
    {
      id: "nights",
      ok: toPost.length === 0,
      title: t(toPost.length === 0 ? "folio.check.posted" : "folio.check.to_post"),
      text:
        toPost.length === 0
          ? t("folio.check.posted_note")
          : toPost.map((one) => `${f.day(one.night)} ${f.money(one.total, currency)}`).join(t("word.comma")),
    },
    ...hourly.map((room) => {
      const due = over.find((one) => one.line === room.line);
      const hours = hoursOf(room);
      return {
        id: `hours-${room.line}`,
        ok: due === undefined,
        title: due ? t("hours.over_hours", { count: due.hours_over ?? 0 }) : t("hours.within"),
        text: due
          ? t("hours.over_note", {
              amount: `${currency} ${f.money(due.total, currency)}`,
              overrun: overrunOf(room.line),
            })
          : t("hours.within_note", {
              hours: hours ? house.hours(hours) : t("hours.unknown"),
              overrun: overrunOf(room.line),
            }),
        fix: due && (
          <Button size="row" busy={overrun.busy} onPress={() => overrun.send({})}>
            {t("hours.post")}
          </Button>
        ),
      };
    }),
    {
      id: "policy",
      ok: stayingOn.length === 0,
      title: t(stayingOn.length === 0 ? "folio.check.full" : "folio.check.early"),
      text:
        stayingOn.length === 0
          ? t("folio.check.full_note", {
              nights:
                hourly.length > 0
                  ? t("date.part_day")
                  : t("date.nights", { count: stays[0] ? nightsBetween(stays[0].arrival, house.today) : 0 }),
            })
          : t("folio.check.early_note", { date: f.longDay(stayingOn[0]?.departure ?? house.today) }),
      fix: stayingOn.length > 0 && (
        <Button size="row" onPress={() => setEarly(true)}>
          {t("act.early")}
        </Button>
      ),
    },
    ...(view.points
      ? [
          {
            id: "points",
            ok: earned,
            title: t(earned ? "folio.check.points" : "folio.check.no_points"),
            text: earned
              ? t("folio.check.points_note", { points: f.count(view.points.points) })
              : t("folio.check.no_points_note"),
            fix: !earned && (
              <Button size="row" busy={points.busy} onPress={() => points.send({})}>
                {t("folio.check.accrue")}
              </Button>
            ),
          },
        ]
      : []),
    ...(view.booking.deposit_held !== 0
      ? [
          {
            id: "deposit",
            ok: false,
            title: t("folio.check.deposit"),
            text: t("checkin.held", { amount: f.money(view.booking.deposit_held, currency), currency }),
            fix: (
              <>
                <Button size="row" busy={deposits.busy} onPress={() => deposits.send({})}>
                  {t("folio.check.apply")}
                </Button>
                <Button size="row" busy={refund.busy} onPress={() => refund.send({})}>
                  {t("bill.refund")}
                </Button>
              </>
            ),
          },
        ]
      : []),
  ];
  const ready = checks.filter((check) => check.ok).length;
  const hard = stayingOn.length > 0 || (companies.length > 0 && !account);
  const send = () => {
    clear();
    form.send({ expected: amount });
  };
  useKeys([
    { key: "F9", says: t("keys.check_out"), run: () => !hard && document.getElementById("check-out")?.focus() },
  ]);
  return (
    <>
      <section className="card card-clip" aria-label={t("folio.checks")}>
        <div className="card-head">
          <h2>{t("folio.checks")}</h2>
          <div className="tools num two">{t("word.of", { done: ready, all: checks.length })}</div>
        </div>
        {checks.map((check) => (
          <div key={check.id} className="check-line" data-open={!check.ok || undefined}>
            {check.ok ? (
              <Check size={16} className="green" aria-label={t("folio.check.ok")} />
            ) : (
              <TriangleAlert size={16} aria-label={t("folio.check.open")} />
            )}
            <b>{check.title}</b>
            {check.fix && <span className="fix">{check.fix}</span>}
            <p>{check.text}</p>
          </div>
        ))}
        <div className="confirm-sums">
          {consumption.folios
            .filter((folio) => consumption.folios.length > 1 && folio.balance !== 0)
            .map((folio) => (
              <div className="sum-line" key={folio.window}>
                <span>
                  {folio.company
                    ? t("folio.window_city", { n: folio.window, name: folio.company })
                    : t("folio.window_due", { n: folio.window })}
                </span>
                <b className="num">{f.money(folio.balance, currency)}</b>
              </div>
            ))}
          {companies.length > 0 &&
            (accounts.length > 0 ? (
              <Select label={t("folio.account")} choices={accounts} value={account} onChange={setAccount} />
            ) : (
              <Warning>{t("folio.no_account")}</Warning>
            ))}
          {amount !== 0 && (
            <Radios
              label={t("folio.method")}
              className="method-choices"
              optionClass="method"
              value={code}
              onChange={setCode}
              options={methods.map((one) => ({ id: one.id, text: one.name }))}
            />
          )}
          <div className="sum-line">
            <span>{t(amount < 0 ? "folio.to_return" : "record.at_check_out")}</span>
            <b className="num big">
              {currency} {f.money(amount, currency)}
            </b>
          </div>
          {changed !== undefined && (
            <Warning>{t("folio.amount_changed", { amount: f.money(changed, currency) })}</Warning>
          )}
          <Refusal error={form.error ?? deposits.error ?? refund.error ?? points.error ?? overrun.error} />
          <Button
            id="check-out"
            look="fill"
            size="main"
            wide
            busy={form.busy}
            isDisabled={hard}
            hotkey="F9"
            onPress={send}
          >
            {amount > 0
              ? t("folio.pay_and_leave", { amount: f.money(amount, currency) })
              : amount < 0
                ? t("folio.return_and_leave", { amount: f.money(-amount, currency) })
                : t("folio.leave")}
          </Button>
          <p className="meta">{t(hard ? "folio.first" : "folio.undoable")}</p>
        </div>
      </section>
      {early && <EarlyDialog view={view} onClose={() => setEarly(false)} />}
    </>
  );
}

/** How many windows a bill can have. */
const MOST_WINDOWS = 8;

function Folio({ view }: { view: VisitView }) {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/visits/$number/folio" });
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState<"reverse" | "correct" | "split">();
  const stage = stageOf(view, house.today);
  const living = stage === "in_house" || stage === "leaving";
  const currency = view.booking.reservation.currency;
  const params = { property: house.code, number: view.number };
  const windows = view.consumption.folios;
  const stay = staysOf(view)[0];
  const openDo = (next: "charge" | "pay" | "pre-auth" | undefined) =>
    void navigate({
      to: "/p/$property/visits/$number/folio",
      params,
      search: { do: next },
      replace: next === undefined,
      resetScroll: false,
    });
  const lines = windows
    .flatMap((folio) => linesOf(view.consumption.postings, folio.window))
    .filter((line) => picked.has(line.posting.id));
  const only = lines.length === 1 ? lines[0] : undefined;
  const clear = () => setPicked(new Set());
  const transfer = useAct(view.number, "transfers", () => {
    say(t("folio.transferred"));
    clear();
  });
  const nextWindow = Math.max(0, ...windows.map((folio) => folio.window)) + 1;
  const targets = [
    ...windows.filter((folio) => folio.state === "open").map((folio) => folio.window),
    ...(nextWindow <= MOST_WINDOWS ? [nextWindow] : []),
  ].filter((window) => lines.some((line) => line.posting.window !== window));
  useKeys(
    [
      { key: "c", says: t("folio.charge"), run: () => openDo("charge") },
      { key: "p", says: t("folio.pay"), run: () => openDo("pay") },
    ],
    search.do === undefined && asking === undefined,
  );
  return (
    <>
      <header className="bar-head">
        <Link
          className="btn btn-bare btn-icon"
          to="/p/$property/visits/$number"
          params={params}
          aria-label={t("checkin.to_record")}
        >
          <ChevronLeft size={16} aria-hidden="true" />
        </Link>
        <h1>{t(living ? "folio.title_out" : "folio.title")}</h1>
        <b>{view.guest.profile.full_name}</b>
        {stay && <span className="num">{stay.room_number}</span>}
        <span className="two num">
          {t("date.stay", {
            range: house.f.range(view.booking.reservation.arrival, view.booking.reservation.departure),
            nights: house.length(view.booking.reservation.arrival, view.booking.reservation.departure),
          })}
        </span>
        {stay?.desk_state && <Chip tone={deskTone[stay.desk_state]}>{t(`desk.${stay.desk_state}`)}</Chip>}
        <span className="two num">{view.number}</span>
        {view.points && <Chip>{word(t, "tier", view.points.membership.tier)}</Chip>}
        <div className="tools wide-only">
          <Link className="btn" to="/p/$property/visits/$number" params={params}>
            {t("folio.to_record")}
          </Link>
        </div>
      </header>
      <div className="page">
        <div className={living ? "two-pane" : "one-pane"}>
          <div>
            <Refusal error={transfer.error} />
            {windows.map((folio, at) => (
              <Window
                key={folio.window}
                view={view}
                window={folio.window}
                picked={picked}
                onPick={(id, is) => {
                  const next = new Set(picked);
                  if (is) next.add(id);
                  else next.delete(id);
                  setPicked(next);
                }}
                tools={
                  <>
                    {at === 0 && (
                      <>
                        <Button hotkey="C" onPress={() => openDo("charge")}>
                          {t("folio.charge")}
                        </Button>
                        <Button hotkey="P" onPress={() => openDo("pay")}>
                          {t("folio.pay")}
                        </Button>
                      </>
                    )}
                    <WindowMenu view={view} window={folio.window} onPreAuth={() => openDo("pre-auth")} />
                  </>
                }
              />
            ))}
            {windows.length === 0 && (
              <Card
                title={t("folio.title")}
                tools={
                  <>
                    <Button hotkey="C" onPress={() => openDo("charge")}>
                      {t("folio.charge")}
                    </Button>
                    <Button hotkey="P" onPress={() => openDo("pay")}>
                      {t("folio.pay")}
                    </Button>
                  </>
                }
              >
                <Empty title={t("record.no_lines")} />
              </Card>
            )}
            <PreAuths view={view} />
            <Invoices view={view} />
            {lines.length > 0 && (
              <div className="pick-bar" role="toolbar" aria-label={t("folio.picked", { count: lines.length })}>
                <b>{t("folio.picked", { count: lines.length })}</b>
                {only && <span className="num">{house.f.money(only.posting.amount, currency)}</span>}
                <div className="tools">
                  {targets.map((window) => (
                    <Button
                      key={window}
                      size="row"
                      busy={transfer.busy}
                      onPress={() =>
                        transfer.send({
                          posting_ids: lines
                            .filter((line) => line.posting.window !== window)
                            .map((line) => line.posting.id),
                          to_window: window,
                        })
                      }
                    >
                      {t(window === nextWindow ? "folio.to_new_window" : "folio.to_window_n", { n: window })}
                    </Button>
                  ))}
                  {only && only.posting.kind === "revenue" && only.posting.amount > 0 && targets.length > 0 && (
                    <Button size="row" onPress={() => setAsking("split")}>
                      {t("bill.split_dots")}
                    </Button>
                  )}
                  {only && only.posting.kind === "revenue" && (
                    <Button size="row" onPress={() => setAsking("correct")}>
                      {t("folio.correct_dots")}
                    </Button>
                  )}
                  {only && (
                    <Button size="row" onPress={() => setAsking("reverse")}>
                      {t("folio.reverse_dots")}
                    </Button>
                  )}
                  <Button look="bare" size="row" aria-label={t("folio.clear")} onPress={clear}>
                    <X size={14} aria-hidden="true" />
                  </Button>
                </div>
              </div>
            )}
          </div>
          {living && (
            <div>
              <CheckOut view={view} />
            </div>
          )}
        </div>
      </div>
      {search.do === "charge" && <ChargeDialog view={view} onClose={() => openDo(undefined)} />}
      {search.do === "pay" && <PayDialog view={view} onClose={() => openDo(undefined)} />}
      {search.do === "pre-auth" && <PreAuthDialog view={view} onClose={() => openDo(undefined)} />}
      {asking === "reverse" && only && (
        <ReverseDialog
          view={view}
          line={only}
          onClose={() => {
            setAsking(undefined);
            clear();
          }}
        />
      )}
      {asking === "split" && only && (
        <SplitDialog
          view={view}
          line={only}
          windows={targets}
          onClose={() => {
            setAsking(undefined);
            clear();
          }}
        />
      )}
      {asking === "correct" && only && (
        <CorrectDialog
          view={view}
          line={only}
          onClose={() => {
            setAsking(undefined);
            clear();
          }}
        />
      )}
    </>
  );
}

/** The bill of a visit, window by window, and the check-out with its checks. */
export function FolioScreen() {
  const { number } = useParams({ from: "/p/$property/visits/$number/folio" });
  const { view, error, again } = useVisit(number);
  if (error) {
    return (
      <div className="page">
        <Refusal error={error} retry={again} />
      </div>
    );
  }
  if (!view) return <Bones rows={6} />;
  return <Folio view={view} key={view.number} />;
}
