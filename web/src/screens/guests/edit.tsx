import { useState } from "react";
import { ApiError, api, data, type Schema, tagged } from "../../api/client";
import { reveal } from "../../api/people";
import { useTexts } from "../../i18n";
import { Button, Field, Radios, Select, Warning } from "../../kit";
import { DayField } from "../../kit/date";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";
import { DOCUMENTS, word } from "../../lib/words";
import { meet, meetList } from "./conflict";

type Guest = Schema<"GuestView">;
type Purpose = Schema<"ConsentPurpose">;
type Answer = "unknown" | "given" | "refused";

const PURPOSES: readonly Purpose[] = ["marketing", "chain_profile", "sensitive_data"];
/** One value a line. */
const lines = (values: readonly string[] | undefined) => (values ?? []).join("\n");
const split = (text: string) =>
  text
    .split(/[\n;；]/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
const orNone = (text: string) => (text.trim() === "" ? null : text.trim());

/** The fields of the form that are texts, as a profile has them. */
const textsOf = (profile: Guest["profile"]) => ({
  full_name: profile.full_name ?? "",
  other_names: lines(profile.other_names),
  phones: lines(profile.phones),
  emails: lines(profile.emails),
  birth: profile.birth ?? "",
  nationality: profile.nationality ?? "",
  city: profile.city ?? "",
  address: profile.address ?? "",
  language: profile.language ?? "",
  emergency: profile.emergency_contact ?? "",
  preferences: lines(profile.preferences),
});
type Name = keyof ReturnType<typeof textsOf>;
/** How they are called. */
const CALLED = {
  full_name: "book.name",
  other_names: "guest.other_names",
  phones: "word.phone",
  emails: "word.email",
  birth: "guest.birth",
  nationality: "guest.nationality",
  city: "guest.city",
  address: "guest.address",
  language: "guest.language",
  emergency: "guest.emergency",
  preferences: "guest.preferences",
} as const satisfies Record<Name, string>;

/** Changes a profile. It is given unmasked: what is put replaces all of it. */
export function EditGuest(opened: { guest: Guest; etag: string | undefined; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const { onClose } = opened;
  // What the form was opened on; after somebody else saved something, what that is.
  const [{ guest, etag }, setBase] = useState({ guest: opened.guest, etag: opened.etag });
  const { profile } = guest;
  const [values, setValues] = useState(() => textsOf(profile));
  const [met, setMet] = useState<{ both: Name[]; taken: Name[]; theirs: ReturnType<typeof textsOf> }>();
  const put = (next: Partial<typeof values>) => setValues({ ...values, ...next });
  const [documents, setDocuments] = useState(profile.documents ?? []);
  const [kind, setKind] = useState<string>("resident_id");
  const [number, setNumber] = useState("");
  const consentOf = (purpose: Purpose) => (profile.consents ?? []).find((one) => one.purpose === purpose);
  const [answers, setAnswers] = useState<Record<Purpose, Answer>>(() => {
    const of = (purpose: Purpose): Answer => {
      const known = consentOf(purpose);
      return known ? (known.given ? "given" : "refused") : "unknown";
    };
    return { marketing: of("marketing"), chain_profile: of("chain_profile"), sensitive_data: of("sensitive_data") };
  });
  /** Brings what somebody else saved into the form, field by field. */
  const bringTogether = async () => {
    const { etag: now } = await tagged(api.GET("/api/v1/guests/{id}", { params: { path: { id: guest.id } } }));
    const theirs = await reveal(guest.id, t("guest.conflict_reason"), "all");
    const { values: together, both, taken } = meet(textsOf(profile), values, textsOf(theirs.profile));
    setValues(together);
    const which = (one: { type: string; number: string }) => `${one.type}/${one.number}`;
    setDocuments(meetList(profile.documents ?? [], documents, theirs.profile.documents ?? [], which));
    setMet({ both, taken, theirs: textsOf(theirs.profile) });
    setBase({ guest: theirs, etag: now });
  };
  const form = useSend<Schema<"GuestInput">, Guest>(
    async (body) => {
      try {
        return await data(
          api.PUT("/api/v1/guests/{id}", {
            params: { path: { id: guest.id }, header: etag ? { "If-Match": etag } : {} },
            body,
          }),
        );
      } catch (error) {
        if (error instanceof ApiError && error.problem.status === 412) await bringTogether();
        throw error;
      }
    },
    () => {
      say(t("guest.changed"));
      onClose();
    },
  );
  const send = () => {
    const consents = PURPOSES.flatMap((purpose) => {
      const answer = answers[purpose];
      if (answer === "unknown") return [];
      const known = consentOf(purpose);
      const given = answer === "given";
      return [known && known.given === given ? known : { purpose, given, on: house.today }];
    });
    form.send({
      full_name: values.full_name.trim(),
      surname: profile.full_name === values.full_name.trim() ? (profile.surname ?? null) : null,
      given_name: profile.full_name === values.full_name.trim() ? (profile.given_name ?? null) : null,
      other_names: split(values.other_names),
      phones: split(values.phones),
      emails: split(values.emails),
      documents: [...documents, ...(number.trim() === "" ? [] : [{ type: kind, number: number.trim() }])],
      birth: orNone(values.birth),
      sex: profile.sex ?? null,
      nationality: orNone(values.nationality),
      city: orNone(values.city),
      address: orNone(values.address),
      language: orNone(values.language),
      emergency_contact: orNone(values.emergency),
      preferences: split(values.preferences),
      consents,
    });
  };
  return (
    <FormDialog
      title={t("guest.edit_of", { name: profile.full_name ?? "" })}
      note={t("guest.edit_note")}
      onClose={onClose}
      wide
      form={form}
      action={t("guest.do_edit")}
      onSend={send}
      isDisabled={values.full_name.trim() === ""}
    >
      {met && (
        <Warning>
          {met.taken.length > 0 && (
            <p>
              {t("guest.conflict_taken", {
                fields: met.taken.map((name) => t(CALLED[name])).join(t("word.comma")),
              })}
            </p>
          )}
          {met.both.map((name) => (
            <p key={name} className="sum-line">
              <span>
                <b>{t(CALLED[name])}</b> {t("guest.conflict_theirs", { text: met.theirs[name] || "–" })}
              </span>
              <Button
                size="row"
                onPress={() => {
                  put({ [name]: met.theirs[name] });
                  setMet({ ...met, both: met.both.filter((one) => one !== name) });
                }}
              >
                {t("guest.conflict_take")}
              </Button>
            </p>
          ))}
        </Warning>
      )}
      <div className="fields">
        <Field
          label={t("book.name")}
          value={values.full_name}
          onChange={(full_name) => put({ full_name })}
          error={form.at("/full_name")}
        />
        <Field
          label={t("guest.other_names")}
          value={values.other_names}
          onChange={(other_names) => put({ other_names })}
          long
          error={form.at("/other_names")}
          help={t("guest.one_a_line")}
        />
        <Field
          label={t("word.phone")}
          value={values.phones}
          onChange={(phones) => put({ phones })}
          long
          error={form.at("/phones", "/phones/0", "/phones/1", "/phones/2")}
        />
        <Field
          label={t("word.email")}
          value={values.emails}
          onChange={(emails) => put({ emails })}
          long
          error={form.at("/emails", "/emails/0", "/emails/1", "/emails/2")}
        />
        <DayField
          label={t("guest.birth")}
          value={values.birth}
          onChange={(birth) => put({ birth })}
          error={form.at("/birth")}
        />
        <Field
          label={t("guest.nationality")}
          value={values.nationality}
          onChange={(nationality) => put({ nationality: nationality.toUpperCase() })}
          maxLength={3}
          error={form.at("/nationality")}
          help={t("guest.nationality_help")}
        />
        <Field
          label={t("guest.city")}
          value={values.city}
          onChange={(city) => put({ city })}
          error={form.at("/city")}
        />
        <Field
          label={t("guest.address")}
          value={values.address}
          onChange={(address) => put({ address })}
          error={form.at("/address")}
        />
        <Field
          label={t("guest.language")}
          value={values.language}
          onChange={(language) => put({ language })}
          error={form.at("/language")}
          help={t("guest.language_help")}
        />
        <Field
          label={t("guest.emergency")}
          value={values.emergency}
          onChange={(emergency) => put({ emergency })}
          error={form.at("/emergency_contact")}
        />
        <Field
          label={t("guest.preferences")}
          value={values.preferences}
          onChange={(preferences) => put({ preferences })}
          long
          error={form.at("/preferences")}
          help={t("guest.one_a_line")}
        />
      </div>
      <h3 className="part">{t("guest.documents")}</h3>
      <ul className="lines boxed">
        {documents.map((one, at) => (
          <li key={`${one.type}/${one.number}`}>
            <span className="grow">
              {word(t, "document", one.type)} <span className="num">{one.number}</span>
            </span>
            <Button size="row" onPress={() => setDocuments(documents.filter((_, other) => other !== at))}>
              {t("guest.remove")}
            </Button>
          </li>
        ))}
        <li>
          <div className="fields grow">
            <Select
              label={t("guest.new_document")}
              choices={DOCUMENTS.map((id) => ({ id, name: word(t, "document", id) }))}
              value={kind}
              onChange={setKind}
            />
            <Field
              label={t("guest.number")}
              value={number}
              onChange={setNumber}
              error={form.at(`/documents/${documents.length}/number`)}
              help={t("word.optional")}
            />
          </div>
        </li>
      </ul>
      <h3 className="part">{t("guest.consents")}</h3>
      {PURPOSES.map((purpose) => (
        <div className="menu-line" key={purpose}>
          <span>{t(`guest.purpose.${purpose}`)}</span>
          <Radios<Answer>
            label={t(`guest.purpose.${purpose}`)}
            className="segments"
            optionClass="segment segment-radio"
            value={answers[purpose]}
            onChange={(answer) => setAnswers({ ...answers, [purpose]: answer })}
            options={(["unknown", "given", "refused"] as const).map((id) => ({ id, text: t(`guest.answer.${id}`) }))}
          />
        </div>
      ))}
    </FormDialog>
  );
}
