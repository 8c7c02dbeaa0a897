import { queryOptions } from "@tanstack/react-query";
import { api, data, type Schema } from "./client";

/** Passkeys: what a device proves with a key that never leaves it (WebAuthn). */

type Assertion = Schema<"ShownPasskey">;

/** Whether this browser, at this address, can have any. */
export const canUsePasskeys = (): boolean =>
  typeof PublicKeyCredential === "function" &&
  typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function" &&
  // A key is for a name; an address of numbers is none.
  !/^(\d+\.){3}\d+$|^\[/.test(location.hostname);

/** What can be shown as a second factor. */
export interface Factors {
  totp: boolean;
  passkey: boolean;
}
export const factorsOf = (view: Schema<"SignedInView">): Factors => ({ totp: view.totp, passkey: view.passkey });
export const factorsOfMe = (me: Schema<"MeView"> | null | undefined): Factors => ({
  totp: me?.totp ?? false,
  passkey: (me?.passkeys ?? 0) > 0,
});

/** Asks the device to prove who is here. */
async function prove(): Promise<Assertion> {
  const { public_key } = await data(api.POST("/api/v1/session/passkey/options", { body: {} }));
  const found = await navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(
      public_key as unknown as PublicKeyCredentialRequestOptionsJSON,
    ),
  });
  if (!(found instanceof PublicKeyCredential)) throw new DOMException("", "NotAllowedError");
  const { id, response } = found.toJSON();
  return {
    id,
    client_data: response.clientDataJSON,
    authenticator_data: response.authenticatorData,
    signature: response.signature,
    user_handle: response.userHandle ?? null,
  };
}

/** Signs in with nothing else. */
export const signInByPasskey = async () =>
  data(api.POST("/api/v1/session/passkey", { body: { passkey: await prove() } }));

/** Shows a passkey as the second factor. */
export const showPasskey = async () =>
  data(api.POST("/api/v1/session/second-factor", { body: { passkey: await prove() } }));

/** Sets a new password with a recovery code; nobody is signed in by it. */
export const recover = (login: string, recovery_code: string, next: string) =>
  data(api.POST("/api/v1/session/recovery", { body: { login, recovery_code, new: next } }));

export const passkeysQuery = queryOptions({
  queryKey: ["passkeys"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/me/passkeys", { signal })),
});

/** Makes a passkey on this device, or one that it reaches. */
export async function makePasskey(name: string, password: string, key: string) {
  const { public_key } = await data(api.POST("/api/v1/me/passkeys/options", { body: { password } }));
  const made = await navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(
      public_key as unknown as PublicKeyCredentialCreationOptionsJSON,
    ),
  });
  if (!(made instanceof PublicKeyCredential)) throw new DOMException("", "NotAllowedError");
  const { response } = made.toJSON();
  return data(
    api.POST("/api/v1/me/passkeys", {
      params: { header: { "Idempotency-Key": key } },
      body: { name, client_data: response.clientDataJSON, attestation_object: response.attestationObject },
    }),
  );
}

export const dropPasskey = (id: string) => data(api.DELETE("/api/v1/me/passkeys/{id}", { params: { path: { id } } }));

/** Signs out of one session of one's own, or of all; the password says that it is their owner who asks. */
export const endSessions = (session: string | undefined, password: string) =>
  data(api.POST("/api/v1/me/sessions/end", { body: session === undefined ? { password } : { session, password } }));

/** The chain's own sign-in, where one is set up. */
export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) => data(api.GET("/api/v1/session/providers", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});
