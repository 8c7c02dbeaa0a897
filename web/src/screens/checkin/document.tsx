import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, Plus, X } from "lucide-react";
import { useState } from "react";
import { api, data, type Schema, tagged } from "../../api/client";
import { useTexts } from "../../i18n";
import { Button, Field, Refusal, Select, Warning } from "../../kit";
import { say } from "../../kit/notices";
import { useHouse } from "../../lib/house";
import { word } from "../../lib/words";
import type { VisitView } from "../record/tally";
import { elderOn } from "./age";
import type { Scanned } from "./mrz";
import { type Confirmed, ScanCheck, ScanField, saidOf, useDocuments } from "./scan";

/** A further guest as typed: kept on the screen only. */
export interface Companion {
  name: string;
  type: string;
  number: string;
  /** As it was scanned; a name or a number that is typed anew is another document. */
  confirmed?: Confirmed | undefined;
}

/** A further guest as the server is told. */
export function profileOf({ name, type, number, confirmed }: Companion): Schema<"GuestInput"> {
  const { document, ...said } = confirmed
    ? saidOf(confirmed)
    : { document: { type, number: number.trim(), verified: true } };
  return { full_name: name.trim(), documents: number.trim() === "" ? [] : [document], ...said };
}

/** What a profile says; what it does not say is left out. */
function known(profile: Schema<"ProfileView">) {
  return Object.fromEntries(Object.entries(profile).filter(([, value]) => value != null)) as typeof profile;
}

/** Changes a guest's profile. It is revealed for it, which the journal says. */
function useProfile(guest: Schema<"GuestView">, reason: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (change: (profile: Schema<"ProfileView">) => Schema<"GuestInput">) => {
      const revealed = await data(
        api.POST("/api/v1/guests/{id}/reveal", {
          params: { path: { id: guest.id }, header: { "Idempotency-Key": crypto.randomUUID() } },
          body: { reason },
        }),
      );
      const { etag } = await tagged(api.GET("/api/v1/guests/{id}", { params: { path: { id: guest.id } } }));
      return data(
        api.PUT("/api/v1/guests/{id}", {
          params: { path: { id: guest.id }, header: { "If-Match": etag ?? null } },
          body: change(revealed.profile),
        }),
      );
    },
    onSuccess: () => void client.invalidateQueries(),
  });
}

/** The document a guest shows, put into the profile. What is known already stays: the document fills in what is not. */
const withDocument =
  ({ type, number, confirmed }: { type: string; number: string; confirmed?: Confirmed }) =>
  (profile: Schema<"ProfileView">): Schema<"GuestInput"> => {
    const kept = (profile.documents ?? []).filter((one) => one.number.toUpperCase() !== number.toUpperCase());
    const { document, ...said } = confirmed ? saidOf(confirmed) : { document: { type, number, verified: true } };
    return { ...said, ...known(profile), documents: [...kept, document] };
  };

/** Somebody to call, asked of who is old, alone or walks with difficulty. */
function Contact({ view }: { view: VisitView }) {
  const t = useTexts();
  const [text, setText] = useState("");
  const profile = useProfile(view.guest, t("care.contact"));
  return (
    <div className="fields">
      <Field label={t("care.contact")} value={text} onChange={setText} help={t("care.contact_help")} maxLength={200} />
      <div className="field-button">
        <Button
          busy={profile.isPending}
          isDisabled={text.trim() === ""}
          onPress={() =>
            profile.mutate((all) => ({ ...known(all), emergency_contact: text.trim() }), {
              onSuccess: () => {
                say(t("care.contact_saved"));
                setText("");
              },
            })
          }
        >
          {t("care.contact_save")}
        </Button>
      </div>
      <Refusal error={profile.error} />
    </div>
  );
}

/** Whose document it is: read by a scanner or typed, compared by a person, and registered. */
export function DocumentStep({
  view,
  matched,
  onMatched,
  companions,
  onCompanions,
  places,
}: {
  view: VisitView;
  matched: boolean;
  onMatched: (is: boolean) => void;
  companions: Companion[];
  onCompanions: (all: Companion[]) => void;
  places: number;
}) {
  const t = useTexts();
  const known = view.guest.profile.documents?.[0];
  const [typing, setTyping] = useState(known === undefined);
  const [type, setType] = useState<string>(known?.type ?? "resident_id");
  const [number, setNumber] = useState("");
  const house = useHouse();
  const register = useProfile(view.guest, t("checkin.reason"));
  const [lost, setLost] = useState(false);
  const [asking, setAsking] = useState(false);
  const [elder, setElder] = useState<number>();
  const types = useDocuments();
  const [scan, setScan] = useState<Scanned>();
  const change = (at: number, next: Partial<Companion>) =>
    onCompanions(companions.map((one, index) => (index === at ? { ...one, ...next, confirmed: undefined } : one)));
  const registered = () => {
    setNumber("");
    setTyping(false);
    setLost(false);
    setElder(elderOn(scan?.birth, house.today));
    setScan(undefined);
    onMatched(true);
  };
  return (
    <section className="card step-card" aria-label={t("checkin.document")}>
      <div className="step-head">
        <span className="step-no" data-done={matched || undefined} data-now={!matched || undefined}>
          {matched ? <Check size={14} aria-hidden="true" /> : "1"}
        </span>
        <h2>{t("checkin.document")}</h2>
        <b>{view.guest.profile.full_name}</b>
        {known && (
          <span className="two num">
            {word(t, "document", known.type)} {known.number}
          </span>
        )}
        <span className="tools-end chips">
          {!typing && (
            <Button look="link" onPress={() => setTyping(true)}>
              {t("checkin.other_document")}
            </Button>
          )}
          <Button
            look="link"
            aria-pressed={lost}
            onPress={() => {
              setLost(!lost);
              setTyping(true);
              setType(lost ? "resident_id" : "other");
            }}
          >
            {t(lost ? "care.lost_back" : "care.lost")}
          </Button>
          <Button look="link" aria-pressed={asking} onPress={() => setAsking(!asking)}>
            {t("care.contact")}
          </Button>
        </span>
      </div>
      <div className="step-body">
        {scan ? (
          <ScanCheck
            key={`${scan.number} ${scan.birth}`}
            scan={scan}
            booked={view.guest.profile.full_name ?? ""}
            isBusy={register.isPending}
            onRegister={(confirmed) =>
              register.mutate(withDocument({ type: confirmed.type, number: confirmed.number, confirmed }), {
                onSuccess: registered,
              })
            }
            onCompanion={
              companions.length < places - 1
                ? (confirmed) => {
                    const { scan: read, type: kind, number: as } = confirmed;
                    onCompanions([...companions, { name: read.fullName, type: kind, number: as, confirmed }]);
                    setScan(undefined);
                  }
                : undefined
            }
            onLeave={() => setScan(undefined)}
          />
        ) : (
          <div className="scan-field">
            <ScanField onScan={setScan} />
          </div>
        )}
        {elder !== undefined && <Warning>{t("care.elder", { age: elder })}</Warning>}
        {(asking || elder !== undefined) && <Contact view={view} />}
        {lost && !scan && (
          <Warning>
            <b>{t("care.lost_title")}</b>
            <p>{t("care.lost_steps")}</p>
          </Warning>
        )}
        {typing && !scan && (
          <div className="fields">
            <Select label={t("checkin.type")} choices={types} value={type} onChange={setType} />
            <Field
              label={t(lost ? "care.lost_number" : "checkin.number")}
              value={number}
              onChange={setNumber}
              help={t("checkin.number_help")}
            />
            <div className="field-button">
              <Button
                busy={register.isPending}
                isDisabled={number.trim() === ""}
                onPress={() =>
                  register.mutate(withDocument({ type, number: number.trim() }), { onSuccess: registered })
                }
              >
                {t("checkin.register")}
              </Button>
            </div>
          </div>
        )}
        <Refusal error={register.error} />
        {places > 1 && (
          <div className="people-list">
            {companions.map((one, at) => (
              <div className="fields" key={at}>
                <Field
                  label={t("checkin.companion", { n: at + 2 })}
                  value={one.name}
                  onChange={(name) => change(at, { name })}
                />
                <Select
                  label={t("checkin.type")}
                  choices={types}
                  value={one.type}
                  onChange={(next) => change(at, { type: next })}
                />
                <Field
                  label={t("checkin.number")}
                  value={one.number}
                  onChange={(next) => change(at, { number: next })}
                />
                <div className="field-button">
                  <Button
                    look="bare"
                    aria-label={t("checkin.drop", { n: at + 2 })}
                    onPress={() => onCompanions(companions.filter((_, index) => index !== at))}
                  >
                    <X size={16} aria-hidden="true" />
                  </Button>
                </div>
              </div>
            ))}
            {companions.length < places - 1 && (
              <div>
                <Button
                  size="row"
                  onPress={() => onCompanions([...companions, { name: "", type: "resident_id", number: "" }])}
                >
                  <Plus size={14} aria-hidden="true" />
                  {t("checkin.add_companion")}
                </Button>
              </div>
            )}
          </div>
        )}
      </div>
    </section>
  );
}
