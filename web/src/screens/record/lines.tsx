import { Fragment } from "react";
import { useTexts } from "../../i18n";
import { Chip, Empty, ScrollX } from "../../kit";
import { useHouse } from "../../lib/house";
import { linesOf, type VisitView } from "./tally";

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
                      {line.posting.reverses
                        ? t("folio.reversal", { what: house.codeName(line.posting.code) })
                        : house.codeName(line.posting.code)}
                      {line.posting.quantity > 1 && <span className="two"> × {line.posting.quantity}</span>}
                      {line.reversed && (
                        <>
                          {" "}
                          <Chip>{t("folio.reversed")}</Chip>
                        </>
                      )}
                      {line.posting.reference && <span className="two"> {line.posting.reference}</span>}
                    </td>
                    <td className="num two room">{line.posting.room_number}</td>
                    <td className="end num sum">{house.f.money(line.posting.amount, currency)}</td>
                  </tr>
                  {line.with.map((one) => (
                    <tr key={one.id} className="child">
                      <td />
                      <td>{house.codeName(one.code)}</td>
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
