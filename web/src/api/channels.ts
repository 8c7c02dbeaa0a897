import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, data, type Schema } from "./client";
import { whileUntold } from "./live";

/** What is asked about channels: how they are set up, their keys and calendars, and what of their messages waits. */

export type Channel = Schema<"ChannelView">;
export type Calendar = Schema<"CalendarView">;
export type Held = Schema<"ChannelMessageView">;
export type HeldState = Schema<"HeldState">;

export const channelsQuery = (property: string) =>
  queryOptions({
    queryKey: ["channels", property],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/properties/{property}/channels", { params: { path: { property } }, signal })),
    staleTime: 10_000,
    refetchInterval: whileUntold(60_000),
  });

export const calendarsQuery = (property: string, code: string) =>
  queryOptions({
    queryKey: ["calendars", property, code],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/properties/{property}/channels/{code}/calendars", {
          params: { path: { property, code } },
          signal,
        }),
      ),
  });

/** Messages that were not taken, those of longest ago first, page by page. */
export const messagesQuery = (property: string, state: HeldState) =>
  infiniteQueryOptions({
    queryKey: ["channel-messages", property, state],
    queryFn: ({ signal, pageParam }) =>
      data(
        api.GET("/api/v1/properties/{property}/channel-messages", {
          params: {
            path: { property },
            query: { state, limit: 50, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

/** Makes a channel or changes it, if nobody else has since. */
export const putChannel = (property: string, code: string, body: Schema<"ChannelInput">, version: number | undefined) =>
  data(
    api.PUT("/api/v1/properties/{property}/channels/{code}", {
      params: { path: { property, code }, header: version === undefined ? {} : { "If-Match": `"${version}"` } },
      body,
    }),
  );

export const putCalendar = (
  property: string,
  channel: string,
  code: string,
  body: Schema<"CalendarInput">,
  version: number | undefined,
) =>
  data(
    api.PUT("/api/v1/properties/{property}/channels/{code}/calendars/{calendar}", {
      params: {
        path: { property, code: channel, calendar: code },
        header: version === undefined ? {} : { "If-Match": `"${version}"` },
      },
      body,
    }),
  );

/** Gives a channel its first key or the next one: it is answered once. */
export const issueKey = (property: string, code: string, body: Schema<"ChannelKeyInput">, key: string) =>
  data(
    api.POST("/api/v1/properties/{property}/channels/{code}/key", {
      params: { path: { property, code }, header: { "Idempotency-Key": key } },
      body,
    }),
  );

/** A message as it was received; who looked and why stands in the journal. */
export const messageText = (property: string, id: string, reason: string) =>
  data(
    api.POST("/api/v1/properties/{property}/channel-messages/{id}/text", {
      params: { path: { property, id } },
      body: { reason },
    }),
  );

/** Takes a message in other words. */
export const mendMessage = (property: string, id: string, text: string) =>
  data(
    api.POST("/api/v1/properties/{property}/channel-messages/{id}/mend", {
      params: { path: { property, id } },
      body: { text },
    }),
  );

export const replayMessage = (property: string, id: string) =>
  data(
    api.POST("/api/v1/properties/{property}/channel-messages/{id}/replay", {
      params: { path: { property, id } },
      body: {},
    }),
  );

export const dropMessage = (property: string, id: string, reason: string, key: string) =>
  data(
    api.POST("/api/v1/properties/{property}/channel-messages/{id}/drop", {
      params: { path: { property, id }, header: { "Idempotency-Key": key } },
      body: { reason },
    }),
  );
