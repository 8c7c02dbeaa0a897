import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { ApiError } from "../api/client";

/** A form that is sent: once, however often somebody presses. */
export interface Sender<In, Out> {
  send: (input: In) => void;
  busy: boolean;
  /** What was refused, where it belongs to no field that was asked for. */
  error: unknown;
  /** What was refused, wherever it belongs. */
  failure: unknown;
  /** What is wrong at a place of the body, e.g. `/rooms/0/arrival`. */
  at: (...pointers: string[]) => string | undefined;
  /** Whether somebody else changed the record meanwhile. */
  conflict: boolean;
  /** The code of the refusal. */
  code: string | undefined;
  done: Out | undefined;
  reset: () => void;
}

/**
 * Sends a form. The idempotency key is made when the form opens and again after each success, so that what was sent twice is
 * done once. Everything on the screen is asked anew afterwards.
 */
export function useSend<In, Out>(
  run: (input: In, key: string) => Promise<Out>,
  then?: (out: Out, input: In) => void,
): Sender<In, Out> {
  const client = useQueryClient();
  const key = useRef<string>(undefined);
  key.current ??= crypto.randomUUID();
  const claimed = useRef(new Set<string>());
  const mutation = useMutation({
    mutationFn: (input: In) => run(input, key.current ?? crypto.randomUUID()),
    onSuccess: (out, input) => {
      key.current = crypto.randomUUID();
      void client.invalidateQueries();
      then?.(out, input);
    },
    onError: (error) => {
      if (!(error instanceof ApiError)) return;
      const { status, code } = error.problem;
      // Nothing was done: the next try is another request.
      if (status < 500) key.current = crypto.randomUUID();
      if (status === 409 || status === 412 || code === "stale") void client.invalidateQueries();
    },
  });
  const problem = mutation.error instanceof ApiError ? mutation.error.problem : undefined;
  claimed.current = new Set();
  return {
    send: (input) => {
      if (!mutation.isPending) mutation.mutate(input);
    },
    busy: mutation.isPending,
    failure: mutation.error,
    get error() {
      return problem?.pointer != null && claimed.current.has(problem.pointer) ? undefined : mutation.error;
    },
    at: (...pointers) => {
      for (const pointer of pointers) claimed.current.add(pointer);
      return problem?.pointer != null && pointers.includes(problem.pointer) ? problem.detail : undefined;
    },
    conflict: problem?.status === 412 || problem?.code === "stale",
    code: problem?.code,
    done: mutation.data,
    reset: () => mutation.reset(),
  };
}
