import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { ApiError, api, data } from "./client";
import { session } from "./session";

/** What is asked about the journal, accounts and imports. */

/** Entries of the journal, the latest first, page by page; of a visit only those about it, or only who opened a visit or a guest. */
export const journalQuery = (visit: string | undefined, opened: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["journal", visit, opened],
    queryFn: ({ signal, pageParam }) =>
      data(
        api.GET("/api/v1/journal", {
          params: { query: { limit: 100, visit, opened, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.next == null ? undefined : Number(page.next)),
  });

export const entryQuery = (index: number) =>
  queryOptions({
    queryKey: ["journal-entry", index],
    queryFn: ({ signal }) => data(api.GET("/api/v1/journal/{index}", { params: { path: { index } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const proofQuery = (index: number) =>
  queryOptions({
    queryKey: ["journal-proof", index],
    queryFn: ({ signal }) => data(api.GET("/api/v1/journal/{index}/proof", { params: { path: { index } }, signal })),
    staleTime: 60_000,
  });

export const ledgerKeyQuery = queryOptions({
  queryKey: ["ledger-key"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/journal/key", { signal })),
  staleTime: 60_000,
});

export const witnessesQuery = queryOptions({
  queryKey: ["witnesses"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/journal/witnesses", { signal })),
});

/** One's own account; `null` where nobody has to sign in, and whoever sits at this machine may do everything. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async ({ signal, client }) => {
    try {
      return await data(api.GET("/api/v1/me", { signal }));
    } catch (error) {
      if (!(error instanceof ApiError && error.problem.status === 401)) throw error;
      const before: unknown = client.getQueryData(["me"]);
      if (before == null) return null;
      // Somebody was signed in: who it was stays known while they sign in again.
      session.ask("password");
      throw error;
    }
  },
  staleTime: 30_000,
});

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/me/sessions", { signal })),
});

export const accountsQuery = queryOptions({
  queryKey: ["accounts"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/accounts", { params: { query: { limit: 500 } }, signal })),
});

export const rolesQuery = queryOptions({
  queryKey: ["roles"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/roles", { signal })),
  staleTime: 60_000,
});

export const clientsQuery = queryOptions({
  queryKey: ["api-clients"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/api-clients", { params: { query: { limit: 500 } }, signal })),
});

/** Who holds a grant: somebody's account, or a program. */
export type Holder = { kind: "account" | "client"; id: string };

export const grantsQuery = ({ kind, id }: Holder) =>
  queryOptions({
    queryKey: ["grants", kind, id],
    queryFn: ({ signal }) =>
      kind === "account"
        ? data(api.GET("/api/v1/accounts/{id}/grants", { params: { path: { id } }, signal }))
        : data(api.GET("/api/v1/api-clients/{id}/grants", { params: { path: { id } }, signal })),
  });

export const importsQuery = queryOptions({
  queryKey: ["imports"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/imports", { signal })),
  refetchInterval: 10_000,
});

/** The rows that a run of the import could not take, page by page. */
export const quarantineQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["quarantine", id],
    queryFn: ({ signal, pageParam }) =>
      data(
        api.GET("/api/v1/imports/{id}/quarantine", {
          params: { path: { id }, query: { limit: 100, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.next == null ? undefined : Number(page.next)),
  });

/** What auditors are alarmed about, the latest first, page by page. */
export const alarmsQuery = (unseen: boolean) =>
  infiniteQueryOptions({
    queryKey: ["alarms", unseen],
    queryFn: ({ signal, pageParam }) =>
      data(
        api.GET("/api/v1/alarms", {
          params: { query: { unseen, limit: 50, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });

/** How many alarms no auditor has seen, as it stands in the sidebar; empty for none. */
export const unseenAlarmsQuery = queryOptions({
  queryKey: ["alarms", "count"],
  queryFn: async ({ signal }) => {
    const page = await data(api.GET("/api/v1/alarms", { params: { query: { unseen: true, limit: 99 } }, signal }));
    return page.items.length === 0 ? "" : `${page.items.length}${page.next == null ? "" : "+"}`;
  },
  staleTime: 30_000,
  refetchInterval: 60_000,
});

/** Guests whom nobody has a reason to open. */
export const canariesQuery = queryOptions({
  queryKey: ["canaries"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/canaries", { signal })),
});
