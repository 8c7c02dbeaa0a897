import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Schema } from "../../api/client";
import { quarantineQuery } from "../../api/office";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Refusal, ScrollX } from "../../kit";
import { useHouse } from "../../lib/house";
import { word } from "../../lib/words";

type Counted = "imported" | "updated" | "already_there" | "differs" | "quarantined";

/** What became of the rows of a file: all of them, each in one line. */
export function Report({
  report,
  title,
  note,
  tools,
}: {
  report: Schema<"ImportReport">;
  title: string;
  note?: ReactNode;
  tools?: ReactNode;
}) {
  const t = useTexts();
  const house = useHouse();
  const lines: [key: Counted, count: number][] = [
    ["imported", report.imported],
    ["updated", report.updated ?? 0],
    ["already_there", report.already_there],
    ["differs", report.differs ?? 0],
    ["quarantined", report.quarantined_total],
  ];
  const money = report.currency && report.currency !== "mixed" ? report.currency : undefined;
  return (
    <Card title={title} note={note} tools={tools}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("word.what")}</th>
            <th scope="col" className="end">
              {t("imports.number")}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map(([key, count]) => (
            <tr key={key}>
              <td>{t(`imports.${key}`)}</td>
              <td className={`end num ${key === "quarantined" && count > 0 ? "amber" : ""}`}>{house.f.count(count)}</td>
            </tr>
          ))}
          <tr className="sum-row">
            <td>
              <b>{t("imports.rows")}</b>
            </td>
            <td className="end num">
              <b>{house.f.count(report.rows)}</b>
            </td>
          </tr>
          <tr>
            <td>{t("imports.nights")}</td>
            <td className="end num">{house.f.count(report.room_nights)}</td>
          </tr>
          {money && (
            <tr>
              <td>{t("imports.revenue", { currency: money })}</td>
              <td className="end num">{house.f.money(report.room_revenue_minor, money)}</td>
            </tr>
          )}
          {(report.questions ?? 0) > 0 && (
            <tr>
              <td>{t("imports.questions")}</td>
              <td className="end num">{house.f.count(report.questions ?? 0)}</td>
            </tr>
          )}
        </tbody>
      </table>
    </Card>
  );
}

/** The rows that a run on the command line did not take, with what is wrong with each; never what stood in them. */
export function NotTaken({ id }: { id: string }) {
  const t = useTexts();
  const list = useInfiniteQuery(quarantineQuery(id));
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.error && !list.data) return <Refusal error={list.error} retry={() => void list.refetch()} />;
  if (list.data && rows.length === 0) return null;
  return (
    <Card title={t("imports.not_taken")} note={t("imports.not_taken_note")}>
      {!list.data ? (
        <Bones rows={4} />
      ) : (
        <>
          <ScrollX>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col" className="end">
                    {t("groups.row")}
                  </th>
                  <th scope="col">{t("imports.field")}</th>
                  <th scope="col">{t("imports.why")}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={`${row.row}/${row.field}`}>
                    <td className="end num">{row.row}</td>
                    <td>{word(t, "import_field", row.field)}</td>
                    <td>
                      {row.detail} <span className="two">{row.reason}</span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollX>
          {list.hasNextPage && (
            <div className="card-more">
              <Button busy={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
                {t("imports.more")}
              </Button>
            </div>
          )}
        </>
      )}
    </Card>
  );
}
