import { useState } from "react";
import { base64Of, settle } from "../../api/settle";
import { useTexts } from "../../i18n";
import { Button, Field, Select, TallyMark } from "../../kit";
import { DayField } from "../../kit/date";
import { FileDrop } from "../../kit/drop";
import { FormDialog } from "../../kit/form";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";

const MAPS = ["alipay", "wechat", "own"] as const;
type Map = (typeof MAPS)[number];
const COUNTS = ["missing", "unknown", "differs", "doubled", "unclear"] as const;
/** The map that goes with a way to pay. */
const MAP_OF: Record<string, Map> = { ALIPAY: "alipay", WECHAT: "wechat" };

type Result = Awaited<ReturnType<typeof settle>>;

/** What came of a file: how many lines agree, and what does not. */
function Outcome({ result }: { result: Result }) {
  const t = useTexts();
  const house = useHouse();
  const { f } = house;
  const wrong = COUNTS.filter((key) => result.counts[key] > 0);
  return (
    <>
      <p>
        {t("settle.done", {
          from: f.day(result.from),
          to: f.day(result.to),
          lines: f.count(result.lines),
        })}
      </p>
      <dl className="facts">
        <dt>{t("settle.settled")}</dt>
        <dd className="num">
          <b>{f.count(result.settled)}</b>
        </dd>
        {wrong.map((key) => (
          <div className="contents" key={key}>
            <dt>{t(`settle.counts.${key}`)}</dt>
            <dd className="num amber">
              <b>{f.count(result.counts[key])}</b>
            </dd>
          </div>
        ))}
        {result.left_out > 0 && (
          <>
            <dt>{t("settle.left_out")}</dt>
            <dd className="num">{f.count(result.left_out)}</dd>
          </>
        )}
        <dt>{t("settle.fees", { currency: result.currency })}</dt>
        <dd className="num">{f.money(result.fees, result.currency)}</dd>
      </dl>
      {wrong.length === 0 && (
        <p className="settle-agrees">
          <TallyMark seam="closed" /> {t("settle.agrees")}
        </p>
      )}
    </>
  );
}

/** Compares a payment channel's settlement file with what was paid here. */
export function SettleDialog({ onClose }: { onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const [code, setCode] = useState(house.methods.find((one) => one.id in MAP_OF)?.id ?? house.methods[0]?.id);
  const [map, setMap] = useState<Map>(MAP_OF[code ?? ""] ?? "own");
  const [text, setText] = useState("");
  const [file, setFile] = useState<File>();
  const [until, setUntil] = useState("");
  const form = useSend(async (sent: { code: string; file: File }, key: string) =>
    settle(
      house.code,
      {
        code: sent.code,
        map: map === "own" ? text : map,
        file: await base64Of(sent.file),
        until: until === "" ? null : until,
      },
      key,
    ),
  );
  if (form.done) {
    return (
      <FormDialog
        title={t("settle.title")}
        onClose={onClose}
        form={form}
        action={t(form.done.findings.length > 0 ? "settle.look" : "do.close")}
        onSend={onClose}
      >
        <Outcome result={form.done} />
      </FormDialog>
    );
  }
  return (
    <FormDialog
      title={t("settle.title")}
      note={t("settle.note")}
      onClose={onClose}
      wide
      form={form}
      action={t("settle.do")}
      onSend={() => code && file && form.send({ code, file })}
      isDisabled={!code || !file || (map === "own" && text.trim() === "")}
    >
      <div className="fields">
        <Select
          label={t("settle.code")}
          choices={house.methods}
          value={code}
          onChange={(next) => {
            setCode(next);
            setMap(MAP_OF[next] ?? "own");
          }}
          error={form.at("/code")}
        />
        <Select
          label={t("settle.map")}
          choices={MAPS.map((id) => ({ id, name: t(`settle.maps.${id}`) }))}
          value={map}
          onChange={(next) => setMap(MAPS.find((one) => one === next) ?? "own")}
          error={map === "own" ? undefined : form.at("/map")}
        />
        <DayField label={t("settle.until")} value={until} onChange={setUntil} error={form.at("/until")} />
      </div>
      {map === "own" && (
        <Field
          label={t("settle.text")}
          value={text}
          onChange={setText}
          long
          help={t("settle.text_note")}
          error={form.at("/map")}
        />
      )}
      {file ? (
        <div className="settle-file">
          <b className="grow">{t("settle.chosen", { name: file.name, size: Math.ceil(file.size / 1000) })}</b>
          <Button size="row" onPress={() => setFile(undefined)}>
            {t("settle.other")}
          </Button>
        </div>
      ) : (
        <FileDrop
          title={t("settle.file")}
          note={t("settle.file_note")}
          choose={t("settle.choose")}
          endings={[".csv", ".txt"]}
          onFile={setFile}
        />
      )}
      {form.at("/file") && (
        <p className="field-error" role="alert">
          {form.at("/file")}
        </p>
      )}
    </FormDialog>
  );
}
