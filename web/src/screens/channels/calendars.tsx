import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Calendar, type Channel, calendarsQuery, putCalendar } from "../../api/channels";
import { useOffered } from "../../frame/may";
import { useTexts } from "../../i18n";
import { Bones, Button, Card, Empty, Field, Refusal, Select, Tick } from "../../kit";
import { FormDialog } from "../../kit/form";
import { say } from "../../kit/notices";
import { useSend } from "../../kit/send";
import { useHouse } from "../../lib/house";
import { word } from "../../lib/words";

function CalendarDialog({
  channel,
  calendar,
  onClose,
}: {
  channel: Channel;
  /** The one to change; none: a new one. */
  calendar: Calendar | undefined;
  onClose: () => void;
}) {
  const t = useTexts();
  const house = useHouse();
  const [code, setCode] = useState(calendar?.code ?? "");
  const [type, setType] = useState(calendar?.room_type ?? house.view.room_types[0]?.code);
  const [url, setUrl] = useState("");
  const [stop, setStop] = useState(false);
  const form = useSend<void, Calendar>(
    () =>
      putCalendar(
        house.code,
        channel.code,
        code.trim(),
        // An address that is not given stays; an empty one is given up.
        { room_type: type ?? null, url: stop ? "" : url.trim() === "" ? null : url.trim() },
        calendar?.version,
      ),
    (made) => {
      say(t("channels.calendar_saved", { code: made.code }));
      onClose();
    },
  );
  return (
    <FormDialog
      title={calendar ? t("channels.edit_calendar", { code: calendar.code }) : t("channels.new_calendar")}
      note={t("channels.calendars_note")}
      onClose={onClose}
      form={form}
      action={t("channels.do_save")}
      onSend={() => form.send()}
      isDisabled={code.trim() === "" || !type}
    >
      <div className="fields">
        <Field
          label={t("channels.calendar_code")}
          value={code}
          onChange={setCode}
          disabled={calendar !== undefined}
          autoFocus={calendar === undefined}
          maxLength={32}
          help={t("channels.code_help")}
          error={form.at("calendar", "/calendar")}
        />
        <Select
          label={t("rates.room_type")}
          choices={house.view.room_types.map((one) => ({ id: one.code, name: house.typeName(one.code) }))}
          value={type}
          onChange={setType}
          error={form.at("/room_type")}
        />
      </div>
      <Field
        label={t("channels.calendar_url")}
        value={url}
        onChange={setUrl}
        disabled={stop}
        help={t("channels.calendar_url_help")}
        error={form.at("/url")}
      />
      {calendar?.is_read && (
        <Tick ticked={stop} onChange={setStop}>
          {t("channels.calendar_stop")}
        </Tick>
      )}
    </FormDialog>
  );
}

/** The calendars of a channel: which nights each blocks, and whether it can be read. */
export function Calendars({ channel }: { channel: Channel }) {
  const t = useTexts();
  const house = useHouse();
  const offered = useOffered(house.code);
  const { data: list, error, refetch } = useQuery(calendarsQuery(house.code, channel.code));
  const [doing, setDoing] = useState<Calendar | "new">();
  return (
    <Card
      title={t("channels.calendars")}
      note={list?.length}
      tools={
        offered("channel_setup") && (
          <Button size="row" onPress={() => setDoing("new")}>
            {t("channels.new_calendar")}
          </Button>
        )
      }
    >
      {error && !list ? (
        <div className="card-body">
          <Refusal error={error} retry={() => void refetch()} />
        </div>
      ) : !list ? (
        <Bones rows={2} />
      ) : list.length === 0 ? (
        <Empty title={t("channels.no_calendars")}>{t("channels.calendars_note")}</Empty>
      ) : (
        <ul className="lines">
          {list.map((one) => (
            <li key={one.code}>
              <span className="grow">
                <b>{one.code}</b>{" "}
                <span className="two">
                  {house.typeName(one.room_type)} ·{" "}
                  {t(one.is_read ? "channels.calendar_read" : "channels.calendar_sent")} ·{" "}
                  {t("channels.calendar_nights", { count: one.blocked.length })}
                </span>
                {one.failed && (
                  <span className="block amber">
                    {t("channels.calendar_failed", { why: word(t, "channel_fault", one.failed) })}
                  </span>
                )}
              </span>
              {one.read_at && <span className="num two">{house.f.moment(one.read_at, house.zone)}</span>}
              {offered("channel_setup") && (
                <Button size="row" onPress={() => setDoing(one)}>
                  {t("guest.edit")}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {doing && (
        <CalendarDialog
          channel={channel}
          calendar={doing === "new" ? undefined : doing}
          onClose={() => setDoing(undefined)}
        />
      )}
    </Card>
  );
}
