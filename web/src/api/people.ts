import { queryOptions } from "@tanstack/react-query";
import { ApiError, api, data, type Schema, tagged } from "./client";

/** What is asked about guests of the chain, and about who is the same person. */

type Guest = Schema<"GuestView">;

/** A guest, masked, with its entity tag. The id of one that was merged leads to the survivor. */
export const guestQuery = (id: string) =>
  queryOptions({
    queryKey: ["guest", id],
    queryFn: ({ signal }) => tagged(api.GET("/api/v1/guests/{id}", { params: { path: { id } }, signal })),
  });

export const guestVisitsQuery = (id: string, limit: number) =>
  queryOptions({
    queryKey: ["guest-visits", id, limit],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/guests/{id}/visits", { params: { path: { id }, query: { limit } }, signal })),
    placeholderData: (before) => before,
  });

export const guestFlagsQuery = (id: string) =>
  queryOptions({
    queryKey: ["guest-flags", id],
    queryFn: ({ signal }) => data(api.GET("/api/v1/guests/{id}/flags", { params: { path: { id } }, signal })),
  });

export const goldenQuery = (id: string) =>
  queryOptions({
    queryKey: ["guest-golden", id],
    queryFn: ({ signal }) => data(api.GET("/api/v1/guests/{id}/golden", { params: { path: { id } }, signal })),
  });

export const guestSourcesQuery = (id: string) =>
  queryOptions({
    queryKey: ["guest-sources", id],
    queryFn: ({ signal }) => data(api.GET("/api/v1/guests/{id}/sources", { params: { path: { id } }, signal })),
  });

export const guestIdentityQuery = (id: string) =>
  queryOptions({
    queryKey: ["guest-identity", id],
    queryFn: ({ signal }) => data(api.GET("/api/v1/guests/{id}/identity", { params: { path: { id } }, signal })),
  });

/** A guest's membership; `null` for who is no member. */
export const memberQuery = (id: string) =>
  queryOptions({
    queryKey: ["guest-member", id],
    queryFn: async ({ signal }) => {
      try {
        return await data(api.GET("/api/v1/guests/{id}/membership", { params: { path: { id } }, signal }));
      } catch (error) {
        if (error instanceof ApiError && error.problem.status === 404) return null;
        throw error;
      }
    },
  });

export const queueQuery = queryOptions({
  queryKey: ["identity-queue"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/identity/queue", { params: { query: { limit: 100 } }, signal })),
});

/** What would become of two guests if the second were merged into the first. */
export const mergePreviewQuery = (survivor: string, merged: string) =>
  queryOptions({
    queryKey: ["merge-preview", survivor, merged],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/guests/{id}/merge/{merged}", { params: { path: { id: survivor, merged } }, signal })),
  });

/** Merges a guest into another one. */
export const merge = (survivor: string, merged: string, key: string) =>
  data(
    api.POST("/api/v1/guests/{id}/merge", {
      params: { path: { id: survivor }, header: { "Idempotency-Key": key } },
      body: { merged },
    }),
  );

/** Takes a merge back. */
export const undoMerge = (id: string, key: string) =>
  data(
    api.POST("/api/v1/identity/merges/{id}/undo", {
      params: { path: { id }, header: { "Idempotency-Key": key } },
      body: {},
    }),
  );

/** Says that two guests are two. */
export const keepApart = (one: string, two: string, key: string) =>
  data(
    api.POST("/api/v1/identity/decisions", {
      params: { header: { "Idempotency-Key": key } },
      body: { one, two, same: false },
    }),
  );

/** Kinds of fields of a guest that are masked. */
export type FieldClass = "phone" | "email" | "document" | "birth" | "address" | "contact";

/** Shows a guest's fields of some classes unmasked, or all of them; who looked and why stands in the journal. */
export const reveal = (id: string, reason: string, classes: readonly FieldClass[] | "all"): Promise<Guest> =>
  data(
    api.POST("/api/v1/guests/{id}/reveal", {
      params: { path: { id }, header: { "Idempotency-Key": crypto.randomUUID() } },
      body: { reason, ...(classes === "all" ? {} : { classes: [...classes] }) },
    }),
  );
