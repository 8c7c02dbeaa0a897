import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import type { Schema } from "../../../api/client";
import { matchQuery } from "../../../api/queries";
import { useLanguage, useTexts } from "../../../i18n";
import { Field, Radios, useRested } from "../../../kit";
import { word } from "../../../lib/words";
import "../dialogs.css";

/** Somebody else than those who are known here; among those whom a name may mean, a new guest. */
const OTHER = "other";

interface Known {
  id: string;
  name: string;
}

/** Who is meant: one of those that stand here, or somebody by name, who is looked for before a guest is made. */
export function useGuestChoice(
  form: { at: (...pointers: string[]) => string | undefined },
  isMissed: boolean,
  known: readonly Known[] = [],
): { guest: Schema<"GuestRef"> | undefined; name: string; fields: ReactNode } {
  const t = useTexts();
  const language = useLanguage();
  const [chosen, setChosen] = useState(known[0]?.id ?? OTHER);
  const [name, setName] = useState("");
  const [phone, setPhone] = useState("");
  const [match, setMatch] = useState(OTHER);
  const typed = useRested(JSON.stringify([name.trim(), phone.trim()]), 250);
  const asked = useMemo<Schema<"GuestInput"> | undefined>(() => {
    const [full, tel] = JSON.parse(typed) as [string, string];
    if (full === "" || (full.length < 2 && tel === "")) return undefined;
    return { full_name: full, phones: tel === "" ? [] : [tel] };
  }, [typed]);
  const isOther = chosen === OTHER || !known.some((one) => one.id === chosen);
  const { data: matches } = useQuery(matchQuery(isOther ? asked : undefined));
  const likely = asked ? (matches ?? []).filter((one) => one.likeness.verdict !== "apart").slice(0, 4) : [];
  const matched = likely.find((one) => one.guest.id === match)?.guest;
  const said = name.trim();
  const guest: Schema<"GuestRef"> | undefined = !isOther
    ? { id: chosen }
    : matched
      ? { id: matched.id }
      : said === ""
        ? undefined
        : { profile: { full_name: said, phones: phone.trim() === "" ? [] : [phone.trim()] } };
  const refused = form.at("/guest", "/guest/profile", "/guest/profile/full_name");
  const fields = (
    <>
      {known.length > 0 && (
        <Radios
          label={t("party.choose")}
          className="room-choices"
          optionClass="room-choice"
          value={isOther ? OTHER : chosen}
          onChange={setChosen}
          options={[
            ...known.map((one) => ({ id: one.id, text: <span>{one.name}</span> })),
            { id: OTHER, text: <span>{t("party.other")}</span> },
          ]}
        />
      )}
      {isOther ? (
        <>
          <div className="fields">
            <Field
              label={t("book.name")}
              value={name}
              onChange={setName}
              maxLength={200}
              error={refused ?? (isMissed && said === "" ? t("party.who_needed") : undefined)}
            />
            <Field
              label={t("word.phone")}
              value={phone}
              onChange={setPhone}
              type="tel"
              error={form.at("/guest/profile/phones/0")}
            />
          </div>
          {likely.length > 0 && (
            <div>
              <p className="meta">
                {t("book.known")} · {t("book.known_note")}
              </p>
              <Radios
                label={t("book.known")}
                className="room-choices"
                optionClass="room-choice"
                value={matched ? match : OTHER}
                onChange={setMatch}
                options={[
                  ...likely.map(({ guest: one, likeness }) => ({
                    id: one.id,
                    text: (
                      <span>
                        <b>{one.profile.full_name}</b>{" "}
                        <span className="two num">
                          {[
                            one.profile.phones?.[0],
                            one.profile.documents?.[0] &&
                              `${word(t, "document", one.profile.documents[0].type)} ${one.profile.documents[0].number}`,
                          ]
                            .filter(Boolean)
                            .join(" · ")}
                        </span>
                        <br />
                        <span className="meta">{language === "en" ? likeness.en : likeness.zh}</span>
                      </span>
                    ),
                  })),
                  { id: OTHER, text: <span>{t("book.new_guest")}</span> },
                ]}
              />
            </div>
          )}
        </>
      ) : (
        refused && <p className="field-error">{refused}</p>
      )}
    </>
  );
  return {
    guest,
    name: isOther ? (matched?.profile.full_name ?? said) : (known.find((one) => one.id === chosen)?.name ?? ""),
    fields,
  };
}
