import { X } from "lucide-react";
import { useState } from "react";
import { type Channel, putChannel } from "../../api/channels";
import { useOffered } from "../../frame/may";
import { useTexts } from "../../i18n";
import { Button, Card, type Choice, Field, Refusal, Select, Warning } from "../../kit";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";
import { codesOf, isSame, type Pair, pairsOf, wrongOf } from "./codes";

/** Where a code stands in the body, as a JSON pointer. */
const pointerTo = (of: "room_types" | "rate_plans", theirs: string) =>
  `/${of}/${theirs.trim().replaceAll("~", "~0").replaceAll("/", "~1")}`;

function Pairs({
  title,
  pairs,
  choices,
  onChange,
  errorAt,
  mayChange,
}: {
  title: string;
  pairs: readonly Pair[];
  choices: readonly Choice[];
  onChange: (pairs: Pair[]) => void;
  errorAt: (theirs: string) => string | undefined;
  mayChange: boolean;
}) {
  const t = useTexts();
  const put = (at: number, next: Partial<Pair>) =>
    onChange(pairs.map((pair, n) => (n === at ? { ...pair, ...next } : pair)));
  const said = { double: t("channels.codes_double"), missing: t("channels.codes_missing") };
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {pairs.length === 0 && <p className="two">{t("channels.no_codes")}</p>}
      {pairs.map((pair, at) => {
        const wrong = wrongOf(pairs, at);
        return (
          <div className="code-line" key={at}>
            <Field
              label={t("channels.theirs")}
              value={pair.theirs}
              onChange={(theirs) => put(at, { theirs })}
              disabled={!mayChange}
              maxLength={100}
              error={wrong ? said[wrong] : errorAt(pair.theirs)}
            />
            <Select
              label={t("channels.ours")}
              choices={choices}
              value={pair.ours === "" ? undefined : pair.ours}
              onChange={(ours) => put(at, { ours })}
              disabled={!mayChange}
            />
            {mayChange && (
              <Button
                look="icon"
                aria-label={t("channels.take_out", { code: pair.theirs })}
                onPress={() => onChange(pairs.filter((_, n) => n !== at))}
              >
                <X size={16} aria-hidden="true" />
              </Button>
            )}
          </div>
        );
      })}
      {mayChange && (
        <Button size="row" onPress={() => onChange([...pairs, { theirs: "", ours: "" }])}>
          {t("channels.add_code")}
        </Button>
      )}
    </section>
  );
}

/** What a channel's codes of room types and rate plans are here. */
export function Mapping({ channel }: { channel: Channel }) {
  const t = useTexts();
  const house = useHouse();
  const offered = useOffered(house.code);
  // What is typed is typed over this.
  const [base, setBase] = useState(channel);
  const [types, setTypes] = useState(() => pairsOf(channel.room_types));
  const [plans, setPlans] = useState(() => pairsOf(channel.rate_plans));
  const [roomTypes, ratePlans] = [codesOf(types), codesOf(plans)];
  const isChanged = !isSame(types, base.room_types) || !isSame(plans, base.rate_plans);
  const form = useSend<void, Channel>(
    () =>
      putChannel(house.code, channel.code, { room_types: roomTypes ?? {}, rate_plans: ratePlans ?? {} }, base.version),
    (made) => {
      setBase(made);
      say(t("channels.saved", { name: made.name }));
    },
  );
  // What somebody else set meanwhile is shown, unless something else is being typed: then saving says so first, and what was typed stays.
  if (channel.version > base.version && !form.busy && (!isChanged || form.conflict)) {
    setBase(channel);
    if (!isChanged) {
      setTypes(pairsOf(channel.room_types));
      setPlans(pairsOf(channel.rate_plans));
    }
  }
  // What is set stays to be seen where the property's setup is not.
  const choices = (known: readonly { code: string }[], nameOf: (code: string) => string, pairs: readonly Pair[]) =>
    [...new Set([...known.map((one) => one.code), ...pairs.map((pair) => pair.ours).filter(Boolean)])].map((code) => ({
      id: code,
      name: nameOf(code),
      note: code,
    }));
  const mayChange = offered("channel_setup");
  return (
    <Card
      title={t("channels.codes")}
      tools={
        mayChange && (
          <Button
            size="row"
            busy={form.busy}
            isDisabled={!isChanged || roomTypes === undefined || ratePlans === undefined}
            onPress={() => form.send()}
          >
            {t("channels.do_codes")}
          </Button>
        )
      }
    >
      <p className="card-body two">{t("channels.codes_note")}</p>
      {form.conflict && <Warning>{t("state.conflict")}</Warning>}
      <div className="code-parts">
        <Pairs
          title={t("channels.room_types")}
          pairs={types}
          choices={choices(house.view.room_types, house.typeName, types)}
          onChange={setTypes}
          errorAt={(theirs) => form.at(pointerTo("room_types", theirs))}
          mayChange={mayChange}
        />
        <Pairs
          title={t("channels.rate_plans")}
          pairs={plans}
          choices={choices(house.view.rate_plans, house.planName, plans)}
          onChange={setPlans}
          errorAt={(theirs) => form.at(pointerTo("rate_plans", theirs))}
          mayChange={mayChange}
        />
      </div>
      {!form.conflict && <Refusal error={form.error} />}
    </Card>
  );
}
