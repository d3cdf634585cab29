"""Every route x every role x every owner, from a table.

The list of routes comes from the exchange itself (/openapi.json); the rows come
from the modules isolation_*.py beside this file.  A route without a row fails.

A row is a dict:
    method, pattern   as in the route table ("/operator/v1.0/numbers/{number}")
    roles             wire names of the roles that may call it (includes are applied here)
    face              "operator", "graph", "platform", "privacy" or "open"
    own               f(world, side) -> (target, request kwargs): a request for a thing of that side
                      ("a" or "b"); lists simply name themselves
    absent            the same for a thing that does not exist, or None for lists
    changes           True when a success would change what other rows need (then only refusals
                      and foreign ids are tried, and own only once, last)
    ok                statuses of success, default (200, 201, 202, 204)

World: two operators and two tenants, a and b, each with canary values in every
field; see World.  Checked: no token, a garbled token -> 401; each role of any
face -> 403 unless the row names it; a foreign thing answers byte for byte like
an absent one (ids and dates aside); no answer to side a ever holds a canary of b,
in whichever form it is asked for.
"""
import csv
import glob
import importlib.util
import io
import json
import os
import re
import unittest

from harness import Exchange

ROLES = {
    "NumberManagement.Read": "operator", "NumberManagement.Write": "operator", "TrunkManagement.Read": "operator",
    "TrunkManagement.Write": "operator", "PartnerSettings.Read": "operator", "PartnerSettings.Write": "operator",
    "Data.Read": "operator", "Data.Write": "operator", "CallRecords.Read.All": "graph",
    "CallRecord-PstnCalls.Read.All": "graph", "TeamsTelephoneNumber.Read.All": "graph",
    "TeamsTelephoneNumber.ReadWrite.All": "graph", "Platform.Read": "platform", "Platform.Write": "platform",
    "Platform.Admin": "platform", "Privacy.Officer": "privacy",
}
INCLUDES = {
    "NumberManagement.Write": ["NumberManagement.Read"], "TrunkManagement.Write": ["TrunkManagement.Read"],
    "PartnerSettings.Write": ["PartnerSettings.Read"],
    "TeamsTelephoneNumber.ReadWrite.All": ["TeamsTelephoneNumber.Read.All"],
    "Platform.Write": ["Platform.Read"], "Platform.Admin": ["Platform.Write", "Platform.Read"],
}


def load_rows():
    rows = []
    for path in sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "isolation_*.py"))):
        spec = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        rows += module.ROWS
        for hook in ("build_world",):
            if hasattr(module, hook):
                World.builders.append(getattr(module, hook))
    return rows


class Side:
    """One operator and one tenant with all that is theirs."""

    def __init__(self, letter):
        self.letter = letter
        self.canary = f"canary{letter}7f3e"      # in names, domains, SIP users, call ids ...
        self.number = {"a": "+4930900010", "b": "+4940800020"}[letter]  # prefix of its numbers
        self.canaries = [self.canary, self.number[1:]]


class World:
    builders = []

    def __init__(self, x):
        self.x = x
        self.sides = {letter: Side(letter) for letter in "ab"}
        for side in self.sides.values():
            self.make_parties(side)
        for builder in World.builders:
            builder(self)
        self.clients = {}
        for side in self.sides.values():
            for role, face in ROLES.items():
                self.clients[side.letter, role] = x.client(
                    [role], operator=side.operator["id"] if face == "operator" else None,
                    tenant=side.tenant["id"] if face == "graph" else None)

    def make_parties(self, side):
        x = self.x
        side.operator = x.operator(f"op-{side.canary}")
        side.tenant = x.tenant_(f"tenant-{side.canary}", f"{side.canary}.example")
        side.user = x.user(side.tenant["id"], f"user-{side.canary}")
        x.consent(side.tenant["id"], side.operator["id"])
        side.provisioner = x.client(["NumberManagement.Write", "Data.Write", "Data.Read", "PartnerSettings.Read"],
                                    operator=side.operator["id"])
        side.tenant_admin = x.client(["TeamsTelephoneNumber.ReadWrite.All", "CallRecords.Read.All"],
                                     tenant=side.tenant["id"])


def allowed(row, role):
    return any(r in row["roles"] for r in [role] + INCLUDES.get(role, []))


def comparable(answer):
    """An answer without what differs by nature: ids and dates of the request."""
    body = re.sub(rb'"(request-id|date)":"[^"]*"', b"", answer.body)
    return answer.status, answer.headers.get("content-type"), body


class Isolation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rows = load_rows()
        cls.x = Exchange()
        cls.x.start()
        cls.world = World(cls.x)

    @classmethod
    def tearDownClass(cls):
        cls.x.stop()
        cls.x.remove()

    def documented(self):
        document = self.x.anonymous().get("/openapi.json").json
        return {(method.upper(), op["x-pattern"]): op for item in document["paths"].values()
                for method, op in item.items()}

    def call(self, client, row, make, side, accept=None):
        target, kw = make(self.world, self.world.sides[side])
        if accept:
            target = target.replace("?$expand=mediaStreams", "")  # which CSV does not have
            kw["headers"] = dict(kw.get("headers") or {}, Accept=accept)
        return client.request(row["method"], target, **kw)

    def test_every_route_has_a_row_and_every_row_a_route(self):
        routes = set(self.documented())
        rows = {(r["method"], r["pattern"]) for r in self.rows}
        self.assertEqual(routes - rows, set(), "routes without a row in isolation_*.py")
        self.assertEqual(rows - routes, set(), "rows without a route")
        self.assertEqual(len(rows), len(self.rows), "a route has two rows")

    def test_the_document_names_the_same_roles(self):
        documented = self.documented()
        for row in self.rows:
            with self.subTest(f"{row['method']} {row['pattern']}"):
                op = documented.get((row["method"], row["pattern"]))
                self.assertIsNotNone(op)
                self.assertEqual(sorted(op["x-roles"]), sorted(row["roles"]))
                self.assertEqual(op["tags"], [row["face"]])

    def test_no_token_and_a_garbled_one(self):
        for row in self.rows:
            if row["face"] == "open" or row.get("loopback"):
                continue
            for token in (None, "garbled"):
                with self.subTest(f"{row['method']} {row['pattern']} {token}"):
                    client = self.x.anonymous()
                    client.token = token
                    answer = self.call(client, row, row["own"], "a")
                    client.close()
                    self.assertEqual(answer.status, 401, answer)
                    self.assertIn("www-authenticate", answer.headers)

    def test_every_other_role_is_denied(self):
        for row in self.rows:
            if row["face"] == "open" or row.get("loopback"):
                continue
            for role in ROLES:
                if allowed(row, role):
                    continue
                with self.subTest(f"{row['method']} {row['pattern']} {role}"):
                    answer = self.call(self.world.clients["a", role], row, row["own"], "a")
                    self.assertEqual(answer.status, 403, answer)
                    self.assertEqual(answer.code, "accessDenied")

    def test_foreign_is_absent(self):
        for row in self.rows:
            if not row.get("absent") or row["face"] not in ("operator", "graph"):
                continue
            for role in row["roles"]:
                with self.subTest(f"{row['method']} {row['pattern']} {role}"):
                    client = self.world.clients["a", role]
                    foreign = self.call(client, row, row["own"], "b")
                    absent = self.call(client, row, row["absent"], "a")
                    self.assertEqual(comparable(foreign), comparable(absent))
                    self.assertGreaterEqual(foreign.status, 400)

    def test_own_succeeds_and_never_shows_a_canary_of_the_other(self):
        for row in sorted(self.rows, key=lambda r: bool(r.get("changes"))):
            for role in row["roles"]:
                for side, other in (("a", "b"), ("b", "a")):
                    with self.subTest(f"{row['method']} {row['pattern']} {role} {side}"):
                        answer = self.call(self.world.clients[side, role], row, row["own"], side)
                        if not row.get("changes"):
                            self.assertIn(answer.status, row.get("ok", (200, 201, 202, 204)), answer)
                        if row["face"] in ("operator", "graph"):
                            text = answer.body.decode("utf-8", "replace") + json.dumps(answer.headers)
                            for canary in self.world.sides[other].canaries:
                                self.assertNotIn(canary, text)
                if row.get("changes"):
                    break

    def test_the_same_in_every_form(self):
        """Lists as CSV, which has one row for each object of the JSON, and none of the other's."""
        documented = self.documented()
        forms = 0
        for row in self.rows:
            content = documented[row["method"], row["pattern"]]["responses"].get("200", {}).get("content", {})
            for form in content:
                if not form.startswith("text/csv"):
                    continue
                forms += 1
                for role, (side, other) in ((r, s) for r in row["roles"] for s in ("ab", "ba")):
                    with self.subTest(f"{row['pattern']} {role} {side} {form}"):
                        client = self.world.clients[side, role]
                        whole = self.call(client, row, row["own"], side)
                        answer = self.call(client, row, row["own"], side, form)
                        self.assertEqual(answer.status, 200, answer)
                        self.assertTrue(answer.headers["content-type"].startswith("text/csv"), answer.headers)
                        text = answer.body.decode()
                        self.assertEqual(len(list(csv.reader(io.StringIO(text)))), 1 + len(whole.json["value"]))
                        if row["face"] in ("operator", "graph"):
                            for canary in self.world.sides[other].canaries:
                                self.assertNotIn(canary, text + json.dumps(answer.headers))
                for role in ROLES:
                    if not allowed(row, role):
                        answer = self.call(self.world.clients["a", role], row, row["own"], "a", form)
                        self.assertEqual((answer.status, answer.code), (403, "accessDenied"), (row["pattern"], role))
                answer = self.call(self.x.anonymous(), row, row["own"], "a", form)
                self.assertEqual(answer.status, 401, row["pattern"])
        self.assertGreater(forms, 50)

    def test_logs_hold_no_number_or_name(self):
        log = self.x.log_text()
        for side in self.world.sides.values():
            for canary in side.canaries:
                self.assertNotIn(canary, log)


if __name__ == "__main__":
    unittest.main()
