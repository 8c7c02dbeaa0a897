import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, askedIn, data, LostError, refusal, type Schema, tagged } from "./client";
import { connection } from "./connection";

/** What is asked about files of other systems that are imported here. */

const fileOf = (id: string, signal?: AbortSignal) =>
  tagged(api.GET("/api/v1/import-files/{id}", { params: { path: { id } }, signal }));
const previewOf = (id: string, signal?: AbortSignal) =>
  data(api.GET("/api/v1/import-files/{id}/preview", { params: { path: { id } }, signal }));
const quarantineOf = (id: string, cursor: number | undefined, signal?: AbortSignal) =>
  data(
    api.GET("/api/v1/import-files/{id}/quarantine", {
      params: { path: { id }, query: { limit: 50, ...(cursor === undefined ? {} : { cursor }) } },
      signal,
    }),
  );

export type ImportFile = Awaited<ReturnType<typeof fileOf>>["data"];
export type Preview = Awaited<ReturnType<typeof previewOf>>;
export type Quarantined = Awaited<ReturnType<typeof quarantineOf>>["items"][number];

/** Whether a file is being imported, and its numbers move. */
export const isMoving = (file: ImportFile | undefined): boolean =>
  file?.state === "running" || file?.state === "waiting";

export const filesQuery = queryOptions({
  queryKey: ["import-files"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/import-files", { signal })),
  refetchInterval: ({ state }) => (state.data?.some(isMoving) ? 2_000 : 15_000),
});

export const fileQuery = (id: string) =>
  queryOptions({
    queryKey: ["import-file", id],
    queryFn: async ({ signal }) => (await fileOf(id, signal)).data,
    refetchInterval: ({ state }) => (isMoving(state.data) ? 1_000 : false),
  });

export const previewQuery = (id: string) =>
  queryOptions({
    queryKey: ["import-preview", id],
    queryFn: ({ signal }) => previewOf(id, signal),
    // The file does not change, and a map is changed here only.
    staleTime: Number.POSITIVE_INFINITY,
  });

export const mapsQuery = queryOptions({
  queryKey: ["import-maps"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/import-maps", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The rows that wait to be mended or left out, page by page. */
export const toMendQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["import-quarantine", id],
    queryFn: ({ signal, pageParam }) => quarantineOf(id, pageParam, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.next == null ? undefined : Number(page.next)),
  });

/** What a map is said by: one that comes with Hefu, its JSON, or the lines of its text; and what takes the place of what it says. */
export interface MapChoice {
  builtin?: string;
  map?: Record<string, unknown>;
  lines?: string[];
  property?: string;
  time_zone?: string;
  currency?: string;
}

/** Keeps a map for a file, and answers what it makes of it. */
export const keepMap = (id: string, body: MapChoice, key: string) =>
  data(
    api.POST("/api/v1/import-files/{id}/map", {
      params: { path: { id }, header: { "Idempotency-Key": key } },
      // Of a map the description says only that it is an object.
      body: body as Schema<"ChosenMap">,
    }),
  );

export const startImport = (id: string, key: string) =>
  data(
    api.POST("/api/v1/import-files/{id}/start", {
      params: { path: { id }, header: { "Idempotency-Key": key } },
      body: {},
    }),
  );

export const withdrawImport = (id: string, key: string) =>
  data(
    api.POST("/api/v1/import-files/{id}/withdraw", {
      params: { path: { id }, header: { "Idempotency-Key": key } },
      body: {},
    }),
  );

/** Imports a row of the quarantine with other texts in some of its cells. */
export const mendRow = (id: string, row: number, cells: Record<string, string>, key: string) =>
  data(
    api.POST("/api/v1/import-files/{id}/quarantine/{row}/mend", {
      params: { path: { id, row }, header: { "Idempotency-Key": key } },
      body: { cells },
    }),
  );

export const leaveOutRow = (id: string, row: number, reason: string | undefined, key: string) =>
  data(
    api.POST("/api/v1/import-files/{id}/quarantine/{row}/leave-out", {
      params: {
        path: { id, row },
        header: {
          "Idempotency-Key": key,
          ...(reason === undefined ? {} : { "Hefu-Reason": encodeURIComponent(reason) }),
        },
      },
      body: {},
    }),
  );

/** The rows of the quarantine as they were received, for a spreadsheet; who took them and why stands in the journal. */
export const exportQuarantine = (id: string, reason: string, key: string): Promise<Blob> =>
  data(
    api.POST("/api/v1/import-files/{id}/quarantine/export", {
      params: { path: { id }, header: { "Idempotency-Key": key } },
      body: { reason },
      parseAs: "blob",
    }),
  ) as Promise<Blob>;

/**
 * Sends a file as it is, and says how far it is: as bytes of all bytes. Only a request of the old kind tells of that.
 */
export function upload(
  file: File,
  key: string,
  onProgress: (sent: number, all: number) => void,
  signal: AbortSignal,
): Promise<ImportFile> {
  return new Promise((resolve, reject) => {
    const url = "/api/v1/import-files";
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("Accept-Language", askedIn());
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Hefu-File-Name", encodeURIComponent([...file.name].slice(-200).join("")));
    request.setRequestHeader("Idempotency-Key", key);
    request.upload.onprogress = (event) => onProgress(event.loaded, file.size);
    request.onload = () => {
      connection.found();
      if (request.status === 201 || request.status === 200) resolve(request.response as ImportFile);
      else reject(refusal(request.response, request.status, url, request.getResponseHeader("Retry-After")));
    };
    request.onerror = () => {
      connection.lost();
      reject(new LostError("upload"));
    };
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
