// Usage of yesterday through Microsoft's own libraries, of the first tenant in demo.json:
//   npm install --no-save @azure/msal-node@7.2.3 @microsoft/microsoft-graph-client@3.0.7
//   NODE_EXTRA_CA_CERTS=DIR/tls/ca.pem node examples/graph-usage.mjs DIR/demo.json [DAY]
import { ConfidentialClientApplication } from "@azure/msal-node";
import { Client, PageIterator } from "@microsoft/microsoft-graph-client";
import { readFileSync } from "node:fs";

const { baseUrl, clients } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { clientId, clientSecret, tenantId, name } = clients.find((client) => client.tenantId);
const { host, hostname } = new URL(baseUrl);
const auth = { clientId, clientSecret, authority: `${baseUrl}/${tenantId}`, knownAuthorities: [host] };
const { accessToken } = await new ConfidentialClientApplication({ auth })
  .acquireTokenByClientCredential({ scopes: [`${baseUrl}/.default`] });
const customHosts = new Set([hostname]);
const graph = Client.init({ baseUrl, customHosts, authProvider: (done) => done(null, accessToken) });

const day = process.argv[3] ?? new Date(Date.now() - 24 * 3600 * 1000).toISOString().slice(0, 10);
const window = `fromDateTime=${day},toDateTime=${day}T23:59:59.999Z`;
const page = await graph.api(`/communications/callRecords/getPstnCalls(${window})`).get();
let calls = 0, seconds = 0;
await new PageIterator(graph, page, (row) => (calls++, seconds += row.duration, true)).iterate();
console.log(`${name}, ${day}: ${calls} calls, ${Math.round(seconds / 60)} minutes`);
