import { Fragment } from "react";
import { useTexts } from "../../i18n";
import { Chip, Empty, ScrollX } from "../../kit";
import { useHouse } from "../../lib/house";
import { type BillLine, linesOf, type Posting, type VisitView } from "./tally";

/** What a line of a bill is called. */
export function LineName({ posting }: { posting: Posting }) {
  const t = useTexts();
  const what = useHouse().codeName(posting.code);
  if (posting.reverses) return t("folio.reversal", { what });
  return posting.split && posting.amount < 0 ? t("folio.split_off", { what }) : what;
}

/** What a line of a bill is called, how many of it there are, and what became of it. */
export function LineItem({ line: { posting, reversed } }: { line: BillLine }) {
  const t = useTexts();
  const became = reversed ? t("folio.reversed") : posting.split ? t("folio.part") : undefined;
  return (
    <>
      <LineName posting={posting} />
      {posting.quantity > 1 && <span className="two"> × {posting.quantity}</span>}
      {became && (
        <>
          {" "}
          <Chip>{became}</Chip>
        </>
      )}
      {posting.reference && <span className="two"> {posting.reference}</span>}
    </>
  );
}

/** The lines of a bill, all windows one after the other, each with its fee and tax below. */
export function BillTable({ view }: { view: VisitView }) {
  const t = useTexts();
  const house = useHouse();
  const currency = view.booking.reservation.currency;
  const { folios, postings } = view.consumption;
  if (postings.length === 0) return <Empty title={t("record.no_lines")} />;
  return (
    <ScrollX>
      <table className="table lines-table">
        <thead className="quiet">
          <tr>
            <th scope="col">
              <span className="vh">{t("word.date")}</span>
            </th>
            <th scope="col">
              <span className="vh">{t("folio.item")}</span>
            </th>
            <th scope="col">
              <span className="vh">{t("word.room_no")}</span>
            </th>
            <th scope="col">
              <span className="vh">{t("word.amount")}</span>
            </th>
          </tr>
        </thead>
        {folios.map((folio) => {
          const lines = linesOf(postings, folio.window);
          if (lines.length === 0) return null;
          return (
            <tbody key={folio.window}>
              {folios.length > 1 && (
                <tr>
                  <td colSpan={4} className="two">
                    {folio.company
                      ? t("folio.window_of", { n: folio.window, name: folio.company })
                      : t("folio.window", { n: folio.window })}
                  </td>
                </tr>
              )}
              {lines.map((line) => (
                <Fragment key={line.posting.id}>
                  <tr className={line.reversed || line.posting.reverses ? "gone" : undefined}>
                    <td className="num two when">{house.f.day(line.posting.night ?? line.posting.business_date)}</td>
                    <td>
                      <LineItem line={line} />
                    </td>
                    <td className="num two room">{line.posting.room_number}</td>
                    <td className="end num sum">{house.f.money(line.posting.amount, currency)}</td>
                  </tr>
                  {line.with.map((one) => (
                    <tr key={one.id} className="child">
                      <td />
                      <td>
                        <LineName posting={one} />
                      </td>
                      <td />
                      <td className="end num">{house.f.money(one.amount, currency)}</td>
                    </tr>
                  ))}
                </Fragment>
              ))}
            </tbody>
          );
        })}
      </table>
    </ScrollX>
  );
}
