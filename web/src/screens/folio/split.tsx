import { useQuery } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { splitQuery } from "../../api/bill";
import { ApiError } from "../../api/client";
import { useTexts } from "../../i18n";
import { Field, Radios, Select, useRested } from "../../kit";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { readMoney } from "../../lib/format";
import { useHouse } from "../../lib/house";
import type { ActDialogProps } from "../record/dialogs";
import type { BillLine } from "../record/tally";
import { useAct } from "../record/visit";
import { readShare } from "../settings/numbers";

/** Gives a part of a charge to another window. What would stay and what would go, the server says as it is typed. */
export function SplitDialog({
  view,
  line: { posting },
  windows,
  onClose,
}: ActDialogProps & { line: BillLine; windows: readonly number[] }) {
  const t = useTexts();
  const house = useHouse();
  const { currency } = view.booking.reservation;
  const [how, setHow] = useState<"total" | "share">("total");
  const [typed, setTyped] = useState("");
  const [to, setTo] = useState(String(windows[0]));
  const much = how === "total" ? readMoney(typed, currency) : readShare(typed);
  const part = how === "total" ? { total: much } : { share: much };
  const split = much === undefined ? undefined : { posting_id: posting.id, to_window: Number(to), ...part };
  const wanted = JSON.stringify(split);
  const isRested = useRested(wanted, 250) === wanted;
  const { data: halves, error } = useQuery(splitQuery(view.number, house.code, isRested ? split : undefined));
  const what = house.codeName(posting.code);
  const money = (minor: number) => house.f.money(minor, currency);
  const form = useAct(view.number, "splits", () => {
    say(t("bill.split_said", { what, amount: halves ? money(halves.goes) : "", n: to }));
    onClose();
  });
  const wrong = (pointer: string) =>
    error instanceof ApiError && error.problem.pointer === pointer ? error.problem.detail : undefined;
  const [wrongMuch, wrongWindow] = [wrong(`/${how}`), wrong("/to_window")];
  const example = t(how === "total" ? "folio.amount_form" : "bill.share_form");
  const isNone = typed.trim() !== "" && much === undefined;
  const sides = [
    { id: "stays", says: t("bill.stays", { n: posting.window }) },
    { id: "goes", says: t("bill.goes", { n: to }) },
  ] as const;
  return (
    <FormDialog
      title={t("bill.split")}
      note={t("bill.split_note", { what })}
      onClose={onClose}
      form={form}
      action={halves ? t("bill.do_split", { amount: money(halves.goes), n: to }) : t("bill.split")}
      isDisabled={!halves}
      error={(wrongMuch ?? wrongWindow) === undefined ? error : undefined}
      onSend={() => split && halves && form.send(split)}
    >
      <Radios
        label={t("bill.split_by")}
        value={how}
        onChange={(next) => {
          setHow(next);
          setTyped("");
        }}
        options={[
          { id: "total", text: t("bill.by_total") },
          { id: "share", text: t("bill.by_share") },
        ]}
      />
      <div className="fields">
        <Field
          label={how === "total" ? t("bill.split_total", { currency }) : t("bill.split_share")}
          value={typed}
          onChange={setTyped}
          money
          inputMode="decimal"
          autoFocus
          error={form.at("/total", "/share") ?? wrongMuch ?? (isNone ? example : undefined)}
        />
        <Select
          label={t("bill.split_to")}
          choices={windows.map((n) => {
            const folio = view.consumption.folios.find((one) => one.window === n);
            const name = folio?.company
              ? t("folio.window_of", { n, name: folio.company })
              : t(folio ? "folio.window" : "bill.new_window", { n });
            return { id: String(n), name };
          })}
          value={to}
          onChange={setTo}
          error={form.at("/to_window") ?? wrongWindow}
        />
      </div>
      <div aria-live="polite">
        {halves && (
          <dl className="facts">
            {sides.map(({ id, says }) => (
              <Fragment key={id}>
                <dt>{says}</dt>
                <dd>
                  <b className="num">
                    {currency} {money(halves[id])}
                  </b>
                  <span className="meta">
                    {" "}
                    {halves.lines
                      .map((one) => t("bill.part_of", { what: house.codeName(one.code), amount: money(one[id]) }))
                      .join(t("word.comma"))}
                  </span>
                </dd>
              </Fragment>
            ))}
          </dl>
        )}
      </div>
    </FormDialog>
  );
}
