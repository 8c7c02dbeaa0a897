import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, data, type Schema } from "./client";

/** What is asked about findings: where the records of a visit contradict each other. */

export type Finding = Schema<"FindingView">;

/** Which findings are wanted. */
export interface Wanted {
  state?: Schema<"FindingState"> | undefined;
  kind?: Schema<"FindingKind"> | undefined;
  cause?: Schema<"Cause"> | undefined;
  owner?: Schema<"FindingOwner"> | undefined;
  /** With at least so much money at stake, minor units. */
  stake?: number | undefined;
}

/** Findings of a property, the most money first, page by page. */
export const findingsQuery = (property: string, wanted: Wanted) =>
  infiniteQueryOptions({
    queryKey: ["findings", property, wanted],
    queryFn: ({ signal, pageParam }) =>
      data(
        api.GET("/api/v1/findings", {
          params: {
            query: { property, limit: 50, ...wanted, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

/** How many findings are open at most before they are no longer counted. */
const COUNTED = 99;

/** How many findings of a property are open, as it stands in the sidebar; empty for none. */
export const openFindingsQuery = (property: string) =>
  queryOptions({
    queryKey: ["findings", property, "count"],
    queryFn: async ({ signal }) => {
      const page = await data(api.GET("/api/v1/findings", { params: { query: { property, limit: COUNTED } }, signal }));
      return page.items.length === 0 ? "" : `${page.items.length}${page.next == null ? "" : "+"}`;
    },
    staleTime: 30_000,
    refetchInterval: 60_000,
  });

export const findingQuery = (property: string, id: string) =>
  queryOptions({
    queryKey: ["finding", property, id],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/properties/{property}/findings/{id}", { params: { path: { property, id } }, signal })),
  });
