import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, data } from "./client";
import { whileUntold } from "./live";

/** What is asked about wake-up calls, things that were found, and what members have. */

/** How often what nobody tells of is asked again, milliseconds. */
const LIVE = 10_000;

/** The wake-up calls of a date, in order of time. */
export const wakeUpsQuery = (property: string, date: string) =>
  queryOptions({
    queryKey: ["wake-ups", property, date],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/properties/{property}/wake-ups", { params: { path: { property }, query: { date } }, signal }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: whileUntold(LIVE),
  });

/** Things that were found and are kept, or all of them, the latest first, page by page. */
export const foundQuery = (property: string, all: boolean) =>
  infiniteQueryOptions({
    queryKey: ["found", property, all],
    queryFn: ({ signal, pageParam }) =>
      data(
        api.GET("/api/v1/properties/{property}/found-items", {
          params: {
            path: { property },
            query: { all, limit: 50, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: whileUntold(LIVE),
  });

/** What the booker of a visit has as a member. */
export const benefitsQuery = (number: string, property: string) =>
  queryOptions({
    queryKey: ["benefits", property, number],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/visits/{number}/benefits", { params: { path: { number } }, signal })),
  });

/** The vouchers of a member, in order of issue. */
export const vouchersQuery = (member: string) =>
  queryOptions({
    queryKey: ["vouchers", member],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/members/{number}/vouchers", { params: { path: { number: member } }, signal })),
  });

/** The membership programme that holds in a property. */
export const programmeQuery = (property: string) =>
  queryOptions({
    queryKey: ["programme", property],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/properties/{property}/member-programme", { params: { path: { property } }, signal })),
    staleTime: 60_000,
  });
