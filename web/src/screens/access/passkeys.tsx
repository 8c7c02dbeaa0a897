import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { canUsePasskeys, dropPasskey, passkeysQuery } from "../../api/passkeys";
import { PasskeyDialog } from "../../frame/factor";
import { useTexts } from "../../i18n";
import { Bones, Button, Refusal } from "../../kit";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";

function DropDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const t = useTexts();
  const form = useSend<void, unknown>(
    () => dropPasskey(id),
    () => {
      say(t("passkey.dropped", { name }));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t("passkey.drop_title", { name })}
      note={t("passkey.drop_note")}
      onClose={onClose}
      form={form}
      action={t("passkey.do_drop", { name })}
      onSend={() => form.send()}
    >
      {null}
    </FormDialog>
  );
}

/** One's own passkeys: which there are, one more, one less. */
export function Passkeys() {
  const t = useTexts();
  const house = useHouse();
  const { data: passkeys, error, refetch } = useQuery(passkeysQuery);
  const [isAdding, setAdding] = useState(false);
  const [dropping, setDropping] = useState<{ id: string; name: string }>();
  const moment = (at: string) => house.f.moment(at, house.zone);
  return (
    <>
      <h3 className="part part-head">{t("passkey.title")}</h3>
      {error && !passkeys ? (
        <div className="card-body">
          <Refusal error={error} retry={() => void refetch()} />
        </div>
      ) : !passkeys ? (
        <Bones rows={1} />
      ) : passkeys.length === 0 ? (
        <p className="card-body two">{t("passkey.none_note")}</p>
      ) : (
        <ul className="lines">
          {passkeys.map((one) => (
            <li key={one.id}>
              <span className="grow">
                <b className="block">{one.name}</b>
                <span className="two">
                  {t("passkey.made", { time: moment(one.made_at) })}
                  {" · "}
                  {one.used_at ? t("passkey.used", { time: moment(one.used_at) }) : t("passkey.unused")}
                  {one.synced && ` · ${t("passkey.synced")}`}
                </span>
              </span>
              <Button size="row" onPress={() => setDropping(one)}>
                {t("passkey.drop")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <div className="card-more">
        {canUsePasskeys() ? (
          <Button onPress={() => setAdding(true)}>{t("passkey.add")}</Button>
        ) : (
          <p className="meta">{t("passkey.unsupported")}</p>
        )}
      </div>
      {isAdding && <PasskeyDialog onClose={() => setAdding(false)} />}
      {dropping && <DropDialog {...dropping} onClose={() => setDropping(undefined)} />}
    </>
  );
}
