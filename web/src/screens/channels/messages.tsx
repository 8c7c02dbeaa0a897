import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import {
  dropMessage,
  type Held,
  type HeldState,
  mendMessage,
  messagesQuery,
  messageText,
  replayMessage,
} from "../../api/channels";
import { useOffered } from "../../frame/may";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, cx, Dialog, Empty, Field, Refusal } from "../../kit";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";
import { word } from "../../lib/words";

export const STATES = ["waiting", "taken", "overtaken", "dropped"] as const satisfies readonly HeldState[];

/** How long what was shown stays while nobody types, milliseconds. */
const SHOWN = 60_000;

function useNumber(message: Held): string {
  const t = useTexts();
  return message.number ?? t("channels.no_number");
}

/** Shows a message as it was received, with a reason, and takes it in other words. */
function TextDialog({ message, onClose }: { message: Held; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const number = useNumber(message);
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const [text, setText] = useState<string>();
  const [isGone, setIsGone] = useState(false);
  const ask = useMutation({
    mutationFn: () => messageText(house.code, message.id, reason.trim()),
    onSuccess: (shown) => {
      setIsGone(false);
      setText(shown.text);
    },
  });
  useEffect(() => {
    if (text === undefined) return;
    const timer = setTimeout(() => {
      setText(undefined);
      setReason("");
      setTried(false);
      setIsGone(true);
    }, SHOWN);
    return () => clearTimeout(timer);
  }, [text]);
  const form = useSend<string, Held>(
    (words) => mendMessage(house.code, message.id, words),
    (after) => {
      if (after.state === "taken") {
        say(t("channels.mended", { number }));
        onClose();
      }
    },
  );
  if (text === undefined) {
    return (
      <Dialog title={t("channels.look_title", { number })} note={t("channels.look_note")} onClose={onClose}>
        {isGone && (
          <p role="status">
            <b>{t("channels.gone")}</b> {t("channels.gone_note")}
          </p>
        )}
        <Field
          label={t("word.reason")}
          value={reason}
          onChange={setReason}
          maxLength={200}
          autoFocus
          required
          error={tried && reason.trim() === "" ? t("act.reason_needed") : undefined}
        />
        <Refusal error={ask.error} />
        <div className="dialog-foot">
          <Button
            look="fill"
            busy={ask.isPending}
            onPress={() => {
              setTried(true);
              if (reason.trim() !== "") ask.mutate();
            }}
          >
            {t("channels.do_look")}
          </Button>
          <Button onPress={onClose}>{t("do.leave")}</Button>
        </div>
      </Dialog>
    );
  }
  const still = form.done?.state === "waiting" ? form.done : undefined;
  return (
    <FormDialog
      title={t("channels.mend_title", { number })}
      note={`${word(t, "hold", still?.reason ?? message.reason)} · ${still?.field ?? message.field}`}
      onClose={onClose}
      wide
      form={form}
      action={t("channels.do_mend")}
      onSend={() => form.send(text)}
      isDisabled={text.trim() === ""}
    >
      <div className="message-text">
        <Field
          label={t("channels.text")}
          value={text}
          onChange={setText}
          long
          help={t("channels.text_help")}
          error={form.at("/text")}
        />
      </div>
      {still && (
        <p className="field-error" role="alert">
          {t("channels.mended_still", { why: still.detail })}
        </p>
      )}
    </FormDialog>
  );
}

function DropDialog({ message, onClose }: { message: Held; onClose: () => void }) {
  const t = useTexts();
  const house = useHouse();
  const number = useNumber(message);
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const form = useSend<void, Held>(
    (_, key) => dropMessage(house.code, message.id, reason.trim(), key),
    () => {
      say(t("channels.dropped", { number }));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t("channels.drop_title", { number })}
      note={t("channels.drop_note")}
      onClose={onClose}
      form={form}
      action={t("channels.do_drop")}
      onSend={() => {
        setTried(true);
        if (reason.trim() !== "") form.send();
      }}
    >
      <Field
        label={t("word.reason")}
        value={reason}
        onChange={setReason}
        maxLength={200}
        autoFocus
        required
        error={form.at("/reason") ?? (tried && reason.trim() === "" ? t("act.reason_needed") : undefined)}
      />
    </FormDialog>
  );
}

function Line({ message, name }: { message: Held; name: string }) {
  const t = useTexts();
  const house = useHouse();
  const offered = useOffered(house.code);
  const number = useNumber(message);
  const [doing, setDoing] = useState<"look" | "drop">();
  const again = useSend<void, Held>(
    () => replayMessage(house.code, message.id),
    (after) =>
      say(
        after.state === "waiting"
          ? t("channels.replayed_still", { why: word(t, "hold", after.reason) })
          : t("channels.replayed", { number }),
      ),
  );
  const isWaiting = message.state === "waiting";
  return (
    <li>
      <div className="held-line">
        <div className="held-head">
          <b className="num">{number}</b>
          <span className="two">{name}</span>
          <span className={cx(isWaiting && "amber")}>{word(t, "hold", message.reason)}</span>
          <span className="two num">{house.f.moment(message.received_at, house.zone)}</span>
          {message.times > 1 && <span className="two">{t("channels.times", { count: message.times })}</span>}
        </div>
        <p className="two held-says">
          {message.field} · {message.detail}
        </p>
        {isWaiting && offered("channel_mend") && (
          <div className="held-do">
            <Button size="row" onPress={() => setDoing("look")}>
              {t("channels.look")}
            </Button>
            <Button size="row" busy={again.busy} onPress={() => again.send()}>
              {t("channels.replay")}
            </Button>
            <Button size="row" look="link" onPress={() => setDoing("drop")}>
              {t("channels.drop")}
            </Button>
          </div>
        )}
        {!isWaiting && message.settled_at && (
          <span className="two num">{house.f.moment(message.settled_at, house.zone)}</span>
        )}
      </div>
      <Refusal error={again.error} />
      {doing === "look" && <TextDialog message={message} onClose={() => setDoing(undefined)} />}
      {doing === "drop" && <DropDialog message={message} onClose={() => setDoing(undefined)} />}
    </li>
  );
}

/** What channels sent and could not be taken: why, as it was received, mended, tried again or dropped. */
export function Messages({
  state,
  nameOf,
  channel,
}: {
  state: HeldState;
  /** The name of a channel by its code. */
  nameOf: (code: string) => string;
  /** The channel that is chosen, for the address. */
  channel: string | undefined;
}) {
  const t = useTexts();
  const house = useHouse();
  const list = useInfiniteQuery(messagesQuery(house.code, state));
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card
      title={t("channels.messages")}
      note={t("channels.messages_note")}
      className={cx(list.isPlaceholderData && "stale")}
    >
      <nav className="segments held-states" aria-label={t("channels.state_label")}>
        {STATES.map((id) => (
          <Link
            key={id}
            className="segment"
            to="/p/$property/channels"
            params={{ property: house.code }}
            search={{ channel, state: id === "waiting" ? undefined : id }}
            resetScroll={false}
            activeOptions={{ includeSearch: true, explicitUndefined: true }}
            {...(id === state ? { "data-selected": true, "aria-current": "page" as const } : {})}
          >
            {t(`channels.state.${id}`)}
          </Link>
        ))}
      </nav>
      {list.error && !list.data ? (
        <div className="card-body">
          <Refusal error={list.error} retry={() => void list.refetch()} />
        </div>
      ) : !list.data ? (
        <Bones rows={3} />
      ) : items.length === 0 ? (
        <Empty title={t(`channels.no_messages.${state}`)}>{t("channels.no_messages_note")}</Empty>
      ) : (
        <>
          <ul>
            {items.map((message) => (
              <Line key={message.id} message={message} name={nameOf(message.channel)} />
            ))}
          </ul>
          {list.hasNextPage && (
            <div className="card-more">
              <Button busy={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
                {t("channels.more")}
              </Button>
            </div>
          )}
        </>
      )}
    </Card>
  );
}
