import { useState } from "react";
import { useTexts } from "../i18n";
import { Field } from "./index";

/** What a form says of its fields: what the server refused at a place of the body. */
interface Judge {
  at: (...pointers: string[]) => string | undefined;
}

/** What somebody types into a form, by the names of its fields. */
export interface Typed<N extends string> {
  values: Readonly<Record<N, string>>;
  set: (name: N, value: string) => void;
  /** Without what stands around it by mistake. */
  said: (name: N) => string;
  /** Whether nothing was typed into one of these. */
  lacks: (...names: N[]) => boolean;
  /** The properties of a field; what is wrong with it stands at `/name` of the body. */
  of: (
    name: N,
    form: Judge,
    pointer?: string,
  ) => { value: string; onChange: (value: string) => void; error: string | undefined };
}

/** Keeps what is typed into the fields of a form. */
export function useTyped<N extends string>(initial: Record<N, string>): Typed<N> {
  const [values, setValues] = useState(initial);
  const set = (name: N, value: string) => setValues((now) => ({ ...now, [name]: value }));
  return {
    values,
    set,
    said: (name) => values[name].trim(),
    lacks: (...names) => names.some((name) => values[name].trim() === ""),
    of: (name, form, pointer = `/${name}`) => ({
      value: values[name],
      onChange: (value) => set(name, value),
      error: form.at(pointer),
    }),
  };
}

/** Why something is done, for the journal; where it has to be said, it is missed once somebody tried without. */
export function ReasonField({
  typed,
  form,
  isMissed,
  autoFocus,
}: {
  typed: Pick<Typed<"reason">, "of">;
  form: Judge;
  /** Set where it has to be said: whether somebody tried without. */
  isMissed?: boolean | undefined;
  autoFocus?: boolean;
}) {
  const t = useTexts();
  const { value, onChange, error } = typed.of("reason", form);
  const isNeeded = isMissed !== undefined;
  return (
    <Field
      label={t("word.reason")}
      value={value}
      onChange={onChange}
      maxLength={200}
      required={isNeeded}
      autoFocus={autoFocus ?? false}
      help={isNeeded ? undefined : t("word.optional")}
      error={error ?? (isMissed && value.trim() === "" ? t("act.reason_needed") : undefined)}
    />
  );
}

/** A password: the present one, or a new one with what it has to be like. */
export function PasswordField({
  label,
  isNew,
  autoFocus,
  ...field
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
  isNew?: boolean;
  autoFocus?: boolean;
}) {
  const t = useTexts();
  return (
    <Field
      {...field}
      label={label}
      type="password"
      autoFocus={autoFocus ?? false}
      autoComplete={isNew ? "new-password" : "current-password"}
      help={isNew ? t("door.new_help") : undefined}
    />
  );
}
