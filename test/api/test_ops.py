"""What operations staff read: metrics in the form that Prometheus wants."""
import os
import re
import unittest

from harness import ROOT, ExchangeTest

SAMPLE = re.compile(r'^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)$')


class Docs(ExchangeTest):
    def test_the_page_names_documents_and_codes(self):
        client = self.x.anonymous()
        answer = self.expect(client.get("/docs/"), 200)
        self.assertEqual(answer.headers["content-type"], "text/html; charset=utf-8")
        policy = answer.headers["content-security-policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        page = answer.body.decode()
        for link in re.findall(r'href="([^"]+)"', page):
            self.assertEqual(client.get(link).status, 200, link)
        anchors = re.findall(r'<tr id="(\w+)">', page)
        with open(os.path.join(ROOT, "docs", "errors.md"), encoding="utf-8") as f:
            documented = re.findall(r"^\| `(\w+)` \|", f.read(), re.M)
        self.assertEqual(anchors, documented)
        self.assertEqual(len(anchors), len(set(anchors)))
        self.assertNotIn("<script", page)
        answer = self.expect(client.get("/docs"), 308)
        self.assertEqual(answer.headers["location"], self.x.base_url + "/docs/")
        client.close()


class AuditEvents(ExchangeTest):
    def test_a_filter_of_any_length(self):
        officer = self.x.client(["Privacy.Officer"])
        guid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
        path = "/privacy/v1.0/auditEvents?"
        self.expect(officer.get(f"{path}operatorId={guid}&tenantId={guid}&clientId={guid}"), 200)
        for name in ("operatorId", "tenantId", "clientId"):
            self.expect(officer.get(f"{path}{name}={'x' * 3000}"), 400, "invalidRequest")


class Metrics(ExchangeTest):
    def test_names_and_units(self):
        """The rules of promtool check metrics: help, type, a counter's _total, base units, no type in a name."""
        self.x.admin.get("/platform/v1.0/operators")
        answer = self.x.admin.get("/metrics")
        self.assertTrue(answer.headers["content-type"].startswith("text/plain; version=0.0.4"))
        types, helped, samples = {}, set(), {}
        for line in answer.body.decode().splitlines():
            if line.startswith("# HELP "):
                helped.add(line.split(" ")[2])
            elif line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                self.assertNotIn(name, types, "a family has one type line")
                types[name] = kind
            else:
                name, labels, value = SAMPLE.match(line).groups()
                float(value)
                family = name if name in types else re.sub("_(bucket|sum|count)$", "", name)
                self.assertIn(family, types, line)
                self.assertNotIn((name, labels), samples, "a series stands once")
                samples[name, labels] = value
        self.assertEqual(helped, set(types))
        for name, kind in types.items():
            self.assertTrue(name.startswith("tally_"), name)
            self.assertEqual(name.endswith("_total"), kind == "counter", name)
            self.assertNotRegex(name, "_(ms|milliseconds|minutes|hours|kb|counter|gauge|histogram|percent)(_|$)")
        self.assertEqual(types["tally_http_request_duration_seconds"], "histogram")
        self.assertIn(("tally_http_requests_total", 'route="/platform/v1.0/operators",method="GET",status="2xx"'), samples)

    def test_no_label_holds_what_was_asked_for(self):
        self.x.admin.get("/platform/v1.0/numbers/+4930123456")
        self.x.admin.get("/platform/v1.0/nothing/secretword")
        text = self.x.admin.get("/metrics").body.decode()
        self.assertIn("/platform/v1.0/numbers/{number}", text)
        self.assertNotIn("4930123456", text)
        self.assertNotIn("secretword", text)


if __name__ == "__main__":
    unittest.main()
