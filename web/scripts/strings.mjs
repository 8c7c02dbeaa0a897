// Finds texts for people outside of the catalogues: in JSX, in attributes that are read out, and Chinese anywhere.
// `node scripts/strings.mjs [folder]`; exits 1 where there is any.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

/** Attributes whose value people read or hear. */
const SPOKEN = new Set([
  "aria-label",
  "title",
  "placeholder",
  "alt",
  "label",
  "note",
  "help",
  "error",
  "aria-description",
]);
/** What is no language: symbols, marks, and the names of keys. */
const KEYS = new Set(["Enter", "Esc", "Space", "Shift", "Alt", "Ctrl", "Tab", "Alt C", "Alt A"]);

/** The texts of a source file that should stand in a catalogue, with their lines. */
export function textsOf(path, source) {
  const file = ts.createSourceFile(
    path,
    source,
    ts.ScriptTarget.Latest,
    true,
    path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
  );
  const found = [];
  const add = (node, text) =>
    found.push(
      `${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${JSON.stringify(text.trim())}`,
    );
  const visit = (node) => {
    if (ts.isJsxText(node)) {
      const text = node.text.trim();
      // One letter is the name of a key.
      if (/\p{L}{2,}/u.test(text) && !KEYS.has(text)) add(node, text);
    } else if (ts.isJsxAttribute(node) && node.initializer && SPOKEN.has(node.name.getText())) {
      const value = ts.isStringLiteral(node.initializer)
        ? node.initializer
        : ts.isJsxExpression(node.initializer) &&
            node.initializer.expression &&
            ts.isStringLiteral(node.initializer.expression)
          ? node.initializer.expression
          : undefined;
      if (value && /\p{L}{2,}/u.test(value.text)) add(node, value.text);
    } else if (
      (ts.isStringLiteralLike(node) ||
        ts.isTemplateHead(node) ||
        ts.isTemplateMiddle(node) ||
        ts.isTemplateTail(node)) &&
      /\p{Script=Han}/u.test(node.text)
    ) {
      add(node, node.text);
    } else if (
      ts.isJsxExpression(node) &&
      node.expression &&
      ts.isStringLiteral(node.expression) &&
      !ts.isJsxAttribute(node.parent) &&
      /\p{L}{2,}/u.test(node.expression.text)
    ) {
      add(node, node.expression.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The source files of a folder, without tests, types and catalogues. */
export function* sources(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      if (name !== "i18n") yield* sources(path);
    } else if (/\.tsx?$/.test(name) && !/\.(test|d)\.tsx?$/.test(name)) yield path;
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const folder = process.argv[2] ?? new URL("../src", import.meta.url).pathname;
  const found = [...sources(folder)].flatMap((path) =>
    textsOf(relative(process.cwd(), path), readFileSync(path, "utf8")),
  );
  if (found.length > 0) {
    console.error(`texts outside of the catalogues (src/i18n):\n${found.join("\n")}`);
    process.exit(1);
  }
}
