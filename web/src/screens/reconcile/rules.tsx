import { useQuery } from "@tanstack/react-query";
import type { Schema } from "../../api/client";
import { putRule, rulesQuery } from "../../api/settle";
import { useTexts } from "../../i18n";
import { Bones, Button, Dialog, Refusal, Tick } from "../../kit";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";
import { useWho } from "../../lib/who";

/** Which findings are corrected by themselves: switched on and off kind by kind. */
export function RulesDialog({ onClose }: { onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const { data: rules, error, refetch } = useQuery(rulesQuery(house.code));
  const who = useWho(rules?.map((rule) => rule.enabled_by) ?? []);
  const form = useSend(
    ({ kind, enabled }: { kind: Schema<"FindingKind">; enabled: boolean }) => putRule(house.code, kind, enabled),
    (_, { kind, enabled }) => say(t(enabled ? "settle.on" : "settle.off", { kind: t(`reconcile.kind.${kind}`) })),
  );
  return (
    <Dialog title={t("settle.rules_title")} note={t("settle.rules_note")} onClose={onClose}>
      {error && !rules ? (
        <Refusal error={error} retry={() => void refetch()} />
      ) : !rules ? (
        <Bones rows={4} />
      ) : (
        <ul className="lines boxed">
          {rules.map((rule) => (
            <li key={rule.kind}>
              <Tick
                ticked={rule.enabled}
                disabled={form.busy}
                onChange={(enabled) => form.send({ kind: rule.kind, enabled })}
              >
                <span>
                  <b className="block">{t(`reconcile.kind.${rule.kind}`)}</b>
                  {rule.enabled && rule.enabled_by && (
                    <span className="two">
                      {t("settle.by", {
                        who: who(rule.enabled_by),
                        time: rule.enabled_at ? house.f.moment(rule.enabled_at, house.zone) : "",
                      })}
                    </span>
                  )}
                </span>
              </Tick>
            </li>
          ))}
        </ul>
      )}
      <Refusal error={form.error} />
      <div className="dialog-foot">
        <Button onPress={onClose}>{t("do.close")}</Button>
      </div>
    </Dialog>
  );
}
