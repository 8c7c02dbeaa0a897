// A provider of identities, as a chain would run one: oidc-provider, with people who are always signed in. Prints its address and serves until its
// standard input ends.
import http from "node:http";
import Provider from "oidc-provider";

// The first line of the output is the address; what the library has to say goes elsewhere.
console.info = console.error;
console.warn = console.error;

// The tests have a clock of their own.
if (process.env.NOW_MS) {
  const clock = Date.now;
  const ahead = Number(process.env.NOW_MS) - clock();
  Date.now = () => clock() + ahead;
}

const people = {
  "wang.fang": { name: "王芳", email: "shared@example.com", groups: ["desk-sh01", "everybody"] },
  "li.na": { name: "李娜", email: "shared@example.com", groups: ["managers"] },
  nobody: { name: "Nobody", groups: ["everybody"] },
};

const server = http.createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "hefu",
      client_secret: "not a secret: a test's",
      redirect_uris: ["http://localhost/api/v1/session/provider/chain/callback"],
      response_types: ["code"],
      grant_types: ["authorization_code"],
    },
  ],
  conformIdTokenClaims: false,
  claims: { openid: ["sub", "groups"], profile: ["name"], email: ["email"] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  cookies: { keys: ["a test's"] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  // Nobody is asked whether they agree.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid profile email");
    await grant.save();
    return grant;
  },
});

const answers = provider.callback();
server.on("request", async (request, response) => {
  const path = new URL(request.url, issuer).pathname;
  if (request.method === "POST" && path === "/people") {
    // Moves somebody to other groups: `{"login": …, "groups": […]}`.
    let text = "";
    for await (const part of request) text += part;
    const { login, groups } = JSON.parse(text);
    people[login].groups = groups;
    response.end();
    return;
  }
  if (path.startsWith("/interaction/")) {
    const { params } = await provider.interactionDetails(request, response);
    await provider.interactionFinished(
      request,
      response,
      { login: { accountId: params.login_hint ?? "nobody" } },
      { mergeWithLastSubmission: false },
    );
    return;
  }
  answers(request, response);
});

console.log(issuer);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
