import { Plus, X } from "lucide-react";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { useTexts } from "../../i18n";
import { Button, Field, Select } from "../../kit";
import { DayField } from "../../kit/date";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { addDays, isDate, readMoney } from "../../lib/format";
import { useHouse } from "../../lib/house";

type Block = Schema<"BlockView">;

/** A line of a block as it is typed. */
interface Line {
  type: string;
  from: string;
  until: string;
  rooms: string;
  price: string;
}

/** Nights of one type and price that follow each other, as one line; from the business date on, which is all that can still be changed. */
export function linesOf(block: Block, today: string, money: (minor: number) => string): Line[] {
  const nights = block.nights
    .filter((night) => night.night >= today && night.rooms > 0)
    .sort((a, b) => a.room_type.localeCompare(b.room_type) || a.night.localeCompare(b.night));
  const lines: Line[] = [];
  for (const night of nights) {
    const last = lines.at(-1);
    const price = night.price == null ? "" : money(night.price);
    if (
      last?.type === night.room_type &&
      last.until === night.night &&
      last.rooms === String(night.rooms) &&
      last.price === price
    )
      last.until = addDays(night.night, 1);
    else
      lines.push({
        type: night.room_type,
        from: night.night,
        until: addDays(night.night, 1),
        rooms: String(night.rooms),
        price,
      });
  }
  return lines;
}

/** Holds rooms for a group, by type and night. */
export function BlockDialog({ code, block, onClose }: { code: string; block: Block | undefined; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const plans = house.view.rate_plans.filter((plan) => plan.kind === "nightly");
  const types = house.view.room_types.map((one) => ({ id: one.code, name: house.named(one) }));
  const fresh = (): Line => ({
    type: types[0]?.id ?? "",
    from: house.tomorrow,
    until: addDays(house.tomorrow, 1),
    rooms: "",
    price: "",
  });
  const [plan, setPlan] = useState(block?.rate_plan ?? plans[0]?.code);
  const [release, setRelease] = useState(block?.release_on ?? "");
  const [lines, setLines] = useState<Line[]>(() => {
    const known = block ? linesOf(block, house.today, house.money) : [];
    return known.length > 0 ? known : [fresh()];
  });
  const put = (at: number, next: Partial<Line>) =>
    setLines(lines.map((line, other) => (other === at ? { ...line, ...next } : line)));
  const form = useSend<Schema<"BlockInput">, Block>(
    (body) =>
      data(
        api.PUT("/api/v1/properties/{property}/blocks/{group}", {
          params: {
            path: { property: house.code, group: code },
            header: block ? { "If-Match": `"${block.version}"` } : {},
          },
          body,
        }),
      ),
    () => {
      say(t("groups.held_now"));
      onClose();
    },
  );
  const priceOf = (line: Line) => (line.price.trim() === "" ? null : readMoney(line.price, house.currency));
  const isWrong = lines.some(
    (line) =>
      !/^\d{1,4}$/.test(line.rooms) ||
      priceOf(line) === undefined ||
      !isDate(line.from) ||
      !isDate(line.until) ||
      line.until <= line.from,
  );
  return (
    <FormDialog
      title={t("groups.block_of", { code })}
      note={t("groups.block_note")}
      onClose={onClose}
      wide
      form={form}
      action={t("groups.do_block")}
      isDisabled={isWrong || !plan}
      onSend={() =>
        plan &&
        form.send({
          rate_plan: plan,
          release_on: release === "" ? null : release,
          rooms: lines.map((line) => ({
            room_type: line.type,
            from: line.from,
            until: line.until,
            rooms: Number(line.rooms),
            price: priceOf(line) ?? null,
          })),
        })
      }
    >
      <div className="fields">
        <Select
          label={t("rates.plan")}
          choices={plans.map((one) => ({ id: one.code, name: house.named(one) }))}
          value={plan}
          onChange={setPlan}
          error={form.at("/rate_plan")}
        />
        <DayField label={t("groups.release_on")} value={release} onChange={setRelease} error={form.at("/release_on")} />
      </div>
      <ul className="block-lines">
        {lines.map((line, at) => (
          <li key={at}>
            <Select
              label={t("rates.room_type")}
              choices={types}
              value={line.type}
              onChange={(type) => put(at, { type })}
              error={form.at(`/rooms/${at}/room_type`)}
            />
            <DayField
              label={t("groups.first_night")}
              value={line.from}
              onChange={(from) => put(at, { from, ...(line.until <= from ? { until: addDays(from, 1) } : {}) })}
              error={form.at(`/rooms/${at}/from`)}
            />
            <DayField
              label={t("word.departure")}
              value={line.until}
              min={isDate(line.from) ? addDays(line.from, 1) : undefined}
              onChange={(until) => put(at, { until })}
              error={form.at(`/rooms/${at}/until`)}
            />
            <Field
              label={t("groups.rooms")}
              value={line.rooms}
              onChange={(rooms) => put(at, { rooms })}
              inputMode="numeric"
              money
              error={form.at(`/rooms/${at}/rooms`, `/rooms/${at}`)}
            />
            <Field
              label={t("groups.price", { currency: house.currency })}
              value={line.price}
              onChange={(price) => put(at, { price })}
              inputMode="decimal"
              money
              placeholder={t("groups.plan_price")}
              error={
                form.at(`/rooms/${at}/price`) ?? (priceOf(line) === undefined ? t("folio.amount_form") : undefined)
              }
            />
            <Button
              look="bare"
              aria-label={t("guest.remove")}
              isDisabled={lines.length === 1}
              onPress={() => setLines(lines.filter((_, other) => other !== at))}
            >
              <X size={16} aria-hidden="true" />
            </Button>
          </li>
        ))}
      </ul>
      <div>
        <Button size="row" onPress={() => setLines([...lines, { ...fresh(), ...lines.at(-1), rooms: "" }])}>
          <Plus size={14} aria-hidden="true" />
          {t("groups.more_rooms")}
        </Button>
      </div>
    </FormDialog>
  );
}
