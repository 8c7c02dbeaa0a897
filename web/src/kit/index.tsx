/** The one kit of components: behaviour from react-aria-components, looks from the tokens. */
import { Check as CheckIcon, ChevronDown, CircleSlash, Eye, LoaderCircle, TriangleAlert, X } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import {
  Button as AriaButton,
  type ButtonProps as AriaButtonProps,
  Checkbox as AriaCheckbox,
  Dialog as AriaDialog,
  Select as AriaSelect,
  TextField as AriaTextField,
  FieldError,
  Heading,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Modal,
  ModalOverlay,
  Popover,
  Radio,
  RadioGroup,
  SelectValue,
  Text,
  TextArea,
} from "react-aria-components";
import { ApiError, LostError } from "../api/client";
import { useTexts } from "../i18n";
import "./kit.css";

/** Joins class names, leaving out what is none. */
export function cx(...names: (string | false | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}

/** A key as printed on the keyboard. */
export function Kbd({ children }: { children: string }) {
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a picture of a key can't have the focus
  return <kbd aria-hidden="true">{children}</kbd>;
}

export interface ButtonProps extends Omit<AriaButtonProps, "className" | "style" | "children"> {
  children: ReactNode;
  /** `fill`: the one next step of a screen. */
  look?: "plain" | "fill" | "link" | "bare" | "icon" | undefined;
  size?: "row" | "main" | undefined;
  wide?: boolean | undefined;
  /** The key that does the same. */
  hotkey?: string | undefined;
  /** It was sent and not answered yet. */
  busy?: boolean | undefined;
}

export function Button({ children, look = "plain", size, wide, hotkey, busy = false, ...rest }: ButtonProps) {
  return (
    <AriaButton
      {...rest}
      isPending={busy}
      className={cx(
        "btn",
        look === "fill" && "btn-fill",
        look === "link" && "btn-link",
        look === "bare" && "btn-bare btn-icon",
        look === "icon" && "btn-icon",
        size && `btn-${size}`,
        wide && "btn-wide",
      )}
    >
      {busy && <LoaderCircle className="spin" size={16} aria-hidden="true" />}
      {children}
      {hotkey && <Kbd>{hotkey}</Kbd>}
    </AriaButton>
  );
}

/** How a chip looks: outline planned, grey fill in house, plain text done, tint act. */
export type Tone = "planned" | "house" | "done" | "act" | "wrong";

export function Chip({ tone = "planned", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`chip chip-${tone}`}>{children}</span>;
}

export interface CardProps {
  title?: ReactNode;
  /** Behind the title: a count, a note. */
  note?: ReactNode;
  tools?: ReactNode;
  children: ReactNode;
  className?: string | undefined;
  label?: string | undefined;
}

/** A card with its head; a region with a name. */
export function Card({ title, note, tools, children, className, label }: CardProps) {
  return (
    <section
      className={cx("card card-clip", className)}
      aria-label={label ?? (typeof title === "string" ? title : undefined)}
    >
      {title !== undefined && (
        <div className="card-head">
          <h2>{title}</h2>
          {note !== undefined && <span className="count">{note}</span>}
          {tools !== undefined && <div className="tools">{tools}</div>}
        </div>
      )}
      {children}
    </section>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** What is wrong with it, and what to do. */
  error?: string | undefined;
  help?: ReactNode;
  placeholder?: string | undefined;
  required?: boolean;
  disabled?: boolean;
  autoFocus?: boolean;
  /** Amounts stand to the right. */
  money?: boolean;
  long?: boolean;
  type?: "text" | "tel" | "email" | "date" | "number" | "password" | undefined;
  inputMode?: "numeric" | "decimal" | "text" | undefined;
  name?: string | undefined;
  min?: string | undefined;
  maxLength?: number | undefined;
  /** What a browser may fill in; nothing unless said. */
  autoComplete?: "username" | "current-password" | "new-password" | "one-time-code" | "name" | undefined;
}

/** A line or a few lines of text. Typed values stay in this browser; browsers are asked not to keep them. */
export function Field(props: FieldProps) {
  const {
    label,
    value,
    onChange,
    error,
    help,
    placeholder,
    required,
    disabled,
    autoFocus,
    money,
    long,
    type,
    inputMode,
    name,
    min,
    maxLength,
    autoComplete,
  } = props;
  return (
    <AriaTextField
      className="field"
      value={value}
      onChange={onChange}
      isInvalid={error !== undefined}
      isRequired={required ?? false}
      isDisabled={disabled ?? false}
      autoFocus={autoFocus ?? false}
      type={type ?? "text"}
      autoComplete={autoComplete ?? "off"}
      {...(inputMode ? { inputMode } : {})}
      {...(name ? { name } : {})}
      {...(maxLength ? { maxLength } : {})}
      validationBehavior="aria"
    >
      <Label>{label}</Label>
      {long ? (
        <TextArea className="input" placeholder={placeholder ?? ""} />
      ) : (
        <Input
          className={cx("input", money && "input-money")}
          placeholder={placeholder ?? ""}
          {...(min ? { min } : {})}
        />
      )}
      {help !== undefined && (
        <Text slot="description" className="field-help">
          {help}
        </Text>
      )}
      <FieldError className="field-error">{error ?? ""}</FieldError>
    </AriaTextField>
  );
}

export interface Choice {
  id: string;
  name: string;
  note?: string | undefined;
}

interface SelectProps {
  label: string;
  /** Whether the label is only said, not shown. */
  quiet?: boolean;
  choices: readonly Choice[];
  value: string | undefined;
  onChange: (id: string) => void;
  error?: string | undefined;
  placeholder?: string | undefined;
  disabled?: boolean;
}

/** One of several. */
export function Select({ label, quiet, choices, value, onChange, error, placeholder, disabled }: SelectProps) {
  return (
    <AriaSelect
      className="field"
      value={value ?? null}
      onChange={(key) => {
        if (key !== null) onChange(String(key));
      }}
      isInvalid={error !== undefined}
      isDisabled={disabled ?? false}
      {...(placeholder ? { placeholder } : {})}
    >
      <Label className={quiet ? "vh" : "react-aria-Label"}>{label}</Label>
      <AriaButton className="input select-button">
        <SelectValue>{({ selectedText, defaultChildren }) => selectedText || defaultChildren}</SelectValue>
        <ChevronDown size={16} aria-hidden="true" />
      </AriaButton>
      <FieldError className="field-error">{error ?? ""}</FieldError>
      <Popover className="popover" offset={4}>
        <ListBox className="options" items={choices}>
          {(choice) => (
            <ListBoxItem id={choice.id} textValue={choice.name} className="option">
              <span className="grow">
                <span>{choice.name}</span>
                {choice.note && <span className="meta">{choice.note}</span>}
              </span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

interface TickProps {
  children?: ReactNode;
  label?: string | undefined;
  ticked: boolean;
  onChange: (ticked: boolean) => void;
  disabled?: boolean;
}

/** A box to tick. */
export function Tick({ children, label, ticked, onChange, disabled }: TickProps) {
  return (
    <AriaCheckbox className="check" isSelected={ticked} onChange={onChange} isDisabled={disabled ?? false}>
      <span className="box">{ticked && <CheckIcon size={12} strokeWidth={3} aria-hidden="true" />}</span>
      {label && <span className="said">{label}</span>}
      {children}
    </AriaCheckbox>
  );
}

interface RadiosProps<T extends string> {
  label: string;
  value: T | undefined;
  onChange: (value: T) => void;
  options: readonly { id: T; text: ReactNode; className?: string; disabled?: boolean }[];
  className?: string | undefined;
  optionClass?: string | undefined;
}

/** One of a few that are all seen. */
export function Radios<T extends string>({ label, value, onChange, options, className, optionClass }: RadiosProps<T>) {
  return (
    <RadioGroup
      aria-label={label}
      value={value ?? null}
      onChange={(next) => onChange(next as T)}
      className={className ?? ""}
    >
      {options.map((option) => (
        <Radio
          key={option.id}
          value={option.id}
          isDisabled={option.disabled ?? false}
          className={cx("radio", optionClass)}
        >
          <span className="dot" />
          {option.text}
        </Radio>
      ))}
    </RadioGroup>
  );
}

export interface DialogProps {
  title: ReactNode;
  note?: ReactNode;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
  label?: string | undefined;
}

/** A box over the page; Esc closes it. */
export function Dialog({ title, note, onClose, children, wide, label }: DialogProps) {
  const t = useTexts();
  return (
    <ModalOverlay
      className="shade"
      isOpen
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={cx("dialog-box", wide && "wide")}>
        <AriaDialog className="dialog" {...(label ? { "aria-label": label } : {})}>
          <div className="dialog-head">
            <div className="grow">
              <Heading slot="title">{title}</Heading>
              {note !== undefined && <p>{note}</p>}
            </div>
            <Button look="bare" aria-label={t("do.close")} onPress={onClose}>
              <X size={16} aria-hidden="true" />
            </Button>
          </div>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Rows as high as the true ones, while the first answer is on its way. They show after 150 ms. */
export function Bones({ rows = 6 }: { rows?: number }) {
  const t = useTexts();
  return (
    <div role="status" aria-label={t("state.loading")}>
      {Array.from({ length: rows }, (_, row) => (
        <div className="bone-row" key={row} aria-hidden="true">
          <span className="bone w-1" />
          <span className="lines">
            <span className="bone w-2" />
            <span className="bone w-3" />
          </span>
          <span className="bone w-4" />
        </div>
      ))}
    </div>
  );
}

/** Something wider than its place: it scrolls, with the keyboard too. */
export function ScrollX({ children }: { children: ReactNode }) {
  const t = useTexts();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard
    <div className="scroll-x" role="group" aria-label={t("word.table")} tabIndex={0}>
      {children}
    </div>
  );
}

/** Why nothing is here, and the next step. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <b>{title}</b>
      {children !== undefined && <p>{children}</p>}
      {action}
    </div>
  );
}

/** What the server refused and what to do, in the user's language. */
export function Refusal({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const t = useTexts();
  if (error === null || error === undefined) return null;
  const problem = error instanceof ApiError ? error.problem : undefined;
  const lost = error instanceof LostError;
  // What a device was asked for and did not give: a passkey.
  const stopped = error instanceof DOMException;
  const title = stopped ? t("passkey.stopped") : t(lost ? "state.lost" : "state.broken");
  const note = stopped
    ? t(error.name === "InvalidStateError" ? "passkey.known" : "passkey.stopped_note")
    : t(lost ? "state.lost_note" : "state.broken_note");
  return (
    <div className="refusal" role="alert">
      <CircleSlash size={16} aria-hidden="true" />
      <div className="grow">
        <b>{problem?.title ?? title}</b>
        <p>{problem?.detail ?? note}</p>
      </div>
      {retry && (
        <Button size="row" onPress={retry}>
          {t("do.again")}
        </Button>
      )}
    </div>
  );
}

/** Something that somebody should look at. */
export function Warning({ children }: { children: ReactNode }) {
  return (
    <div className="warning">
      <TriangleAlert size={16} aria-hidden="true" />
      <div className="grow">{children}</div>
    </div>
  );
}

/** How the halves beside a seam stand to each other: equal, different, or not comparable. */
export type Seam = "closed" | "broken" | "empty";

/** The mark of the tally: two halves, joined or apart. */
export function TallyMark({ seam, size = 16, label }: { seam: Seam; size?: number; label?: string }) {
  if (seam === "empty") return null;
  const apart = seam === "broken" ? 2 : 0;
  return (
    <svg
      className="tally"
      width={size + apart * 2}
      height={size}
      viewBox={`${-apart} 0 ${16 + apart * 2} 16`}
      role="img"
      aria-label={label}
      aria-hidden={label === undefined}
    >
      <path
        d="M1 1h6.400v4.200l1.800 2.600-1.800 2.600V15H1z"
        transform={`translate(${-apart} 0)`}
        fill="currentColor"
      />
      <path
        d="M8.600 1H15v14H8.600v-4.200l1.800-2.600-1.800-2.600z"
        transform={`translate(${apart} 0)`}
        fill="currentColor"
      />
    </svg>
  );
}

/** A value of a guest that is masked, with the way to see it. */
export function Masked({ children, onReveal }: { children: ReactNode; onReveal?: (() => void) | undefined }) {
  const t = useTexts();
  return (
    <span className="nowrap">
      {children}
      {onReveal && (
        <>
          {" "}
          <Button look="link" onPress={onReveal}>
            <Eye size={14} aria-hidden="true" />
            {t("do.reveal")}
          </Button>
        </>
      )}
    </span>
  );
}

/** A value that follows another one after it has rested for a while. */
export function useRested<T>(value: T, milliseconds: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return rested;
}

/** Brings what is selected into sight without moving more than needed. */
export function useInSight<T extends HTMLElement>(active: boolean) {
  const ref = useRef<T>(null);
  useEffect(() => {
    if (active) ref.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return ref;
}
