import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { isWaiting, keysQuery } from "../../../api/bill";
import { useTexts } from "../../../i18n";
import { Bones, Button, Chip, Radios, Refusal } from "../../../kit";
import { FormDialog } from "../../../kit/form";
import { say } from "../../../kit/notices";
import { useHouse } from "../../../lib/house";
import { useAct } from "../visit";
import type { ActDialogProps } from "./act";

const COUNTS = ["1", "2", "3", "4"] as const;

/** The keys of a visit: made, and ended where one was lost. */
export function KeysDialog({ view, onClose }: ActDialogProps) {
  const t = useTexts();
  const house = useHouse();
  const { data: keys, error } = useQuery(keysQuery(view.number, house.code));
  const [count, setCount] = useState<(typeof COUNTS)[number]>("1");
  const make = useAct(view.number, "keys", () => say(t("bill.keys_made")));
  const end = useAct(view.number, "cancel-key", () => say(t("bill.key_stopped")));
  const living = view.stay.filter((stay) => stay.state === "in_house");
  return (
    <FormDialog
      title={t("bill.keys")}
      onClose={onClose}
      form={make}
      error={end.error}
      action={t("bill.do_keys", { count: Number(count) })}
      isDisabled={living.length === 0}
      onSend={() => make.send({ count: Number(count), ...(living[0] ? { line: living[0].line } : {}) })}
    >
      {error && !keys ? (
        <Refusal error={error} />
      ) : !keys ? (
        <Bones rows={2} />
      ) : keys.length === 0 ? (
        <p className="two">{t("bill.keys_none")}</p>
      ) : (
        <ul className="lines">
          {keys.map((key) => (
            <li key={key.id}>
              <span className="grow num">
                {t("bill.keys_note", { room: key.room, until: house.f.moment(key.valid_until, house.zone) })}
              </span>
              {isWaiting(key) ? (
                <Chip>{t("bill.key_waiting")}</Chip>
              ) : key.state === "live" ? (
                <Button size="row" busy={end.busy} onPress={() => end.send({ key_id: key.id })}>
                  {t("bill.key_lost")}
                </Button>
              ) : (
                <Chip tone={key.state === "refused" ? "wrong" : "done"}>{t(`bill.key_states.${key.state}`)}</Chip>
              )}
            </li>
          ))}
        </ul>
      )}
      <Radios
        label={t("bill.keys_count")}
        className="segments"
        optionClass="segment segment-radio"
        value={count}
        onChange={setCount}
        options={COUNTS.map((id) => ({ id, text: id }))}
      />
    </FormDialog>
  );
}
