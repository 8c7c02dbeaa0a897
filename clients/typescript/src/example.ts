// A small client: finds a guest's visit, books a room, checks in and takes a payment. The types are made from
// openapi.json, so a wrong path, parameter or body does not compile.
import createClient from "openapi-fetch";
import type { components, paths } from "./hefu.js";

type Problem = components["schemas"]["Problem"];

const hefu = createClient<paths>({
  baseUrl: "http://127.0.0.1:8080",
  headers: { "Accept-Language": "en" },
});

/** The result of a call, or an error that carries the problem's stable code. */
function accepted<T>(answer: { data?: T; error?: Problem | undefined }): T {
  if (answer.data === undefined) throw new Error(answer.error ? `${answer.error.code}: ${answer.error.detail}` : "no answer");
  return answer.data;
}

/** Visit numbers that match what a guest says at the desk. */
export async function find(words: string): Promise<string[]> {
  const found = accepted(await hefu.GET("/api/v1/search", { params: { query: { q: words, property: "SH01", limit: 5 } } }));
  return found.visits.map((visit) => visit.number);
}

/** Every reservation of a property, page by page. */
export async function* reservations(property: string): AsyncGenerator<string> {
  let cursor: string | undefined;
  do {
    const query = { property, state: "reserved" as const, ...(cursor && { cursor }) };
    const page = accepted(await hefu.GET("/api/v1/reservations", { params: { query } }));
    for (const reservation of page.items) yield reservation.number;
    cursor = page.next ?? undefined;
  } while (cursor);
}

/** Books one night, checks the guest in and takes the amount owed. */
export async function arrive(arrival: string, departure: string, key: string): Promise<number> {
  const left = accepted(
    await hefu.GET("/api/v1/properties/{property}/availability", {
      params: { path: { property: "SH01" }, query: { from: arrival, to: departure } },
    }),
  );
  if (left.length === 0) throw new Error("nothing left");
  const booked = accepted(
    await hefu.POST("/api/v1/reservations", {
      params: { header: { "Idempotency-Key": key } },
      body: {
        property: "SH01",
        guest: { profile: { full_name: "李明" } },
        rooms: [{ room_type: "DBL", rate_plan: "BAR", arrival, departure }],
      },
    }),
  );
  const path = { number: booked.number };
  accepted(await hefu.POST("/api/v1/visits/{number}/check-in", { params: { path }, body: { room: "auto" } }));
  const { balance } = accepted(await hefu.GET("/api/v1/visits/{number}", { params: { path } })).consumption;
  if (balance > 0) {
    const body = { code: "CARD", amount: balance };
    accepted(await hefu.POST("/api/v1/visits/{number}/payments", { params: { path }, body }));
  }
  return balance;
}
