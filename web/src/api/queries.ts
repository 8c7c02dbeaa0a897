import { keepPreviousData, QueryClient, queryOptions } from "@tanstack/react-query";
import { type Hours, wholeHours } from "../lib/hours";
import { ApiError, api, data, type Schema, tagged } from "./client";
import { whileUntold } from "./live";

/** How often what may change under the eyes is asked again while nobody tells of changes, milliseconds. */
const LIVE = 10_000;
/** How often what changes with the clock alone is asked again, milliseconds: who is over time, what an hour more costs. */
const CLOCK = 60_000;

/** The cache of answers. A refusal is not tried again; a lost connection is. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: "always",
        staleTime: 2_000,
        gcTime: 10 * 60_000,
        retry: (count, error) => !(error instanceof ApiError && error.problem.status < 500) && count < 2,
        refetchOnWindowFocus: true,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}

export const propertiesQuery = queryOptions({
  queryKey: ["properties"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/properties", { signal })),
  staleTime: 60_000,
});

export const propertyQuery = (property: string) =>
  queryOptions({
    queryKey: ["property", property],
    queryFn: ({ signal }) => data(api.GET("/api/v1/properties/{property}", { params: { path: { property } }, signal })),
    staleTime: 20_000,
  });

export const todayQuery = (property: string) =>
  queryOptions({
    queryKey: ["today", property],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/properties/{property}/today", { params: { path: { property } }, signal })),
    refetchInterval: whileUntold(LIVE, CLOCK),
  });

export const roomsQuery = (property: string) =>
  queryOptions({
    queryKey: ["rooms", property],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/properties/{property}/housekeeping", { params: { path: { property } }, signal })),
    refetchInterval: whileUntold(LIVE),
  });

export const availabilityQuery = (property: string, from: string, to: string) =>
  queryOptions({
    queryKey: ["availability", property, from, to],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/properties/{property}/availability", {
          params: { path: { property }, query: { from, to } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** The three-part record under any of its numbers, with its entity tag. */
export const visitQuery = (number: string, property: string) =>
  queryOptions({
    queryKey: ["visit", number.replaceAll("-", ""), property],
    queryFn: ({ signal }) =>
      tagged(api.GET("/api/v1/visits/{number}", { params: { path: { number }, query: { property } }, signal })),
    refetchInterval: whileUntold(LIVE, CLOCK),
  });

/** What is looked for in the search box. */
export interface Sought {
  q: string;
  property?: string | undefined;
}

export const searchQuery = ({ q, property }: Sought) =>
  queryOptions({
    queryKey: ["search", q, property],
    queryFn: ({ signal }) => data(api.POST("/api/v1/search", { body: { q, property, limit: 12 }, signal })),
    // Never blank between answers.
    placeholderData: keepPreviousData,
    enabled: q !== "",
  });

export const quoteQuery = (property: string, input: Schema<"QuoteInput"> | undefined) =>
  queryOptions({
    queryKey: ["quote", property, input],
    queryFn: ({ signal }) =>
      data(
        api.POST("/api/v1/properties/{property}/quote", {
          params: { path: { property } },
          body: input as Schema<"QuoteInput">,
          signal,
        }),
      ),
    enabled: input !== undefined,
    placeholderData: keepPreviousData,
  });

export const matchQuery = (guest: Schema<"GuestInput"> | undefined) =>
  queryOptions({
    queryKey: ["match", guest],
    queryFn: ({ signal }) => data(api.POST("/api/v1/identity/match", { body: guest as Schema<"GuestInput">, signal })),
    enabled: guest !== undefined,
    placeholderData: keepPreviousData,
  });

export const bookingsQuery = (
  property: string,
  from: string,
  to: string,
  state: Schema<"ReservationState"> | undefined,
) =>
  queryOptions({
    queryKey: ["bookings", property, from, to, state],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/reservations", {
          params: { query: { property, from, to, state, limit: 200 } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const auditCheckQuery = (property: string) =>
  queryOptions({
    queryKey: ["audit-check", property],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/properties/{property}/night-audit/check", { params: { path: { property } }, signal })),
    refetchInterval: whileUntold(LIVE),
  });

export const auditsQuery = (property: string) =>
  queryOptions({
    queryKey: ["audits", property],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/properties/{property}/night-audits", {
          params: { path: { property }, query: { limit: 10 } },
          signal,
        }),
      ),
  });

export const auditReportQuery = (property: string, date: string) =>
  queryOptions({
    queryKey: ["audit-report", property, date],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/properties/{property}/night-audits/{date}", {
          params: { path: { property, date } },
          signal,
        }),
      ),
  });

export const calendarQuery = (property: string, from: string, until: string) =>
  queryOptions({
    queryKey: ["calendar", property, from, until],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/properties/{property}/rate-calendar", {
          params: { path: { property }, query: { from, until } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** Every page of a list that a desk prints. */
async function wholeList(
  property: string,
  list: Schema<"ListKind">,
  date: string | undefined,
  signal: AbortSignal,
): Promise<Schema<"List">> {
  const page = (cursor: string | undefined) =>
    data(
      api.GET("/api/v1/properties/{property}/lists/{list}", {
        params: { path: { property, list }, query: { date, cursor, limit: 500, format: "json" } },
        signal,
      }),
    ) as Promise<Schema<"List">>;
  const first = await page(undefined);
  let next = first.next;
  while (next) {
    const more = await page(next);
    first.rows.push(...more.rows);
    next = more.next;
  }
  return first;
}

export const listQuery = (property: string, list: Schema<"ListKind">, date?: string) =>
  queryOptions({
    queryKey: ["list", property, list, date],
    queryFn: ({ signal }) => wholeList(property, list, date, signal),
    staleTime: 5_000,
  });

export const tracesQuery = (property: string) =>
  queryOptions({
    queryKey: ["traces", property],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/properties/{property}/traces", {
          params: { path: { property }, query: { limit: 100 } },
          signal,
        }),
      ),
    refetchInterval: whileUntold(LIVE),
  });

/** When which rooms can't be let, of some dates. */
export const outOfOrderQuery = (property: string, from: string, to: string) =>
  queryOptions({
    queryKey: ["out-of-order", property, from, to],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/properties/{property}/out-of-order", {
          params: { path: { property }, query: { from, to } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** Rooms that are free on some nights, or at some hours of the first date. */
export const freeRoomsQuery = (property: string, from: string, to: string, hours?: Hours) =>
  queryOptions({
    queryKey: ["free-rooms", property, from, to, hours],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/properties/{property}/free-rooms", {
          params: {
            path: { property },
            query: { from, to, ...(hours ? { minute: hours.from, hours: wholeHours(hours) } : {}) },
          },
          signal,
        }),
      ),
    // Who walks in comes now, which is another minute soon: what was free is shown until the answer is there.
    ...(hours ? { placeholderData: keepPreviousData } : {}),
  });

export const tasksQuery = (property: string, attendant?: string) =>
  queryOptions({
    queryKey: ["tasks", property, attendant],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/properties/{property}/tasks", {
          params: { path: { property }, query: { attendant } },
          signal,
        }),
      ),
    refetchInterval: whileUntold(LIVE),
  });

export const billingQuery = (property: string) =>
  queryOptions({
    queryKey: ["billing", property],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/properties/{property}/billing", { params: { path: { property } }, signal })),
  });

export const shiftsQuery = (property: string) =>
  queryOptions({
    queryKey: ["shifts", property],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/properties/{property}/shifts", {
          params: { path: { property }, query: { limit: 20 } },
          signal,
        }),
      ),
    refetchInterval: whileUntold(LIVE),
  });

export const shiftQuery = (property: string, number: number) =>
  queryOptions({
    queryKey: ["shift", property, number],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/properties/{property}/shifts/{number}", { params: { path: { property, number } }, signal }),
      ),
    refetchInterval: whileUntold(LIVE),
  });
