// Finds what could change the prototype of all objects: a property written under a name that does not stand in the source, `__proto__`, and functions that
// copy or define properties by name. Lists by name are kept in maps; typed arrays take numbers only, and may be written to at any place.
// `node scripts/objects.mjs [folder]`; exits 1 where there is any.
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import ts from "typescript";
import { sources } from "./strings.mjs";

/** Functions that write properties whose names come with the values. */
const WRITERS = new Set([
  "Object.assign",
  "Object.defineProperty",
  "Object.defineProperties",
  "Object.setPrototypeOf",
  "Reflect.set",
  "Reflect.defineProperty",
  "Reflect.setPrototypeOf",
]);

/** Arrays of numbers: a name that is none of their places is no place to write to. */
const NUMBERS = /^(Int|Uint|Float)(8|16|32|64)(Clamped)?Array$/;

/** Whether a declaration makes an array of numbers, or takes one. */
function declaresNumbers({ type, initializer }) {
  if (type) return ts.isTypeReferenceNode(type) && NUMBERS.test(type.typeName.getText());
  let made = initializer;
  // `new Int32Array(n).fill(0)`, `Uint8Array.from(list)`
  while (made && ts.isCallExpression(made) && ts.isPropertyAccessExpression(made.expression)) {
    if (["from", "of", "fill", "map"].includes(made.expression.name.text)) made = made.expression.expression;
    else return false;
  }
  if (made && ts.isNewExpression(made)) made = made.expression;
  return made !== undefined && ts.isIdentifier(made) && made !== initializer && NUMBERS.test(made.text);
}

/** What a scope declares directly. */
function* declaredIn(scope) {
  for (const one of scope.parameters ?? []) yield one;
  const lists = [...(scope.statements ?? [])].filter(ts.isVariableStatement).map((one) => one.declarationList);
  if (scope.initializer && ts.isVariableDeclarationList(scope.initializer)) lists.push(scope.initializer);
  for (const list of lists) yield* list.declarations;
}

/** Whether an expression is a variable that holds an array of numbers. */
function holdsNumbers(node) {
  if (!ts.isIdentifier(node)) return false;
  const says = (name) =>
    ts.isIdentifier(name) ? name.text === node.text : name.elements.some((one) => one.name && says(one.name));
  for (let scope = node.parent; scope; scope = scope.parent) {
    for (const one of declaredIn(scope)) {
      if (says(one.name)) return ts.isIdentifier(one.name) && declaresNumbers(one);
    }
  }
  return false;
}

/** The places of a source file that write a property under any name, with their lines. */
export function writesOf(path, source) {
  const kind = path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true, kind);
  const found = [];
  const add = (node) =>
    found.push(`${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.getText()}`);
  // Also what is reached by any name, and then written to.
  const isByAnyName = (node) => {
    if (ts.isPropertyAccessExpression(node) || ts.isNonNullExpression(node)) return isByAnyName(node.expression);
    if (!ts.isElementAccessExpression(node)) return false;
    const { argumentExpression: name, expression } = node;
    if (holdsNumbers(expression)) return false;
    return !(ts.isStringLiteralLike(name) || ts.isNumericLiteral(name)) || isByAnyName(expression);
  };
  const visit = (node) => {
    if (ts.isBinaryExpression(node)) {
      const { kind: sign } = node.operatorToken;
      const assigns = sign >= ts.SyntaxKind.FirstAssignment && sign <= ts.SyntaxKind.LastAssignment;
      if (assigns && isByAnyName(node.left)) add(node);
    } else if (
      ts.isDeleteExpression(node) ||
      ((ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) &&
        (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken))
    ) {
      const target = ts.isDeleteExpression(node) ? node.expression : node.operand;
      if (isByAnyName(target)) add(node);
    } else if (ts.isCallExpression(node) && WRITERS.has(node.expression.getText())) {
      add(node);
    } else if ((ts.isIdentifier(node) || ts.isStringLiteralLike(node)) && node.text === "__proto__") {
      add(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const folder = process.argv[2] ?? new URL("../src", import.meta.url).pathname;
  const found = [...sources(folder)].flatMap((path) =>
    writesOf(relative(process.cwd(), path), readFileSync(path, "utf8")),
  );
  if (found.length > 0) {
    console.error(`properties written under any name; keep them in a Map:\n${found.join("\n")}`);
    process.exit(1);
  }
}
