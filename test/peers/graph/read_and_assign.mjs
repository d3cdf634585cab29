// Microsoft's own libraries, unchanged, as a tenant's tool uses them: MSAL gets the
// token, the Graph client reads usage over all pages, lists, assigns and unassigns.
//   read_and_assign.mjs  (settings as JSON on standard input; the result as JSON on standard output)
import { Client, GraphError, PageIterator } from "@microsoft/microsoft-graph-client";
import { readFileSync } from "node:fs";

const s = JSON.parse(readFileSync(0, "utf8"));
const { ConfidentialClientApplication } = await import(s.msal);
const { host, hostname } = new URL(s.baseUrl);
const scopes = [`${s.baseUrl}/.default`];
const NUMBERS = "/admin/teams/telephoneNumberManagement/numberAssignments";

function application(clientSecret) {
  const auth = { clientId: s.clientId, clientSecret, authority: s.authority, knownAuthorities: [host] };
  // MSAL 3 takes the mode from `auth`, MSAL 7 from `system`; each ignores the other place.
  return new ConfidentialClientApplication({
    auth: { ...auth, protocolMode: s.protocolMode },
    system: { protocolMode: s.protocolMode },
  });
}

const app = application(s.clientSecret);
const sources = [];
const graph = Client.init({
  baseUrl: s.baseUrl,
  customHosts: new Set([hostname]),
  authProvider: (done) => app.acquireTokenByClientCredential({ scopes }).then((token) => {
    sources.push(token.fromCache);
    done(null, token.accessToken);
  }, (error) => done(error, null)),
});

async function failure(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return { isGraphError: error instanceof GraphError, status: error.statusCode, code: error.code,
      message: error.message, requestId: error.requestId, date: error.date };
  }
}

async function usage() {
  const query = `/communications/callRecords/getPstnCalls(fromDateTime=${s.from},toDateTime=${s.to})`;
  const first = await graph.api(query).get();
  const rows = [];
  await new PageIterator(graph, first, (row) => rows.push(row) > 0).iterate();
  return { firstPage: first.value.length, firstCount: first["@odata.count"], rows: rows.length,
    ids: new Set(rows.map((row) => row.id)).size, seconds: rows.reduce((sum, row) => sum + row.duration, 0),
    first: rows[0] };
}

// The SDK resolves a relative path under /v1.0; a Location is used as it came.
async function act(action, body) {
  const accepted = await graph.api(`${NUMBERS}/${action}`).responseType("raw").post(body);
  const location = accepted.headers.get("location");
  const operation = await graph.api(location).get();
  const { value: [number] } = await graph.api(NUMBERS).filter(`telephoneNumber eq '${s.number}'`).get();
  return { status: accepted.status, location, operation, number };
}

const numberType = "operatorConnect";
const assignment = { telephoneNumber: s.number, assignmentTargetId: s.userId, numberType };
const result = { usage: await usage() };

const free = await graph.api(NUMBERS).filter("assignmentStatus eq 'unassigned'").top(2).count(true).get();
result.unassigned = { count: free["@odata.count"], numbers: [] };
await new PageIterator(graph, free, (n) => result.unassigned.numbers.push(n.telephoneNumber) > 0).iterate();
result.assign = await act("assignNumber", assignment);
result.assignAgain = await failure(() => graph.api(`${NUMBERS}/assignNumber`).post(assignment));
result.unassign = await act("unassignNumber", { telephoneNumber: s.number, numberType });
// An empty 202 must not upset the SDK where it expects JSON.
await graph.api(`${NUMBERS}/assignNumber`).post(assignment);
await graph.api(`${NUMBERS}/unassignNumber`).post({ telephoneNumber: s.number, numberType });
result.callRecord = await graph.api(`/communications/callRecords/${s.callRecordId}`)
  .expand("sessions($expand=segments)").get();
result.badFilter = await failure(() => graph.api(NUMBERS).filter("color eq 'red'").get());
result.tokensFromCache = sources.map(Boolean);
result.wrongSecret = await application("wrong").acquireTokenByClientCredential({ scopes })
  .then(() => null, (error) => error.errorCode);
console.log(JSON.stringify(result));
