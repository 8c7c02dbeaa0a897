// Checks an OpenAPI description and type-checks the example client against types made from it:
//   node check.mjs openapi.json
// Redocly's rules judge the description, openapi-typescript makes the types, TypeScript checks the client.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import openapiTS, { astToString } from "openapi-typescript";

const here = dirname(fileURLToPath(import.meta.url));

// Every rule is an error: nothing is merely warned of.
const rules = {
  struct: "error",
  "no-unresolved-refs": "error",
  "spec-components-invalid-map-name": "error",
  "spec-strict-refs": "error",
  "path-parameters-defined": "error",
  "path-declaration-must-exist": "error",
  "path-not-include-query": "error",
  "no-path-trailing-slash": "error",
  "no-identical-paths": "error",
  "operation-operationId": "error",
  "operation-operationId-unique": "error",
  "operation-operationId-url-safe": "error",
  "operation-parameters-unique": "error",
  "operation-summary": "error",
  "operation-singular-tag": "error",
  "operation-tag-defined": "error",
  "tag-description": "error",
  "operation-2xx-response": "error",
  "operation-4xx-response": "error",
  "operation-4xx-problem-details-rfc7807": "error",
  "no-enum-type-mismatch": "error",
  "no-required-schema-properties-undefined": "error",
  "no-schema-type-mismatch": "error",
  "no-invalid-media-type-examples": "error",
  "no-invalid-parameter-examples": "error",
  "no-invalid-schema-examples": "error",
  "no-example-value-and-externalValue": "error",
  "info-license": "error",
};

/** What is wrong with a description: lines of rule, place and text; none when it is valid. */
export async function problems(source) {
  const config = await createConfig({ rules });
  const found = await lintFromString({ source, absoluteRef: "openapi.json", config });
  return found.map(({ ruleId, message, location }) => `${ruleId} at ${location[0]?.pointer ?? "#/"}: ${message}`);
}

// Fields with a default may be left out of a request: openapi-typescript --default-non-nullable=false.
/** Makes types of a description and checks the client with them in `directory`. Returns what the compiler says. */
export async function typeErrors(source, directory) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  cpSync(join(here, "src"), directory, { recursive: true });
  writeFileSync(join(directory, "hefu.ts"), astToString(await openapiTS(source, { defaultNonNullable: false })));
  const base = { extends: join(here, "tsconfig.json"), include: ["*.ts"] };
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(base));
  const compiler = join(here, "node_modules", "typescript", "bin", "tsc");
  try {
    execFileSync(process.execPath, [compiler, "--project", directory], { encoding: "utf8" });
    return "";
  } catch (error) {
    return error.stdout || String(error);
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const file = process.argv[2];
  if (!file) {
    console.error("usage: node check.mjs openapi.json");
    process.exit(2);
  }
  const source = readFileSync(file, "utf8");
  const found = await problems(source);
  for (const problem of found) console.error(problem);
  const said = found.length ? "" : await typeErrors(source, join(here, "generated"));
  if (said) console.error(said);
  process.exit(found.length || said ? 1 : 0);
}
