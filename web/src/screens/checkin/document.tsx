import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, Plus, X } from "lucide-react";
import { useState } from "react";
import { api, data, type Schema, tagged } from "../../api/client";
import { useTexts } from "../../i18n";
import { Button, Field, Refusal, Select } from "../../kit";
import { word } from "../../lib/words";
import type { VisitView } from "../record/tally";
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

/** Puts the document a guest shows into the guest's profile. The profile is revealed for it, which the journal says. */
function useRegister(guest: Schema<"GuestView">, reason: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ type, number, confirmed }: { type: string; number: string; confirmed?: Confirmed }) => {
      const revealed = await data(
        api.POST("/api/v1/guests/{id}/reveal", {
          params: { path: { id: guest.id }, header: { "Idempotency-Key": crypto.randomUUID() } },
          body: { reason },
        }),
      );
      const { etag } = await tagged(api.GET("/api/v1/guests/{id}", { params: { path: { id: guest.id } } }));
      const kept = (revealed.profile.documents ?? []).filter(
        (one) => one.number.toUpperCase() !== number.toUpperCase(),
      );
      const { document, ...said } = confirmed ? saidOf(confirmed) : { document: { type, number, verified: true } };
      return data(
        api.PUT("/api/v1/guests/{id}", {
          params: { path: { id: guest.id }, header: { "If-Match": etag ?? null } },
          body: {
            // What is known already stays: the document fills in what is not.
            ...said,
            ...known(revealed.profile),
            documents: [...kept, document],
          },
        }),
      );
    },
    onSuccess: () => void client.invalidateQueries(),
  });
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
  const register = useRegister(view.guest, t("checkin.reason"));
  const types = useDocuments();
  const [scan, setScan] = useState<Scanned>();
  const change = (at: number, next: Partial<Companion>) =>
    onCompanions(companions.map((one, index) => (index === at ? { ...one, ...next, confirmed: undefined } : one)));
  const registered = () => {
    setNumber("");
    setTyping(false);
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
        {!typing && (
          <span className="tools-end">
            <Button look="link" onPress={() => setTyping(true)}>
              {t("checkin.other_document")}
            </Button>
          </span>
        )}
      </div>
      <div className="step-body">
        {scan ? (
          <ScanCheck
            key={`${scan.number} ${scan.birth}`}
            scan={scan}
            booked={view.guest.profile.full_name ?? ""}
            isBusy={register.isPending}
            onRegister={(confirmed) =>
              register.mutate({ type: confirmed.type, number: confirmed.number, confirmed }, { onSuccess: registered })
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
        {typing && !scan && (
          <div className="fields">
            <Select label={t("checkin.type")} choices={types} value={type} onChange={setType} />
            <Field label={t("checkin.number")} value={number} onChange={setNumber} help={t("checkin.number_help")} />
            <div className="field-button">
              <Button
                busy={register.isPending}
                isDisabled={number.trim() === ""}
                onPress={() => register.mutate({ type, number: number.trim() }, { onSuccess: registered })}
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
