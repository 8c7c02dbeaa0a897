import { Camera, TriangleAlert } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { FileTrigger } from "react-aria-components";
import { useTexts } from "../../i18n";
import { Button, Chip, Field, Select, Tick, useRested, Warning } from "../../kit";
import { useHouse } from "../../lib/house";
import { useWedge } from "../../lib/wedge";
import { DOCUMENTS, word } from "../../lib/words";
import { readMrz, type Scanned } from "./mrz";
import { sameName } from "./names";
import { readResident } from "./resident";
import "./scan.css";

/** The kinds of documents, to choose from. */
export function useDocuments() {
  const t = useTexts();
  return DOCUMENTS.map((id) => ({ id, name: word(t, "document", id) }));
}

/** How long nothing comes before what was typed is read, milliseconds; and from how many characters on it is worth it. */
const REST = 350;
const LEAST = 12;

/** What was read, as somebody found it right: the kind and the number may have been corrected. */
export interface Confirmed {
  scan: Scanned;
  type: string;
  number: string;
}

/** Reads a document in a picture, which a phone takes with its camera; the picture is gone when it was read. What reads it is loaded when it is wanted. */
function PhotoButton({ onScan }: { onScan: (scan: Scanned) => void }) {
  const t = useTexts();
  const house = useHouse();
  const [state, setState] = useState<"idle" | "reading" | "unread">("idle");
  const read = async (file: File) => {
    setState("reading");
    const { readPhoto } = await import("./photo");
    const found = await readPhoto(file, house.today);
    setState(found ? "idle" : "unread");
    if (found) onScan(found);
  };
  return (
    <div className="scan-photo">
      <FileTrigger
        acceptedFileTypes={["image/jpeg", "image/png", "image/webp"]}
        defaultCamera="environment"
        onSelect={(files) => {
          const file = files?.[0];
          if (file) read(file).catch(() => setState("unread"));
        }}
      >
        <Button busy={state === "reading"}>
          <Camera size={16} aria-hidden="true" />
          {t("photo.choose")}
        </Button>
      </FileTrigger>
      <p className="meta" role="status">
        {state === "unread" ? <span className="red">{t("photo.unread")}</span> : null}
        {state === "reading" ? t("photo.reading") : null}
        {state === "idle" ? t("photo.note") : null}
      </p>
    </div>
  );
}

/** Where a scanner types to, when nobody is anywhere else. What it typed is gone as soon as it was read. */
export function ScanField({ onScan }: { onScan: (scan: Scanned) => void }) {
  const t = useTexts();
  const house = useHouse();
  const [text, setText] = useState("");
  const [isUnread, setUnread] = useState(false);
  const take = (typed: string) => {
    const found = readMrz(typed, house.today) ?? readResident(typed, house.today);
    setUnread(!found);
    if (!found) return;
    setText("");
    onScan(found);
  };
  useWedge(take);
  // Typed into the field it is read when nothing more comes: the last line may be half of one until then.
  const rested = useRested(text, REST);
  const read = useRef(take);
  read.current = take;
  useEffect(() => {
    if (rested.trim().length >= LEAST) read.current(rested);
  }, [rested]);
  return (
    <>
      <Field
        label={t("scan.label")}
        value={text}
        onChange={(typed) => {
          setUnread(false);
          setText(typed);
        }}
        long
        help={t("scan.help")}
        error={isUnread ? t("scan.unread") : undefined}
      />
      <PhotoButton onScan={onScan} />
    </>
  );
}

/** What was read of a document: a person compares it with the one in their hand, and says whose it is. */
export function ScanCheck({
  scan,
  booked,
  isBusy,
  onRegister,
  onCompanion,
  onLeave,
}: {
  scan: Scanned;
  /** The name of the booking. */
  booked: string;
  isBusy: boolean;
  onRegister: (confirmed: Confirmed) => void;
  /** None where the room takes nobody more. */
  onCompanion: ((confirmed: Confirmed) => void) | undefined;
  onLeave: () => void;
}) {
  const t = useTexts();
  const house = useHouse();
  const types = useDocuments();
  const [type, setType] = useState(scan.type);
  const [number, setNumber] = useState(scan.number);
  const [compared, setCompared] = useState(false);
  const isOff = (part: string) => scan.wrong.some((one) => one.part === part);
  const wrong = scan.wrong.find((one) => one.part === "number") ?? scan.wrong.find((one) => one.part === "whole");
  const others = scan.wrong.filter((one) => one !== wrong);
  const isOpen = wrong !== undefined && number === scan.number && !compared;
  const same = sameName(booked, scan.fullName, scan.isCut);
  const isExpired = scan.expires !== undefined && !isOff("expires") && scan.expires < house.today;
  const said = (one: Scanned["wrong"][number]) =>
    t("scan.wrong", { part: t(`scan.parts.${one.part}`), wanted: one.wanted, read: one.read });
  const confirmed = (): Confirmed => ({ scan, type, number: number.trim().toUpperCase() });
  const isDisabled = isOpen || number.trim() === "";
  return (
    <section className="scan" aria-label={t("scan.title")}>
      <div>
        <h3 className="part">{t("scan.title")}</h3>
        <p className="meta">{t("scan.note")}</p>
      </div>
      <div className="fields">
        <Select label={t("checkin.type")} choices={types} value={type} onChange={setType} />
        <Field
          label={t("checkin.number")}
          value={number}
          onChange={setNumber}
          error={isOpen && wrong ? said(wrong) : undefined}
          help={
            wrong && wrong.maybe.length > 0
              ? t("scan.maybe", { numbers: wrong.maybe.join(t("word.comma")) })
              : undefined
          }
        />
      </div>
      {wrong && number === scan.number && (
        <Tick ticked={compared} onChange={setCompared}>
          {t("scan.compared")}
        </Tick>
      )}
      <dl className="facts">
        <dt>{t("scan.name")}</dt>
        <dd>
          <b>{scan.fullName || "–"}</b>{" "}
          {same === true ? (
            <Chip tone="done">{t("scan.same_name")}</Chip>
          ) : (
            <span className="amber">
              {t(same === false ? "scan.other_name" : "scan.unlike", { name: booked })}
              {scan.isCut && t("word.clause") + t("scan.cut")}
            </span>
          )}
        </dd>
        {scan.birth && (
          <>
            <dt>{t("scan.birth")}</dt>
            <dd className="num">{scan.birth}</dd>
          </>
        )}
        {scan.sex && (
          <>
            <dt>{t("scan.sex")}</dt>
            <dd>{t(`scan.sexes.${scan.sex}`)}</dd>
          </>
        )}
        {scan.nationality && (
          <>
            <dt>{t("scan.nationality")}</dt>
            <dd>{scan.nationality}</dd>
          </>
        )}
        {scan.expires && (
          <>
            <dt>{t("scan.expires")}</dt>
            <dd className="num">{scan.expires}</dd>
          </>
        )}
      </dl>
      {scan.repaired.length > 0 && (
        <p className="scan-note amber">
          <TriangleAlert size={16} aria-hidden="true" />
          {t("scan.repaired", {
            parts: scan.repaired.map((part) => t(`scan.parts.${part}`)).join(t("word.comma")),
          })}
        </p>
      )}
      {(isExpired || others.length > 0) && (
        <Warning>
          {isExpired && <p>{t("scan.expired", { date: scan.expires ?? "" })}</p>}
          {others.map((one) => (
            <p key={one.part}>{said(one)}</p>
          ))}
        </Warning>
      )}
      <div className="dialog-foot">
        <Button busy={isBusy} isDisabled={isDisabled} onPress={() => onRegister(confirmed())}>
          {t("scan.register")}
        </Button>
        {onCompanion && (
          <Button isDisabled={isDisabled} onPress={() => onCompanion(confirmed())}>
            {t("scan.companion")}
          </Button>
        )}
        <Button look="link" onPress={onLeave}>
          {t("scan.leave")}
        </Button>
      </div>
    </section>
  );
}

/** What a document says of its bearer, for a profile; nothing of which a check digit says otherwise. */
export function saidOf({ scan, type, number }: Confirmed) {
  const isOff = (part: string) => scan.wrong.some((one) => one.part === part);
  return {
    document: {
      type,
      number,
      verified: true,
      ...(scan.country && scan.country.length === 3 ? { country: scan.country } : {}),
      ...(scan.expires && !isOff("expires") ? { expires: scan.expires } : {}),
    },
    ...(scan.nationality && scan.nationality.length === 3 ? { nationality: scan.nationality } : {}),
    ...(scan.birth && !isOff("birth") ? { birth: scan.birth } : {}),
    ...(scan.sex ? { sex: scan.sex } : {}),
  };
}
