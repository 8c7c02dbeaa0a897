import { CalendarDate, parseDate } from "@internationalized/date";
import { CalendarDays, ChevronLeft, ChevronRight } from "lucide-react";
import {
  Button as AriaButton,
  Calendar,
  CalendarCell,
  CalendarGrid,
  CalendarGridBody,
  CalendarGridHeader,
  CalendarHeaderCell,
  DateInput,
  DatePicker,
  DateSegment,
  Dialog,
  FieldError,
  Group,
  Heading,
  Label,
  Popover,
} from "react-aria-components";
import { useTexts } from "../i18n";
import { isDate } from "../lib/format";
import "./date.css";

interface DayFieldProps {
  label: string;
  /** A date as `2026-11-28`, or empty. */
  value: string;
  /** A whole date; never half of one. */
  onChange: (date: string) => void;
  error?: string | undefined;
  /** The first date to choose. */
  min?: string | undefined;
  disabled?: boolean;
}

/** A date, typed part by part or chosen from a calendar, written as the language writes it. */
export function DayField({ label, value, onChange, error, min, disabled }: DayFieldProps) {
  const t = useTexts();
  return (
    <DatePicker
      className="field"
      value={isDate(value) ? parseDate(value) : null}
      onChange={(date) => {
        if (date instanceof CalendarDate) onChange(date.toString());
      }}
      {...(isDate(min) ? { minValue: parseDate(min) } : {})}
      isInvalid={error !== undefined}
      isDisabled={disabled ?? false}
      validationBehavior="aria"
      shouldForceLeadingZeros
    >
      <Label>{label}</Label>
      <Group className="input date-group">
        <DateInput className="date-input">
          {(segment) => <DateSegment segment={segment} className="date-segment" />}
        </DateInput>
        <AriaButton className="btn btn-bare btn-icon" aria-label={t("date.choose")}>
          <CalendarDays size={16} aria-hidden="true" />
        </AriaButton>
      </Group>
      <FieldError className="field-error">{error ?? ""}</FieldError>
      <Popover className="popover" offset={4}>
        <Dialog className="calendar" aria-label={label}>
          <Calendar>
            <header>
              <AriaButton slot="previous" className="btn btn-bare btn-icon">
                <ChevronLeft size={16} aria-hidden="true" />
              </AriaButton>
              <Heading />
              <AriaButton slot="next" className="btn btn-bare btn-icon">
                <ChevronRight size={16} aria-hidden="true" />
              </AriaButton>
            </header>
            <CalendarGrid>
              <CalendarGridHeader>{(day) => <CalendarHeaderCell>{day}</CalendarHeaderCell>}</CalendarGridHeader>
              <CalendarGridBody>{(date) => <CalendarCell date={date} className="calendar-day" />}</CalendarGridBody>
            </CalendarGrid>
          </Calendar>
        </Dialog>
      </Popover>
    </DatePicker>
  );
}
