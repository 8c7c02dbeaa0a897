import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import {
  fileQuery,
  type ImportFile,
  keepMap,
  type MapChoice,
  mapsQuery,
  type Preview,
  previewQuery,
} from "../../api/imports";
import { propertiesQuery } from "../../api/queries";
import { useTexts } from "../../i18n";
import { Button, Card, Chip, cx, Field, Refusal, ScrollX, Select, useRested, Warning } from "../../kit";
import { useHouse } from "../../lib/house";
import { word } from "../../lib/words";
import { zonesWith } from "../../lib/zones";
import {
  assign,
  type FileMap,
  fix,
  fixedOf,
  formatOf,
  freeOf,
  KINDS,
  kindOf,
  MEANINGS,
  type Meaning,
  meaningsOf,
  missingOf,
  withFormat,
} from "./map";

/** No meaning, no map that comes with Hefu, a property that a column says. */
const NONE = "-";
const COLUMN = "*";
const STATUSES = ["by_dates", "reserved", "in_house", "checked_out", "cancelled", "no_show"] as const;

/** How long somebody has to rest before what was chosen is sent, milliseconds. */
const REST = 400;

/**
 * The map of a file as it is being chosen: what is wanted is shown at once, sent when somebody rests, one request after the other, and what comes of
 * it replaces the preview.
 */
export function useMapping(file: ImportFile, preview: Preview) {
  const client = useQueryClient();
  const [wanted, setWanted] = useState<MapChoice>();
  const tried = useRef<MapChoice>(undefined);
  const keep = useMutation({
    mutationFn: (choice: MapChoice) => keepMap(file.id, choice, crypto.randomUUID()),
    onSuccess: (next, sent) => {
      client.setQueryData(previewQuery(file.id).queryKey, next);
      void client.invalidateQueries({ queryKey: fileQuery(file.id).queryKey });
      setWanted((now) => (now === sent ? undefined : now));
    },
  });
  const rested = useRested(wanted, REST);
  const { mutate, isPending } = keep;
  useEffect(() => {
    if (!rested || rested !== wanted || isPending || tried.current === rested) return;
    tried.current = rested;
    mutate(rested);
  }, [rested, wanted, isPending, mutate]);
  const map = (wanted?.map ?? preview.map ?? {}) as FileMap;
  return {
    map,
    /** Whether the preview is of another map than the one that is wanted. */
    isStale: wanted !== undefined || isPending,
    error: keep.error,
    change: (next: FileMap) => setWanted({ map: next as Record<string, unknown> }),
    choose: (choice: MapChoice) => setWanted(choice),
  };
}

type Mapping = ReturnType<typeof useMapping>;

function nameOf(t: ReturnType<typeof useTexts>, meaning: Meaning): string {
  return word(t, "import_field", meaning);
}

/** What the first rows made of a column: as it stood in the file, and what it was read as. */
function exampleOf(preview: Preview, column: string): { text: string; value: string } | undefined {
  for (const row of preview.rows) {
    for (const cell of row.cells) {
      const received = cell.received.find((one) => one.column === column);
      if (received && received.text !== "") return { text: received.text, value: cell.value ?? "" };
    }
  }
  return undefined;
}

/** What the file is as a whole: which map, which property, how dates and decimals are written. */
function Whole({ mapping, preview }: { mapping: Mapping; preview: Preview }) {
  const t = useTexts();
  const house = useHouse();
  const { map } = mapping;
  const { data: maps = [] } = useQuery(mapsQuery);
  const { data: properties = [] } = useQuery(propertiesQuery);
  const [builtin, setBuiltin] = useState(NONE);
  const [name, setName] = useState<string>();
  const property = fixedOf(map).find(([meaning]) => meaning === "property")?.[1];
  const byColumn = meaningsOf(map, preview.columns).some((all) => all.includes("property"));
  const known = properties.some((one) => one.code === property);
  const zone = typeof map.property?.time_zone === "string" ? map.property.time_zone : house.zone;
  const dates = formatOf(map, "dates") || "auto";
  const decimal = formatOf(map, "decimal");
  const isUncertain = (field: string) => preview.uncertain.some((one) => one.field === field);
  return (
    <div className="card-body fields">
      <Select
        label={t("imports.builtin")}
        choices={[
          { id: NONE, name: t("imports.guessed") },
          ...maps.map((one) => ({ id: one.name, name: one.name, note: one.description })),
        ]}
        value={maps.some((one) => one.name === builtin) ? builtin : NONE}
        onChange={(next) => {
          setBuiltin(next);
          setName(undefined);
          mapping.choose(
            next === NONE
              ? {}
              : {
                  builtin: next,
                  property: known && property ? property : house.code,
                  time_zone: house.zone,
                  currency: house.currency,
                },
          );
        }}
      />
      <Select
        label={t("imports.kind")}
        choices={KINDS.map((id) => ({ id, name: t(`imports.kinds.${id}`) }))}
        value={kindOf(map)}
        onChange={(kind) => mapping.change({ ...map, kind })}
      />
      <Select
        label={isUncertain("property") ? `${t("imports.property")} · ${t("imports.uncertain")}` : t("imports.property")}
        choices={[
          ...(byColumn ? [{ id: COLUMN, name: t("imports.by_column") }] : []),
          ...properties.map((one) => ({ id: one.code, name: house.named(one), note: one.code })),
          ...(property !== undefined && !known
            ? [{ id: property, name: property, note: t("imports.new_property") }]
            : []),
        ]}
        value={byColumn ? COLUMN : property}
        onChange={(next) => {
          if (next !== COLUMN) mapping.change(fix(map, "property", next));
        }}
        placeholder={t("imports.property")}
      />
      {!known && (
        <Select
          label={t("imports.time_zone")}
          choices={zonesWith(zone)}
          value={zone}
          onChange={(next) => mapping.change({ ...map, property: { ...map.property, time_zone: next } })}
        />
      )}
      <Select
        label={t("imports.dates")}
        choices={(["auto", "day_first", "month_first"] as const).map((id) => ({ id, name: t(`imports.date.${id}`) }))}
        value={dates}
        onChange={(next) => mapping.change(withFormat(map, "dates", next === "auto" ? "" : next))}
      />
      <Select
        label={t("imports.decimal")}
        choices={[
          { id: "auto", name: t("imports.decimals.auto") },
          { id: ".", name: t("imports.decimals.point") },
          { id: ",", name: t("imports.decimals.comma") },
        ]}
        value={decimal === "" ? "auto" : decimal}
        onChange={(next) => mapping.change(withFormat(map, "decimal", next === "auto" ? "" : next))}
      />
      <Field
        label={t("imports.source")}
        value={name ?? map.name ?? ""}
        onChange={(next) => {
          setName(next);
          if (next.trim() !== "") mapping.change({ ...map, name: next.trim() });
        }}
        maxLength={60}
        help={t("imports.source_help")}
      />
    </div>
  );
}

/** A column of the file, and what it is. */
function ColumnLine({ mapping, preview, at }: { mapping: Mapping; preview: Preview; at: number }) {
  const t = useTexts();
  const { map } = mapping;
  const column = preview.columns[at] ?? "";
  const meanings = meaningsOf(map, preview.columns)[at] ?? [];
  const [meaning] = meanings;
  const several = meanings.length > 1;
  const example = exampleOf(preview, column);
  const doubt = preview.uncertain.find((one) => meanings.includes(one.field));
  const names = meanings.map((one) => nameOf(t, one)).join(t("word.comma"));
  const choices = [
    { id: NONE, name: t("imports.skip") },
    ...(several ? [{ id: COLUMN, name: t("imports.several", { names }) }] : []),
    ...MEANINGS[kindOf(map)].map((id) => ({ id, name: nameOf(t, id) })),
    // A meaning of another kind of file, as a text may say it.
    ...(meaning !== undefined && !several && !MEANINGS[kindOf(map)].includes(meaning)
      ? [{ id: meaning, name: nameOf(t, meaning) }]
      : []),
  ];
  return (
    <li className="map-line" data-doubt={doubt !== undefined || undefined}>
      <span className="map-column">
        <b>{column || t("imports.empty_cell")}</b>
        {example && <span className="meta clip">{example.text}</span>}
      </span>
      <Select
        label={`${column || at + 1} ${t("imports.is")}`}
        quiet
        choices={choices}
        value={several ? COLUMN : (meaning ?? NONE)}
        onChange={(next) => {
          if (next !== COLUMN) mapping.change(assign(map, preview.columns, at, next === NONE ? undefined : next));
        }}
      />
      <span className="map-example">
        {meaning === undefined ? (
          <span className="three">{t("imports.skip")}</span>
        ) : (
          <span className={cx("num", mapping.isStale && "three")}>{example?.value || "–"}</span>
        )}
        {doubt && (
          <span className="meta amber">
            {word(t, "import_doubt", doubt.field) === doubt.field ? doubt.why : word(t, "import_doubt", doubt.field)}
          </span>
        )}
      </span>
    </li>
  );
}

/** What is the same in every row: one value for a meaning that no column has. */
function Fixed({ mapping, preview }: { mapping: Mapping; preview: Preview }) {
  const t = useTexts();
  const { map } = mapping;
  const [adding, setAdding] = useState<Meaning>();
  const [typed, setTyped] = useState<Record<Meaning, string>>({});
  const fixed = fixedOf(map).filter(([meaning]) => meaning !== "property");
  const all = adding && !fixed.some(([meaning]) => meaning === adding) ? [...fixed, [adding, ""] as const] : fixed;
  const free = freeOf(map, preview.columns).filter((meaning) => meaning !== "property" && meaning !== adding);
  const set = (meaning: Meaning, value: string) => {
    setTyped({ ...typed, [meaning]: value });
    if (value.trim() !== "") mapping.change(fix(map, meaning, value.trim()));
  };
  const remove = (meaning: Meaning) => {
    setTyped(Object.fromEntries(Object.entries(typed).filter(([name]) => name !== meaning)));
    if (meaning === adding) setAdding(undefined);
    if (fixed.some(([name]) => name === meaning)) mapping.change(fix(map, meaning, undefined));
  };
  return (
    <div className="card-body map-fixed">
      <div>
        <h3 className="part">{t("imports.fixed")}</h3>
        <p className="meta">{t("imports.fixed_note")}</p>
      </div>
      {all.map(([meaning, value]) => {
        const doubt = preview.uncertain.find((one) => one.field === meaning);
        return (
          <div className="map-value" key={meaning}>
            {meaning === "status" ? (
              <Select
                label={nameOf(t, meaning)}
                choices={STATUSES.map((id) => ({ id, name: t(`imports.status.${id}`) }))}
                value={STATUSES.find((id) => id === value)}
                onChange={(next) => set(meaning, next)}
              />
            ) : (
              <Field
                label={nameOf(t, meaning)}
                value={typed[meaning] ?? value}
                onChange={(next) => set(meaning, next)}
                maxLength={100}
                autoFocus={meaning === adding}
                help={
                  doubt ? (
                    <span className="amber">
                      {word(t, "import_doubt", doubt.field) === doubt.field
                        ? t("imports.uncertain")
                        : word(t, "import_doubt", doubt.field)}
                    </span>
                  ) : undefined
                }
              />
            )}
            <Button
              look="bare"
              aria-label={t("imports.drop_fixed", { name: nameOf(t, meaning) })}
              onPress={() => remove(meaning)}
            >
              <X size={16} aria-hidden="true" />
            </Button>
          </div>
        );
      })}
      <Select
        label={t("imports.add_fixed")}
        choices={free.map((id) => ({ id, name: nameOf(t, id) }))}
        value={undefined}
        onChange={setAdding}
        placeholder={t("imports.add_fixed")}
      />
    </div>
  );
}

/** The map as a text, for those who know its language. */
function Advanced({ mapping, preview }: { mapping: Mapping; preview: Preview }) {
  const t = useTexts();
  const [text, setText] = useState<string>();
  return (
    <details className="card-more">
      <summary>{t("imports.advanced")}</summary>
      <div className="map-text">
        <p className="meta">{t("imports.advanced_note")}</p>
        <Field label={t("imports.text")} value={text ?? preview.text} onChange={setText} long />
        <div>
          <Button
            isDisabled={text === undefined || text === preview.text}
            onPress={() => {
              if (text !== undefined) mapping.choose({ lines: text.split("\n") });
              setText(undefined);
            }}
          >
            {t("imports.use_text")}
          </Button>
        </div>
      </div>
    </details>
  );
}

/** The first rows as they would be imported. */
function Rows({ mapping, preview }: { mapping: Mapping; preview: Preview }) {
  const t = useTexts();
  const house = useHouse();
  if (preview.rows.length === 0) return null;
  const rows = house.f.count(preview.rows_seen);
  return (
    <Card
      title={t("imports.preview")}
      note={t("imports.preview_note", { count: preview.rows.length })}
      tools={<span className="two num">{t(preview.is_whole ? "imports.seen" : "imports.seen_part", { rows })}</span>}
      className={mapping.isStale ? "stale" : undefined}
    >
      <ScrollX>
        <table className="table map-rows">
          <thead>
            <tr>
              <th scope="col" className="end">
                {t("groups.row")}
              </th>
              {preview.fields.map((field) => (
                <th scope="col" key={field}>
                  {nameOf(t, field)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {preview.rows.map((row) => (
              <tr key={row.row}>
                <td className="end num two">{row.row}</td>
                {row.problem ? (
                  <td colSpan={Math.max(1, preview.fields.length)}>
                    <Chip tone="act">{t("imports.would_not")}</Chip> <b>{nameOf(t, row.problem.field)}</b>{" "}
                    <span className="two">{row.problem.detail}</span>
                  </td>
                ) : (
                  preview.fields.map((field) => {
                    const cell = row.cells.find((one) => one.field === field);
                    const text = cell?.received.map((one) => one.text).join(" ");
                    return (
                      <td key={field} className="num">
                        {cell?.value}
                        {text !== undefined && text !== "" && text !== cell?.value && (
                          <span className="meta block">{text}</span>
                        )}
                      </td>
                    );
                  })
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
    </Card>
  );
}

/** What each column of a file is, what is not certain, and what comes of it. */
export function MapEditor({ mapping, preview }: { mapping: Mapping; preview: Preview }) {
  const t = useTexts();
  const { map } = mapping;
  const missing = missingOf(map, preview.columns);
  const skipped = meaningsOf(map, preview.columns).filter((all) => all.length === 0).length;
  // What is not certain and belongs to no column of the list below.
  const mapped = new Set(meaningsOf(map, preview.columns).flat());
  const elsewhere = preview.uncertain.filter((one) => !mapped.has(one.field));
  return (
    <>
      <Card
        title={t("imports.map")}
        note={t(preview.kept && !mapping.isStale ? "imports.map_kept" : "imports.map_note")}
        tools={skipped > 0 && <span className="two">{t("imports.skipped", { count: skipped })}</span>}
      >
        {(preview.problem || mapping.error || missing.length > 0 || elsewhere.length > 0) && (
          <div className="card-body map-trouble">
            <Refusal error={mapping.error} />
            {preview.problem && (
              <Warning>
                <b>{t("imports.trouble")}</b>
                <p>{preview.problem.message}</p>
                {preview.problem.detail && (
                  <details>
                    <summary>{t("imports.detail")}</summary>
                    <p className="two" lang="en">
                      {preview.problem.detail}
                    </p>
                  </details>
                )}
              </Warning>
            )}
            {missing.length > 0 && (
              <Warning>
                {t("imports.missing", {
                  names: missing
                    .map((group) => group.map((one) => nameOf(t, one)).join(t("imports.or")))
                    .join(t("word.comma")),
                })}
              </Warning>
            )}
            {elsewhere.length > 0 && (
              <Warning>
                <b>{t("imports.doubts")}</b>
                <ul>
                  {elsewhere.map((one) => (
                    <li key={`${one.field}-${one.why}`}>
                      {nameOf(t, one.field)}
                      {": "}
                      {word(t, "import_doubt", one.field) === one.field ? one.why : word(t, "import_doubt", one.field)}
                    </li>
                  ))}
                </ul>
              </Warning>
            )}
          </div>
        )}
        <Whole mapping={mapping} preview={preview} />
        <div className="map-head map-line" aria-hidden="true">
          <span>{t("imports.column")}</span>
          <span>{t("imports.is")}</span>
          <span>{t("imports.example")}</span>
        </div>
        <ul className="map-lines">
          {preview.columns.map((column, at) => (
            <ColumnLine key={`${at}-${column}`} mapping={mapping} preview={preview} at={at} />
          ))}
        </ul>
        <Fixed mapping={mapping} preview={preview} />
        <Advanced mapping={mapping} preview={preview} />
      </Card>
      <Rows mapping={mapping} preview={preview} />
    </>
  );
}

/** Whether an import may begin with what the preview shows. */
export function isReady(mapping: Mapping, preview: Preview): boolean {
  return (
    !mapping.isStale &&
    mapping.error === null &&
    !preview.problem &&
    missingOf(mapping.map, preview.columns).length === 0
  );
}
