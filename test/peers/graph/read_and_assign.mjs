// Microsoft's own libraries, unchanged, as a tenant's tool uses them: MSAL gets the
// token, the Graph client reads usage over all pages and assigns a number.
//   read_and_assign.mjs  (settings as JSON on standard input; the result as JSON on standard output)
import { ConfidentialClientApplication } from "@azure/msal-node";
import { Client, GraphError, PageIterator } from "@microsoft/microsoft-graph-client";
import { readFileSync } from "node:fs";

const s = JSON.parse(readFileSync(0, "utf8"));
const host = new URL(s.baseUrl).host;
const app = new ConfidentialClientApplication({
  auth: {
    clientId: s.clientId,
    clientSecret: s.clientSecret,
    authority: `${s.baseUrl}/${s.tenantId}`,
    knownAuthorities: [host],
    protocolMode: s.protocolMode,
  },
});
const graph = Client.init({
  baseUrl: s.baseUrl,
  customHosts: new Set([new URL(s.baseUrl).hostname]),
  authProvider: async (done) => {
    try {
      const token = await app.acquireTokenByClientCredential({ scopes: [`${s.baseUrl}/.default`] });
      done(null, token.accessToken);
    } catch (error) {
      done(error, null);
    }
  },
});

const result = {};
let page = await graph
  .api(`/communications/callRecords/getPstnCalls(fromDateTime=${s.from},toDateTime=${s.to})`)
  .get();
result.firstPage = page["@odata.count"];
const calls = [];
await new PageIterator(graph, page, (row) => { calls.push(row); return true; }).iterate();
result.calls = calls.length;
result.distinct = new Set(calls.map((c) => c.id)).size;
result.sample = calls[0];

const numbers = "/admin/teams/telephoneNumberManagement/numberAssignments";
const list = await graph.api(numbers).filter("assignmentStatus eq 'unassigned'").top(5).get();
result.unassigned = list.value.map((n) => n.telephoneNumber);
const raw = await graph.api(`${numbers}/assignNumber`).responseType("raw").post({
  telephoneNumber: s.number, assignmentTargetId: s.userId, numberType: "operatorConnect",
});
result.assignStatus = raw.status;
const operation = await graph.api(raw.headers.get("location")).get();
result.operation = operation.status;
const after = await graph.api(numbers).filter(`telephoneNumber eq '${s.number}'`).get();
result.assignedTo = after.value[0].assignmentTargetId;
try {
  await graph.api(`${numbers}/assignNumber`).post({
    telephoneNumber: s.number, assignmentTargetId: s.userId, numberType: "operatorConnect",
  });
} catch (error) {
  result.secondTime = { graphError: error instanceof GraphError, status: error.statusCode, code: error.code,
    requestId: error.requestId };
}
await graph.api(`${numbers}/unassignNumber`).post({ telephoneNumber: s.number, numberType: "operatorConnect" });
result.unassignedAgain = (await graph.api(numbers).filter(`telephoneNumber eq '${s.number}'`).get())
  .value[0].assignmentStatus;

const wrong = new ConfidentialClientApplication({
  auth: { clientId: s.clientId, clientSecret: "wrong", authority: `${s.baseUrl}/${s.tenantId}`, knownAuthorities: [host],
    protocolMode: s.protocolMode },
});
try {
  await wrong.acquireTokenByClientCredential({ scopes: [`${s.baseUrl}/.default`] });
} catch (error) {
  result.wrongSecret = error.errorCode;
}
console.log(JSON.stringify(result));
