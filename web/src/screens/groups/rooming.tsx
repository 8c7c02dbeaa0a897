import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { useTexts } from "../../i18n";
import { Chip, Field, Refusal, ScrollX, Select, useRested, Warning } from "../../kit";
import { DayField } from "../../kit/date";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { isDate } from "../../lib/format";
import { useHouse } from "../../lib/house";
import { type PastedRow, readList } from "./paste";

type Input = Schema<"RoomingListInput">;
type Result = Schema<"RoomingListResult">;

/** The most rows of one list. */
const MOST = 200;

/** The rows that could be read, as the server wants them. */
function rowsOf(rows: readonly PastedRow[]): Input["rows"] | undefined {
  const read = rows.flatMap((row) =>
    row.name !== "" && row.type && row.arrival && row.departure
      ? [
          {
            guest: { profile: { full_name: row.name, phones: row.phone === "" ? [] : [row.phone] } },
            room_type: row.type,
            arrival: row.arrival,
            departure: row.departure,
            adults: row.adults,
            children: row.children,
          },
        ]
      : [],
  );
  return read.length === rows.length && read.length > 0 ? read : undefined;
}

/** A rooming list, pasted from a spreadsheet: read here, tried by the server, shown row by row, and booked as a whole. */
export function RoomingDialog({
  code,
  block,
  onClose,
}: {
  code: string;
  block: Schema<"BlockView"> | undefined;
  onClose: () => void;
}) {
  const t = useTexts();
  const house = useHouse();
  const nights = block?.nights.filter((night) => night.left > 0) ?? [];
  const held = [...nights].map((night) => night.night).sort();
  const first = held[0] ?? house.tomorrow;
  const last = held.at(-1) ?? first;
  const [arrival, setArrival] = useState(first);
  const [departure, setDeparture] = useState(() => new Date(Date.parse(last) + 86_400_000).toISOString().slice(0, 10));
  const [type, setType] = useState(nights[0]?.room_type ?? house.view.room_types[0]?.code);
  const [company, setCompany] = useState("");
  const [text, setText] = useState("");
  const { rows } = useMemo(() => {
    const types = (wanted: string) =>
      house.view.room_types.find((one) =>
        [one.code, one.name, one.name_en].some((name) => name.toLowerCase() === wanted.toLowerCase()),
      )?.code;
    return readList(text, { type, arrival, departure }, types);
  }, [text, type, arrival, departure, house.view.room_types]);
  const asked = useMemo(() => (rows.length <= MOST ? rowsOf(rows) : undefined), [rows]);
  const rested = useRested(asked, 400);
  const send = (body: Input, key?: string) =>
    data(
      api.POST("/api/v1/properties/{property}/blocks/{group}/rooming-list", {
        params: { path: { property: house.code, group: code }, header: key ? { "Idempotency-Key": key } : {} },
        body,
      }),
    );
  const preview = useQuery({
    queryKey: ["rooming-preview", house.code, code, rested],
    queryFn: () => send({ rows: rested ?? [], preview: true }),
    enabled: rested !== undefined,
    placeholderData: keepPreviousData,
  });
  const form = useSend<Input["rows"], Result>(
    (body, key) => send({ rows: body, company: company.trim() || null }, key),
    (result) => {
      if (!result.written) return;
      say(t("groups.listed", { count: result.reservations.length }));
      onClose();
    },
  );
  const errors = form.done && !form.done.written ? form.done.errors : (preview.data?.errors ?? []);
  const isTried = asked !== undefined && asked === rested && !preview.isPlaceholderData && preview.data !== undefined;
  const of = (row: number) => (isTried ? errors.filter((one) => one.row === row) : []);
  const unread = rows.filter((row) => Object.keys(row.wrong).length > 0 || row.name === "").length;
  const cell = (wrong: string | undefined, right: string | undefined) =>
    wrong === undefined ? right : <span className="red">{t("groups.unread", { text: wrong || "–" })}</span>;
  return (
    <FormDialog
      title={t("groups.paste")}
      note={t("groups.paste_note")}
      onClose={onClose}
      wide
      form={form}
      error={preview.error}
      action={rows.length === 0 ? t("groups.do_paste_none") : t("groups.do_paste", { count: rows.length })}
      isDisabled={!isTried || errors.length > 0}
      onSend={() => asked && form.send(asked)}
    >
      <div className="fields">
        <Select
          label={t("groups.usual_type")}
          choices={house.view.room_types.map((one) => ({ id: one.code, name: house.named(one) }))}
          value={type}
          onChange={setType}
        />
        <DayField label={t("groups.usual_arrival")} value={arrival} onChange={setArrival} />
        <DayField
          label={t("groups.usual_departure")}
          value={departure}
          onChange={setDeparture}
          min={isDate(arrival) ? arrival : undefined}
        />
        <Field
          label={t("groups.company")}
          value={company}
          onChange={setCompany}
          help={t("word.optional")}
          error={form.at("/company")}
        />
      </div>
      <div className="rooming-text">
        <Field
          label={t("groups.list")}
          value={text}
          onChange={setText}
          long
          autoFocus
          placeholder={t("groups.list_example")}
          help={t("groups.list_help")}
        />
      </div>
      {rows.length > MOST && <Warning>{t("groups.too_many", { most: MOST })}</Warning>}
      {rows.length > 0 && (
        <ScrollX>
          <table className="table rooming-read">
            <thead>
              <tr>
                <th scope="col" className="end">
                  {t("groups.row")}
                </th>
                <th scope="col">{t("word.guest")}</th>
                <th scope="col">{t("word.phone")}</th>
                <th scope="col">{t("rates.room_type")}</th>
                <th scope="col">{t("word.dates")}</th>
                <th scope="col" className="end">
                  {t("word.people")}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, MOST).map((row, at) => {
                const wrong = of(at);
                return (
                  <tr key={at} className={wrong.length > 0 ? "row-wrong" : undefined}>
                    <td className="end num two">{at + 1}</td>
                    <td>
                      {row.name === "" ? <span className="red">{t("book.name_needed")}</span> : row.name}
                      {wrong.map((one) => (
                        <span key={one.pointer} className="red meta block">
                          {one.detail}
                        </span>
                      ))}
                    </td>
                    <td className="num nowrap">{row.phone}</td>
                    <td>{cell(row.wrong.type, row.type && house.typeName(row.type))}</td>
                    <td className="num nowrap">
                      {row.arrival && row.departure
                        ? house.f.range(row.arrival, row.departure)
                        : cell(row.wrong.arrival ?? row.wrong.departure, "")}
                    </td>
                    <td className="end num">{row.children > 0 ? `${row.adults}+${row.children}` : row.adults}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </ScrollX>
      )}
      {rows.length > 0 && (
        <p role="status" className="meta">
          {unread > 0 ? (
            <span className="red">{t("groups.unread_rows", { count: unread })}</span>
          ) : errors.length > 0 && isTried ? (
            <span className="red">{t("groups.wrong_rows", { count: new Set(errors.map((one) => one.row)).size })}</span>
          ) : isTried ? (
            <Chip tone="done">{t("groups.all_right", { count: rows.length })}</Chip>
          ) : (
            t("groups.trying")
          )}
        </p>
      )}
      {form.done && !form.done.written && form.done.errors.length === 0 && <Refusal error={form.failure} />}
    </FormDialog>
  );
}
