import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { type Channel, channelsQuery, issueKey, putChannel } from "../../api/channels";
import type { Schema } from "../../api/client";
import { useOffered } from "../../frame/may";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Chip, cx, Empty, Field, Refusal, ScrollX, Tick } from "../../kit";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { ReasonField, useTyped } from "../../kit/typed";
import { useHouse } from "../../lib/house";
import { Choosable } from "../access/choosable";
import { KeyShown } from "../access/programs";
import { Calendars } from "./calendars";
import { Mapping } from "./mapping";
import { Messages } from "./messages";
import "../imports/imports.css";
import "../access/access.css";
import "./channels.css";

type NewKey = Schema<"NewKey">;

/** Makes a channel, or changes what it is called. */
function ChannelDialog({
  channel,
  onClose,
  onDone,
}: {
  channel: Channel | undefined;
  onClose: () => void;
  onDone: (code: string) => void;
}) {
  const t = useTexts();
  const house = useHouse();
  const [code, setCode] = useState(channel?.code ?? "");
  const typed = useTyped({ name: channel?.name ?? "", hotel: channel?.hotel ?? "" });
  const form = useSend<void, Channel>(
    () =>
      putChannel(house.code, code.trim(), { name: typed.said("name"), hotel: typed.said("hotel") }, channel?.version),
    (made) => {
      say(t("channels.saved", { name: made.name }));
      onDone(made.code);
    },
  );
  return (
    <FormDialog
      title={channel ? t("channels.edit_of", { name: channel.name }) : t("channels.new")}
      {...(channel ? {} : { note: t("channels.new_note") })}
      onClose={onClose}
      form={form}
      action={t("channels.do_save")}
      onSend={() => form.send()}
      isDisabled={code.trim() === "" || typed.lacks("name")}
    >
      <Field
        label={t("channels.code")}
        value={code}
        onChange={setCode}
        disabled={channel !== undefined}
        autoFocus={channel === undefined}
        maxLength={32}
        help={t("channels.code_help")}
        error={form.at("code", "/code")}
      />
      <Field {...typed.of("name", form)} label={t("channels.name")} />
      <Field {...typed.of("hotel", form)} label={t("channels.hotel")} help={t("channels.hotel_help")} />
    </FormDialog>
  );
}

/** Asks how a channel's next key is to be. */
function KeyDialog({
  channel,
  onClose,
  onMade,
}: {
  channel: Channel;
  onClose: () => void;
  onMade: (made: NewKey) => void;
}) {
  const t = useTexts();
  const house = useHouse();
  const typed = useTyped({ days: "90", reason: "" });
  const [atOnce, setAtOnce] = useState(false);
  const form = useSend<void, NewKey>(
    (_, key) =>
      issueKey(
        house.code,
        channel.code,
        { days: Number(typed.values.days) || null, at_once: atOnce, reason: typed.said("reason") || null },
        key,
      ),
    onMade,
  );
  return (
    <FormDialog
      title={t("channels.key_title", { name: channel.name })}
      note={t("channels.key_form_note")}
      onClose={onClose}
      form={form}
      action={t("channels.do_key")}
      onSend={() => form.send()}
    >
      <div className="fields">
        <Field {...typed.of("days", form)} label={t("access.days")} inputMode="numeric" help={t("access.days_help")} />
        <ReasonField typed={typed} form={form} />
      </div>
      {channel.key_until && (
        <Tick ticked={atOnce} onChange={setAtOnce}>
          {t("access.at_once")}
        </Tick>
      )}
    </FormDialog>
  );
}

function Detail({ channel }: { channel: Channel }) {
  const t = useTexts();
  const house = useHouse();
  const offered = useOffered(house.code);
  const [doing, setDoing] = useState<"edit" | "key">();
  const [made, setMade] = useState<NewKey>();
  const close = () => setDoing(undefined);
  return (
    <Card
      title={channel.name}
      note={channel.code}
      tools={
        <>
          {offered("channel_setup") && (
            <Button size="row" onPress={() => setDoing("edit")}>
              {t("channels.edit")}
            </Button>
          )}
          {offered("channel_key") && (
            <Button size="row" onPress={() => setDoing("key")}>
              {t(channel.key_until ? "channels.next_key" : "channels.make_key")}
            </Button>
          )}
        </>
      }
    >
      <dl className="facts card-body">
        <dt>{t("channels.door")}</dt>
        <dd>
          <span className="door-address">{`${location.origin}/channels/${house.code}/${channel.code}`}</span>
          <span className="block two">{t("channels.door_note")}</span>
        </dd>
        <dt>{t("channels.hotel")}</dt>
        <dd>{channel.hotel ?? t("channels.any_hotel")}</dd>
        <dt>{t("channels.key")}</dt>
        <dd className="num">
          {channel.key_until
            ? t("channels.key_until", { time: house.f.moment(channel.key_until, house.zone) })
            : t("channels.no_key")}
        </dd>
        <dt>{t("channels.last")}</dt>
        <dd className="num">
          {channel.last_message_at ? house.f.moment(channel.last_message_at, house.zone) : t("channels.never")}
        </dd>
        <dt>{t("channels.lately")}</dt>
        <dd className="num">{t("channels.lately_count", { count: channel.taken_lately })}</dd>
        <dt>{t("channels.waiting")}</dt>
        <dd className={cx("num", channel.waiting > 0 && "amber")}>
          {t("channels.waiting_count", { count: channel.waiting })}
        </dd>
      </dl>
      {doing === "edit" && <ChannelDialog channel={channel} onClose={close} onDone={close} />}
      {doing === "key" && (
        <KeyDialog
          channel={channel}
          onClose={close}
          onMade={(key) => {
            close();
            setMade(key);
          }}
        />
      )}
      {made && <KeyShown made={made} onClose={() => setMade(undefined)} />}
    </Card>
  );
}

/** Where bookings come from beside the desk: what a channel's codes mean here, its key, and what of its messages waits. */
export function Channels() {
  const t = useTexts();
  const house = useHouse();
  const navigate = useNavigate();
  const search = useSearch({ from: "/p/$property/channels" });
  const offered = useOffered(house.code);
  const { data: channels, error, refetch } = useQuery(channelsQuery(house.code));
  const chosen = channels?.find((one) => one.code === search.channel) ?? channels?.[0];
  const put = (next: Partial<typeof search>) =>
    void navigate({
      to: "/p/$property/channels",
      params: { property: house.code },
      search: { ...search, do: undefined, ...next },
      replace: true,
      resetScroll: false,
    });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t("nav.channels")}</h1>
        {offered("channel_setup") && (
          <div className="tools">
            <Button look="fill" onPress={() => put({ do: "new" })}>
              {t("channels.new")}
            </Button>
          </div>
        )}
      </div>
      {error && !channels ? (
        <Refusal error={error} retry={() => void refetch()} />
      ) : !channels ? (
        <Bones rows={4} />
      ) : channels.length === 0 ? (
        <Card label={t("nav.channels")}>
          <Empty title={t("channels.none")}>{t("channels.none_note")}</Empty>
        </Card>
      ) : (
        <div className="import-cols">
          <div>
            <Card title={t("nav.channels")} note={channels.length}>
              <ScrollX>
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">{t("channels.name")}</th>
                      <th scope="col">{t("channels.last")}</th>
                      <th scope="col" className="end">
                        {t("channels.waiting")}
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {channels.map((one) => (
                      <tr key={one.code} aria-current={one === chosen ? "true" : undefined}>
                        <td className="import-name">
                          <Choosable chosen={one === chosen} onChoose={() => put({ channel: one.code })}>
                            {one.name}
                          </Choosable>
                        </td>
                        <td className="num two">
                          {one.last_message_at ? house.f.moment(one.last_message_at, house.zone) : t("channels.never")}
                        </td>
                        <td className="end num">
                          {one.waiting > 0 ? (
                            <Chip tone="act">{house.f.count(one.waiting)}</Chip>
                          ) : (
                            <span className="two">{house.f.count(0)}</span>
                          )}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </ScrollX>
            </Card>
          </div>
          <div>
            {chosen && (
              <>
                <Detail key={chosen.code} channel={chosen} />
                <Mapping key={`${chosen.code} codes`} channel={chosen} />
                <Calendars key={`${chosen.code} calendars`} channel={chosen} />
              </>
            )}
          </div>
        </div>
      )}
      {offered("channel_messages") && (
        <Messages
          state={search.state ?? "waiting"}
          nameOf={(code) => channels?.find((one) => one.code === code)?.name ?? code}
          channel={search.channel}
        />
      )}
      {search.do === "new" && (
        <ChannelDialog
          channel={undefined}
          onClose={() => put({ do: undefined })}
          onDone={(code) => put({ channel: code, do: undefined })}
        />
      )}
    </div>
  );
}
