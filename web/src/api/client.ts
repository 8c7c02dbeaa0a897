import createClient, { type Middleware } from "openapi-fetch";
import { connection } from "./connection";
import { isAttended } from "./presence";
import type { components, paths } from "./schema";
import { session } from "./session";

/** A type of the API by its name in `openapi.json`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];
export type Problem = Schema<"Problem">;

/** The server's refusal: a problem document in the user's language. */
export class ApiError extends Error {
  constructor(
    readonly problem: Problem,
    readonly retryAfter: number | undefined,
  ) {
    super(problem.detail);
    this.name = "ApiError";
  }
}

/** The server could not be reached, or what answered was not Hefu. */
export class LostError extends Error {
  override name = "LostError";
}

let language = "zh-CN";
/** The language in which the server words what it says from now on. */
export function askIn(next: string): void {
  language = next;
}
/** The language of what is asked without the client below. */
export const askedIn = (): string => language;

const spoken: Middleware = {
  onRequest({ request }) {
    request.headers.set("accept-language", language);
    // What is asked while nobody is here does not count as use of the session.
    if (request.method === "GET" && !isAttended()) request.headers.set("hefu-unattended", "1");
    return request;
  },
};

async function reach(request: Request): Promise<Response> {
  try {
    const answer = await fetch(request);
    connection.found();
    return answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    connection.lost();
    throw new LostError(String(error));
  }
}

export const api = createClient<paths>({ fetch: reach });
api.use(spoken);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "code" in value && "detail" in value;
}

/** What an answer refuses, as an error to be thrown; whoever has to show who they are is asked. */
export function refusal(error: unknown, status: number, url: string, retryAfter: string | null): Error {
  if (!isProblem(error)) return new LostError(`${status}`);
  // Whether anybody is signed in is what `/me` and the sign-in are asked; their refusal is an answer, and no barrier.
  if (!/\/api\/v1\/(me|session|session\/passkey|setup)$/.test(new URL(url, location.href).pathname))
    session.refused(error.code);
  const after = Number(retryAfter);
  return new ApiError(error, Number.isFinite(after) && after > 0 ? after : undefined);
}

/** The data of an answer; throws what the server refused. */
export async function data<T>(answer: Promise<Answer<T>>): Promise<T> {
  return (await tagged(answer)).data;
}

/** The data of an answer with its entity tag. */
export async function tagged<T>(answer: Promise<Answer<T>>): Promise<{ data: T; etag: string | undefined }> {
  const { data, error, response } = await answer;
  // What was done without anything to tell has no content.
  if (response.ok && (data !== undefined || response.status === 204))
    return { data: data as T, etag: response.headers.get("etag") ?? undefined };
  throw refusal(error, response.status, response.url, response.headers.get("retry-after"));
}

type Body<Op> = Op extends { requestBody: { content: { "application/json": infer B } } } ? B : never;
type VisitPath = Extract<keyof paths, `/api/v1/visits/{number}/${string}`>;
type ActionPath = { [P in VisitPath]: paths[P] extends { post: { requestBody: unknown } } ? P : never }[VisitPath];

/** What can be done to a visit: the last part of the address. */
export type VisitAction = ActionPath extends `/api/v1/visits/{number}/${infer Action}` ? Action : never;
/** What an action on a visit is given. */
export type ActionBody<A extends VisitAction> = Body<
  paths[`/api/v1/visits/{number}/${A}`] extends { post: infer Op } ? Op : never
>;
/** Where a visit stands after an action. */
export type VisitState = Schema<"VisitState">;

/** How a change is sent: once, and only if nothing changed meanwhile. */
export interface Sending {
  /** Made when the form opens: the same key and request are carried out once. */
  key: string;
  /** The version the user looked at. */
  etag?: string | undefined;
}

/** Does something to a visit. */
export async function act<A extends VisitAction>(
  number: string,
  action: A,
  body: ActionBody<A>,
  { key, etag }: Sending,
): Promise<VisitState> {
  const headers: Record<string, string> = { "Idempotency-Key": key };
  if (etag !== undefined) headers["If-Match"] = etag;
  // The type of the path is a union that the client can't narrow; body and answer are checked by the types above.
  const post = api.POST as unknown as (path: string, init: object) => Promise<Answer<VisitState>>;
  return data(post(`/api/v1/visits/{number}/${action}`, { params: { path: { number } }, headers, body }));
}
