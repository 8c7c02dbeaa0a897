import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Schema } from "../../api/client";
import { importsQuery, quarantineQuery } from "../../api/office";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, Empty, Refusal, ScrollX } from "../../kit";
import { useHouse } from "../../lib/house";
import { Choosable } from "../access/choosable";
import "../access/access.css";

type Run = Schema<"ImportRunView">;

/** What became of the rows of a run: all of them, each in one line. */
function Report({ run }: { run: Run }) {
  const t = useTexts();
  const house = useHouse();
  const { report } = run;
  const lines: [key: "imported" | "updated" | "already_there" | "differs" | "quarantined", count: number][] = [
    ["imported", report.imported],
    ["updated", report.updated ?? 0],
    ["already_there", report.already_there],
    ["differs", report.differs ?? 0],
    ["quarantined", report.quarantined_total],
  ];
  const money = report.currency && report.currency !== "mixed" ? report.currency : undefined;
  return (
    <Card
      title={report.file}
      note={t("imports.of", { map: run.map, time: house.f.moment(run.started_at, house.zone) })}
      tools={
        run.state === "running" && (
          <Chip tone="house">{t("imports.running", { rows: house.f.count(report.rows) })}</Chip>
        )
      }
    >
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

/** The rows that were not taken, with what is wrong with each; never what stood in them. */
function Quarantine({ id }: { id: string }) {
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
                    <td>{row.field}</td>
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

/** The runs of the import: what was taken, what was not, and why. */
export function Imports() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/imports" });
  const { data: runs, error, refetch } = useQuery(importsQuery);
  const run = runs?.find((one) => one.id === search.run) ?? runs?.[0];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.imports")}</h1>
      </div>
      {error && !runs ? (
        <Refusal error={error} retry={() => void refetch()} />
      ) : !runs ? (
        <Bones rows={4} />
      ) : !run ? (
        <Card label={t("nav.imports")}>
          <Empty title={t("imports.none")}>{t("imports.none_note")}</Empty>
        </Card>
      ) : (
        <div className="two-col">
          <Card title={t("imports.runs")} note={runs.length}>
            <ScrollX>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{t("imports.file")}</th>
                    <th scope="col">{t("word.time")}</th>
                    <th scope="col" className="end">
                      {t("imports.rows")}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {runs.map((one) => (
                    <tr key={one.id} aria-current={one === run ? "true" : undefined}>
                      <td>
                        <Choosable
                          chosen={one === run}
                          onChoose={() =>
                            void navigate({
                              to: "/p/$property/imports",
                              params: { property: house.code },
                              search: { run: one.id },
                              replace: true,
                              resetScroll: false,
                            })
                          }
                        >
                          {one.report.file}
                        </Choosable>
                      </td>
                      <td className="num two">{house.f.moment(one.started_at, house.zone)}</td>
                      <td className="end num">{t("imports.count", { count: one.report.rows })}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollX>
          </Card>
          <div>
            <Report run={run} />
            <Quarantine key={run.id} id={run.id} />
          </div>
        </div>
      )}
    </div>
  );
}
