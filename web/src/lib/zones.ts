/** Every time zone, and the one that is set, which a browser may not list. */
export const zonesWith = (one: string) =>
  [...new Set([one, ...Intl.supportedValuesOf("timeZone")])].map((id) => ({ id, name: id.replaceAll("_", " ") }));
