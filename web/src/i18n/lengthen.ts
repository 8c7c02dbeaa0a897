/** Texts two fifths longer than they are, in which a layout shows whether it bears a longer language. */
export function lengthen(texts: unknown): unknown {
  if (typeof texts === "string") return longer(texts);
  if (typeof texts !== "object" || texts === null) return texts;
  return Object.fromEntries(
    Object.entries(texts).map(([key, value]) => [key, key === "weekdays" ? value : lengthen(value)]),
  );
}

/** Doubles vowels until the text has grown by two fifths; what stands in braces is filled in later and stays. */
function longer(text: string): string {
  const visible = text.replace(/\{\{.*?\}\}/g, "").length;
  let missing = Math.ceil(visible * 0.4);
  const grown = text.replace(/\{\{.*?\}\}|[aeiouyAEIOUY]/g, (found) => {
    if (found.startsWith("{{") || missing <= 0) return found;
    missing -= 1;
    return found + found.toLowerCase();
  });
  return missing > 0 ? `${grown}${"o".repeat(missing)}` : grown;
}
