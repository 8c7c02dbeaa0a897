import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ApiError, type Schema } from "../../api/client";
import { filesQuery } from "../../api/imports";
import { importsQuery } from "../../api/office";
import { useTexts } from "../../i18n";
import { Bones, Card, Chip, Empty, Refusal, ScrollX } from "../../kit";
import { useHouse } from "../../lib/house";
import { Choosable } from "../access/choosable";
import { FilePart, fileTone } from "./file";
import { NotTaken, Report } from "./report";
import { Upload } from "./upload";
import "./imports.css";
import "../access/access.css";

/** A run that was started on the command line. */
function RunPart({ run }: { run: Schema<"ImportRunView"> }) {
  const t = useTexts();
  const house = useHouse();
  return (
    <>
      <Report
        title={run.report.file}
        note={t("imports.of", { map: run.map, time: house.f.moment(run.started_at, house.zone) })}
        tools={
          run.state === "running" && (
            <Chip tone="house">{t("imports.running", { rows: house.f.count(run.report.rows) })}</Chip>
          )
        }
        report={run.report}
      />
      <NotTaken key={run.id} id={run.id} />
    </>
  );
}

/** Files of other systems: sent here, looked at, imported, and mended where they have to be. */
export function Imports() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/imports" });
  const files = useQuery(filesQuery);
  const all = useQuery(importsQuery);
  // Who may look at runs only is not offered to send any.
  const isRefused = files.error instanceof ApiError && files.error.problem.status === 403;
  const ofFiles = new Set(files.data?.map((file) => file.run));
  const runs = all.data?.filter((run) => !ofFiles.has(run.id));
  const known = files.data ?? (isRefused ? [] : undefined);
  const run = runs?.find((one) => one.id === search.run);
  const file = search.file ?? (run ? undefined : known?.[0]?.id);
  const shownRun = file === undefined ? (run ?? runs?.[0]) : undefined;
  const choose = (next: { file?: string; run?: string }) =>
    void navigate({
      to: "/p/$property/imports",
      params: { property: house.code },
      search: { file: next.file, run: next.run },
      replace: true,
      resetScroll: false,
    });
  const error = files.error && !isRefused && !files.data ? files.error : all.data ? null : all.error;
  const isEmpty = known?.length === 0 && runs?.length === 0;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.imports")}</h1>
      </div>
      {!isRefused && <Upload onReceived={(received) => choose({ file: received.id })} />}
      {error ? (
        <Refusal
          error={error}
          retry={() => {
            void files.refetch();
            void all.refetch();
          }}
        />
      ) : !known || !runs ? (
        <Bones rows={4} />
      ) : isEmpty ? (
        <Card label={t("nav.imports")}>
          <Empty title={t("imports.none")}>{t("imports.none_note")}</Empty>
        </Card>
      ) : (
        <div className="import-cols">
          <div>
            {known.length > 0 && (
              <Card title={t("imports.files")} note={known.length}>
                <ScrollX>
                  <table className="table">
                    <thead>
                      <tr>
                        <th scope="col">{t("imports.file")}</th>
                        <th scope="col">{t("word.time")}</th>
                        <th scope="col" className="end">
                          {t("bookings.state")}
                        </th>
                      </tr>
                    </thead>
                    <tbody>
                      {known.map((one) => (
                        <tr key={one.id} aria-current={one.id === file ? "true" : undefined}>
                          <td className="import-name">
                            <Choosable chosen={one.id === file} onChoose={() => choose({ file: one.id })}>
                              {one.name}
                            </Choosable>
                          </td>
                          <td className="num two">{house.f.moment(one.received_at, house.zone)}</td>
                          <td className="end nowrap">
                            {one.to_mend > 0 ? (
                              <Chip tone="act">{t("imports.to_mend", { count: one.to_mend })}</Chip>
                            ) : (
                              <Chip tone={fileTone[one.state]}>{t(`imports.state.${one.state}`)}</Chip>
                            )}
                          </td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </ScrollX>
              </Card>
            )}
            {runs.length > 0 && (
              <Card title={t("imports.earlier")} note={runs.length}>
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
                        <tr key={one.id} aria-current={one === shownRun ? "true" : undefined}>
                          <td className="import-name">
                            <Choosable chosen={one === shownRun} onChoose={() => choose({ run: one.id })}>
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
            )}
          </div>
          <div>
            {file !== undefined && <FilePart key={file} id={file} />}
            {shownRun && <RunPart key={shownRun.id} run={shownRun} />}
          </div>
        </div>
      )}
    </div>
  );
}
