// The check refuses descriptions that are broken in the ways that matter: node --test
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { problems, typeErrors } from "./check.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const committed = readFileSync(join(here, "../../openapi.json"), "utf8");

/** The rules that a copy breaks after `change`. */
async function broken(change) {
  const api = JSON.parse(committed);
  change(api);
  return new Set((await problems(JSON.stringify(api))).map((problem) => problem.split(" ")[0]));
}

test("the committed description is valid", async () => {
  assert.deepEqual(await problems(committed), []);
});

test("a query parameter that is declared as part of the path is refused", async () => {
  const rules = await broken((api) => {
    const q = api.paths["/api/v1/search"].get.parameters.find(({ name }) => name === "q");
    Object.assign(q, { in: "path", required: true });
  });
  assert.ok(rules.has("path-parameters-defined"), [...rules].join());
});

test("a path parameter that is not declared is refused", async () => {
  const rules = await broken((api) => {
    const operation = api.paths["/api/v1/visits/{number}"].get;
    operation.parameters = operation.parameters.filter(({ name }) => name !== "number");
  });
  assert.ok(rules.has("path-parameters-defined"), [...rules].join());
});

test("a reference that leads nowhere is refused", async () => {
  const rules = await broken((api) => delete api.components.schemas.Problem);
  assert.ok(rules.has("no-unresolved-refs"), [...rules].join());
});

test("an operation that never succeeds is refused", async () => {
  const rules = await broken((api) => delete api.paths["/api/v1/search"].get.responses["200"]);
  assert.ok(rules.has("operation-2xx-response"), [...rules].join());
});

test("two operations with one id are refused", async () => {
  const rules = await broken((api) => {
    api.paths["/api/v1/reservations"].post.operationId = "search";
  });
  assert.ok(rules.has("operation-operationId-unique"), [...rules].join());
});

test("a response without a description is refused", async () => {
  const rules = await broken((api) => delete api.paths["/api/v1/search"].get.responses["200"].description);
  assert.ok(rules.has("struct"), [...rules].join());
});

test("an example that does not fit its schema is refused", async () => {
  const rules = await broken((api) => {
    const content = api.paths["/api/v1/reservations"].post.requestBody.content["application/json"];
    content.example = { property: 1 };
  });
  assert.ok(rules.has("no-invalid-media-type-examples"), [...rules].join());
});

test("a client that does not fit the description is refused", async () => {
  const api = JSON.parse(committed);
  // As if it were part of the path: the client could not pass it in the query.
  const q = api.paths["/api/v1/search"].get.parameters.find(({ name }) => name === "q");
  Object.assign(q, { in: "path", required: true });
  // Below this directory, so that the compiler finds the packages.
  const directory = mkdtempSync(join(here, "generated-broken-"));
  try {
    assert.match(await typeErrors(JSON.stringify(api), directory), /example\.ts.*error TS\d+/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
