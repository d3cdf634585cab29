"""Operators, tenants, users, clients and consents, as the platform's staff and the parties see them."""
import concurrent.futures
import gzip
import json
import os
import subprocess
import unittest

from harness import TALLY, Client, ExchangeTest, eventually

P = "/platform/v1.0"
GUID = "3F2504E0-4F89-41D3-9A0C-0305E82C33%02X"


class Parties(ExchangeTest):
    def test_made_twice_is_made_once(self):
        body = {"id": GUID % 1, "displayName": "Nordnetz", "country": "de"}
        first = self.expect(self.x.admin.post(P + "/operators", body), 201)
        self.assertEqual(first.json["id"], body["id"].lower())
        self.assertEqual(first.json["country"], "DE")
        again = self.expect(self.x.admin.post(P + "/operators", body), 200)
        self.assertEqual(again.json, first.json)
        self.expect(self.x.admin.post(P + "/operators", dict(body, displayName="Other")), 409, "conflict", "id")
        self.assertEqual(self.x.admin.get(f"{P}/operators/{body['id']}").json, first.json)

    def test_a_missing_or_wrong_member_is_named(self):
        for body, target in (({"country": "DE"}, "displayName"), ({"displayName": "A"}, "country"),
                             ({"displayname": "A", "country": "DE"}, "displayName"),
                             ({"displayName": "A", "country": "Germany"}, "country"),
                             ({"displayName": "A", "country": "XX"}, "country"),
                             ({"displayName": 7, "country": "DE"}, "displayName"),
                             ({"displayName": "A", "country": "DE", "id": "x"}, "id")):
            answer = self.expect(self.x.admin.post(P + "/operators", body), 400, target=target)
            self.assertIn(target, answer.json["error"]["message"])
        self.expect(self.x.admin.post(P + "/operators", body=b"{"), 400)
        self.expect(self.x.admin.post(P + "/operators", body=b"[]"), 400)
        self.expect(self.x.admin.post(P + "/operators", body=b'{"displayName":"A","displayName":"B"}'), 400)
        self.expect(self.x.admin.post(P + "/operators", body=b"{}", headers={"Content-Type": "text/plain"}), 415)

    def test_a_body_comes_without_coding(self):
        body, json_type = b'{"displayName": "Coded", "country": "DE"}', "application/json"
        for coding in ("gzip", "zstd", "br"):
            answer = self.expect(self.x.admin.post(P + "/operators", body=gzip.compress(body), headers={
                "Content-Type": json_type, "Content-Encoding": coding}), 415, "unsupportedMediaType", "Content-Encoding")
            self.assertIn(coding, answer.json["error"]["message"])
        self.expect(self.x.admin.post(P + "/operators", body=body, headers={
            "Content-Type": json_type, "Content-Encoding": "identity"}), 201)
        form = self.x.anonymous().post("/oauth2/v2.0/token", body=gzip.compress(b"grant_type=client_credentials"), headers={
            "Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"})
        self.assertEqual((form.status, form.json["error"]), (415, "invalid_request"))

    def test_change(self):
        tenant = self.x.tenant_("change")
        path = f"{P}/tenants/{tenant['id']}"
        changed = self.expect(self.x.admin.patch(path, {"displayName": "New", "unknown": 1}), 200).json
        self.assertEqual(changed, dict(tenant, displayName="New"))
        self.expect(self.x.admin.patch(path, {"defaultDomain": "not a domain"}), 400, "invalidValue", "defaultDomain")
        self.expect(self.x.admin.patch(path, {"displayNam": "x"}), 400, "invalidRequest")
        self.expect(self.x.admin.patch(f"{P}/tenants/{GUID % 99}", {"country": "FR"}), 404, "itemNotFound")
        self.expect(self.x.admin.get(f"{P}/tenants/nonsense"), 404, "itemNotFound")

    def test_users(self):
        tenant, other = self.x.tenant_("users-a"), self.x.tenant_("users-b")
        user = self.x.user(tenant["id"], "ada", sipUri="sip:ada@voice.example")
        self.assertEqual(user["accountType"], "user")
        path = f"{P}/tenants/{tenant['id']}/users/{user['id']}"
        self.assertEqual(self.x.admin.get(path).json, user)
        self.expect(self.x.admin.get(f"{P}/tenants/{other['id']}/users/{user['id']}"), 404)
        self.assertIsNone(self.expect(self.x.admin.patch(path, {"sipUri": None}), 200).json["sipUri"])
        same = {"userPrincipalName": user["userPrincipalName"], "displayName": "B", "country": "DE"}
        self.expect(self.x.admin.post(f"{P}/tenants/{tenant['id']}/users", same), 409, "conflict", "userPrincipalName")
        self.expect(self.x.admin.post(f"{P}/tenants/{GUID % 99}/users", same), 404)

    def test_a_user_is_of_one_tenant(self):
        tenant, other = self.x.tenant_("one-a"), self.x.tenant_("one-b")
        user = self.x.user(tenant["id"], "ada")
        body = {"id": user["id"], "userPrincipalName": "ada@users.example", "displayName": "ada", "country": "DE"}
        path = f"{P}/tenants/{other['id']}/users"
        self.expect(self.x.admin.post(path, body), 409, "conflict", "id")
        self.expect(self.x.admin.post(path, dict(body, id=user["id"].upper())), 409, "conflict", "id")
        self.expect(self.x.admin.post(f"{P}/tenants/{tenant['id']}/users", body), 200)
        self.assertEqual(self.x.admin.get(path).json["value"], [])
        self.expect(self.x.admin.get(f"{path}/{user['id']}"), 404)
        self.expect(self.x.admin.patch(f"{path}/{user['id']}", {"country": "FR"}), 404)
        self.assertEqual(self.x.admin.get(f"{P}/tenants/{tenant['id']}/users/{user['id']}").json["country"], "DE")
        # Two at once: one of them is first.
        guid = GUID % 77
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            def make(t):
                client = Client(self.x, token=self.x.admin.token)
                try:
                    return client.post(f"{P}/tenants/{t['id']}/users", dict(body, id=guid, userPrincipalName="b@x.example"))
                finally:
                    client.close()
            self.assertEqual(sorted(a.status for a in pool.map(make, (tenant, other))), [201, 409])

    def test_lists_have_pages_filters_and_counts(self):
        tenant = self.x.tenant_("pages")
        made = {self.x.user(tenant["id"], f"user{i}", country="DE" if i % 2 else "FR")["id"] for i in range(7)}
        path = f"{P}/tenants/{tenant['id']}/users"
        values, last = self.x.admin.pages(path + "?$top=3")
        self.assertEqual({v["id"] for v in values}, made)
        self.assertEqual(len(values), 7)
        self.assertNotIn("@odata.nextLink", last)
        first = self.x.admin.get(path + "?$top=3&$count=true&$select=id,country").json
        self.assertEqual(first["@odata.count"], 7)
        self.assertEqual(sorted(first["value"][0]), ["country", "id"])
        following = self.x.admin.get(first["@odata.nextLink"]).json
        self.assertNotIn("@odata.count", following)
        self.assertEqual(sorted(following["value"][0]), ["country", "id"])
        german, _ = self.x.admin.pages(path + "?$top=2&%24filter=country%20eq%20'DE'")
        self.assertEqual(len(german), 3)
        self.assertEqual(self.x.admin.get(path + "?$count=true&$filter=country%20eq%20'DE'").json["@odata.count"], 3)
        for query in ("$top=0", "$top=1001", "$top=x", "$filter=shoe%20eq%201", "$select=shoe", "$orderby=country",
                      "$skip=1", "$expand=shoes", "$count=maybe", "$top=1&$top=2", "$skiptoken=garbled"):
            self.expect(self.x.admin.get(f"{path}?{query}"), 400)
        self.assertEqual(self.x.admin.get(path + "?$top=1000").status, 200)
        # A link of one tenant's users is none of another's.
        other = self.x.tenant_("pages-b")
        token = first["@odata.nextLink"].split("?")[1]
        self.expect(self.x.admin.get(f"{P}/tenants/{other['id']}/users?{token}"), 404)
        self.expect(self.x.admin.get(f"{P}/tenants?{token}"), 400, "invalidToken")

    def test_clients(self):
        op, tenant = self.x.operator("clients"), self.x.tenant_("clients")
        post = lambda **body: self.x.admin.post(P + "/clients", dict({"displayName": "c"}, **body))
        for body, target in (
                ({"operatorId": op["id"]}, "roles"), ({"roles": [], "operatorId": op["id"]}, "roles"),
                ({"roles": ["Data.Fly"], "operatorId": op["id"]}, "roles"),
                ({"roles": ["Data.Read", "Platform.Read"], "operatorId": op["id"]}, "roles"),
                ({"roles": ["Data.Read"]}, "operatorId"), ({"roles": ["CallRecords.Read.All"]}, "tenantId"),
                ({"roles": ["Data.Read"], "tenantId": tenant["id"]}, "operatorId"),
                ({"roles": ["Data.Read"], "operatorId": op["id"], "tenantId": tenant["id"]}, "tenantId"),
                ({"roles": ["Platform.Read"], "operatorId": op["id"]}, "operatorId"),
                ({"roles": ["Privacy.Officer"], "tenantId": tenant["id"]}, "tenantId"),
                ({"roles": ["Data.Read"], "operatorId": tenant["id"]}, "operatorId")):
            self.expect(post(**body), 400, target=target)
        made = self.expect(post(id=GUID % 7, roles=["Data.Write", "Data.Read"], operatorId=op["id"]), 201).json
        self.assertEqual(made["clientId"], (GUID % 7).lower())
        self.assertEqual(made["id"], made["clientId"])
        again = self.expect(post(id=GUID % 7, roles=["Data.Read", "Data.Write"], operatorId=op["id"]), 200)
        self.assertNotIn("clientSecret", again.json)
        self.expect(post(id=GUID % 7, roles=["Data.Read"], operatorId=op["id"]), 409, "conflict")
        shown = self.expect(self.x.admin.get(f"{P}/clients/{made['id']}"), 200)
        self.assertNotIn(made["clientSecret"].encode(), shown.body + self.x.admin.get(P + "/clients").body)
        self.assertEqual(sorted(shown.json["roles"]), ["Data.Read", "Data.Write"])

    def test_rotation_and_removal(self):
        made = self.expect(self.x.admin.post(P + "/clients", {"displayName": "c", "roles": ["Platform.Read"]}), 201).json
        client = Client(self.x, made["clientId"], made["clientSecret"]).sign_in()
        self.assertEqual(client.get(P + "/operators").status, 200)
        fresh = self.expect(self.x.admin.post(f"{P}/clients/{made['id']}/rotate"), 200).json
        self.assertNotEqual(fresh["clientSecret"], made["clientSecret"])
        with self.assertRaises(AssertionError):
            Client(self.x, made["clientId"], made["clientSecret"]).sign_in()
        Client(self.x, made["clientId"], fresh["clientSecret"]).sign_in()
        self.expect(self.x.admin.delete(f"{P}/clients/{made['id']}"), 204)
        eventually(lambda: client.get(P + "/operators").status == 401, 10, "the end of its token")
        self.expect(self.x.admin.delete(f"{P}/clients/{made['id']}"), 404)
        self.expect(self.x.admin.post(f"{P}/clients/{made['id']}/rotate"), 404)


class Consents(ExchangeTest):
    expect = Parties.expect

    def setUp(self):
        self.op, self.tenant = self.x.operator("op"), self.x.tenant_(f"t{id(self)}")
        self.platform_path = f"{P}/consents/{self.tenant['id']}/{self.op['id']}"
        self.carrier = self.x.client(["PartnerSettings.Read"], operator=self.op["id"])
        self.customer = self.x.client(["TeamsTelephoneNumber.ReadWrite.All"], tenant=self.tenant["id"])

    def test_the_three_faces_show_one_consent(self):
        body = {"status": "active", "consentedCountries": ["de", "FR"], "noticeVersion": "2021-05-27",
                "acceptedBy": "admin@x.example", "contacts": [{"fullName": "A", "email": "a@x.example", "companySize": "L1_U1"}]}
        made = self.expect(self.x.admin.put(self.platform_path, body), 201).json
        self.assertEqual(made["consentedCountries"], ["DE", "FR"])
        self.assertEqual(made["contacts"], body["contacts"])
        self.assertEqual(self.expect(self.x.admin.put(self.platform_path, body), 200).json, made)
        self.assertEqual(self.customer.get(f"/v1.0/operatorConnect/consents/{self.op['id']}").json, made)
        self.assertEqual(self.carrier.get(f"/operator/v1.0/consents/{self.tenant['id']}").json, made)
        for client, path in ((self.customer, "/v1.0/operatorConnect/consents"), (self.carrier, "/operator/v1.0/consents")):
            self.assertEqual(client.get(path).json["value"], [made])
        self.assertIn(made, self.x.admin.pages(P + "/consents")[0])
        self.expect(self.x.admin.put(f"{P}/consents/{self.tenant['id']}/{GUID % 99}", body), 404)
        self.expect(self.x.admin.patch(f"{P}/consents/{self.tenant['id']}/{GUID % 99}", body), 404)

    def test_the_tenant_writes_its_own(self):
        path = f"/v1.0/operatorConnect/consents/{self.op['id']}"
        self.expect(self.customer.patch(path, {"status": "active"}), 404)
        self.expect(self.customer.put(path, {"status": "active"}), 400, "missingField", "consentedCountries")
        self.expect(self.customer.put(path, {"consentedCountries": ["DE"]}), 201)
        changed = self.expect(self.customer.patch(path, {"status": "suspended"}), 200).json
        self.assertEqual((changed["status"], changed["consentedCountries"]), ("suspended", ["DE"]))
        self.expect(self.customer.patch(path, {"status": "perhaps"}), 400, "invalidValue", "status")

    def test_the_operator_follows_a_feed(self):
        delta = "/operator/v1.0/consents/delta"
        empty = self.expect(self.carrier.get(delta), 200).json
        self.assertEqual(empty["value"], [])
        tenants = [self.x.tenant_(f"feed{i}-{id(self)}") for i in range(5)]
        for tenant in tenants:
            self.x.consent(tenant["id"], self.op["id"])
        self.x.consent(tenants[0]["id"], self.op["id"], status="suspended")
        order = [t["id"] for t in tenants[1:] + tenants[:1]]
        self.assertEqual([c["tenantId"] for c in self.carrier.get(empty["@odata.deltaLink"]).json["value"]], order)
        values, last = self.carrier.pages(delta + "?$top=2&$select=tenantId")
        self.assertEqual([v for v in values], [{"tenantId": t} for t in order])
        self.x.consent(tenants[2]["id"], self.op["id"], status="removed")
        after = self.carrier.get(last["@odata.deltaLink"]).json
        self.assertEqual(after["value"], [{"tenantId": tenants[2]["id"]}])
        latest = self.carrier.get(delta + "?$deltatoken=latest").json
        self.assertEqual(latest["value"], [])
        self.assertEqual(self.carrier.get(latest["@odata.deltaLink"]).json["value"], [])
        self.expect(self.carrier.get(delta + "?$deltatoken=garbled"), 400, "invalidToken")
        other = self.x.client(["PartnerSettings.Read"], operator=self.x.operator("other")["id"])
        self.expect(other.get(last["@odata.deltaLink"]), 404)


class Admin(ExchangeTest):
    """tally admin does the same from the shell."""

    def admin(self, *words, code=0, as_json=True):
        command = [TALLY, "admin", "--admin", os.path.join(self.x.data, "admin.json"), *words]
        done = subprocess.run(command + (["--json"] if as_json else []), capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        if code:
            return done.stderr
        return json.loads(done.stdout) if as_json and done.stdout else done.stdout

    def test_parties_and_consents(self):
        op = self.admin("operators", "create", "--name", "Nordnetz", "--country", "DE")
        tenant = self.admin("tenants", "create", "--name=Contoso", "--country=DE", "--domain=contoso.example")
        user = self.admin("users", "create", "--tenant", tenant["id"], "--principal", "ada@contoso.example", "--name",
                          "Ada", "--country", "DE")
        self.assertEqual(self.admin("users", "get", user["id"], "--tenant", tenant["id"]), user)
        self.assertEqual(self.admin("users", "list", "--tenant", tenant["id"]), [user])
        consent = self.admin("consents", "create", "--tenant", tenant["id"], "--operator", op["id"], "--countries",
                             "DE,FR", "--contact", "a@b.example")
        self.assertEqual(consent["consentedCountries"], ["DE", "FR"])
        self.assertEqual(consent["contacts"], [{"email": "a@b.example"}])
        changed = self.admin("consents", "update", "--tenant", tenant["id"], "--operator", op["id"], "--status", "suspended")
        self.assertEqual(changed["status"], "suspended")
        renamed = self.admin("operators", "update", op["id"], "--name", "Suednetz")
        self.assertEqual(renamed["displayName"], "Suednetz")
        table = self.admin("operators", "list", as_json=False).splitlines()
        self.assertEqual(table[0].split(), ["id", "displayName", "country"])
        self.assertIn([op["id"], "Suednetz", "DE"], [line.split() for line in table[1:]])

    def test_clients(self):
        op = self.admin("operators", "create", "--name", "Clients", "--country", "DE")
        made = self.admin("clients", "create", "--name", "c", "--role", "Data.Read,Data.Write", "--role",
                          "NumberManagement.Read", "--operator", op["id"])
        self.assertEqual(len(made["roles"]), 3)
        client = Client(self.x, made["clientId"], made["clientSecret"]).sign_in()
        self.assertEqual(client.get("/operator/v1.0/numbers").status, 200)
        fresh = self.admin("clients", "rotate", made["clientId"])
        Client(self.x, made["clientId"], fresh["clientSecret"]).sign_in()
        self.admin("clients", "delete", made["clientId"])
        self.assertIn("404", self.admin("clients", "get", made["clientId"], code=4))

    def test_exit_codes(self):
        self.assertIn("no option", self.admin("operators", "list", "--nmae", "x", code=2))
        self.assertIn("does not belong", self.admin("operators", "list", "--domain", "x", code=2))
        self.assertIn("--tenant is needed", self.admin("users", "list", code=2))
        self.assertIn("fly", self.admin("operators", "fly", code=2))
        self.assertIn("needs a value", self.admin("operators", "list", "--server", code=2, as_json=False))
        said = self.admin("operators", "create", "--name", "A", "--country", "Germany", code=4)
        self.assertIn("invalidValue", said)
        self.assertIn("country", said)
        self.admin("operators", "list", "--admin", "/nowhere/admin.json", code=3)
        self.admin("operators", "list", "--server", "https://127.0.0.1:1", code=4)


if __name__ == "__main__":
    unittest.main()
