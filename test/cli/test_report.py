"""report.html of tally reconcile: one whole file, whose data are those of the other two."""

import base64
import hashlib
import html.parser
import json
import os
import random
import re
import unittest

from compare import CompareTest, call

CLASSES = ["agreed", "differs", "platform_only", "operator_only", "duplicate"]
HOSTILE = ["</script><script>alert(1)</script>", "<!--<script>", "a\"b'c", "line\u2028and\u2029line", "]]>", "=1+1", "{{data}}", "日本語"]


class Page(html.parser.HTMLParser):
    """What a browser makes of the page: its scripts, styles and metas."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.scripts, self.styles, self.metas, self.tags, self.inside = [], [], [], [], None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if tag == "script":
            self.scripts.append((attributes, ""))
        elif tag == "style":
            self.styles.append("")
        elif tag == "meta":
            self.metas.append(attributes)
        self.inside = tag

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        elif self.inside == "style":
            self.styles[-1] += data


def allowed(text):
    return "'sha256-%s'" % base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


class ReportPage(CompareTest):
    def page(self):
        return self.read("report/report.html").decode()

    def data(self):
        return json.loads(Page(self.page()).scripts[0][1])

    def rows(self, data):
        return [dict(zip(data["columns"], row)) for row in data["rows"]]

    def world(self, n=300):
        """Two operators: one rounds up, loses some and invents one; the other agrees."""
        platform = [call(i, operatorId="a" if i % 3 else "b") for i in range(n)]
        operator = []
        for i in range(n):
            talk = 60000 + i * 37
            if i % 3 == 0:
                operator.append(call(i, operatorId="b"))
            elif i % 50 != 7:
                operator.append(call(i, operatorId="a", durationSeconds="%d" % (-(-talk // 6000) * 6)))
        operator.append(call(n + 1, operatorId="a", id="invented"))
        return platform, operator

    def test_it_needs_nothing_but_itself(self):
        self.both([call(1)], [call(1)])
        text = self.page()
        page = Page(text)
        self.assertTrue(text.startswith("<!doctype html>") and text.endswith("</html>\n"))
        self.assertEqual([s[0].get("type") for s in page.scripts], ["application/json", None])
        policy = next(m["content"] for m in page.metas if m.get("http-equiv") == "Content-Security-Policy")
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        self.assertEqual(rules["default-src"], "'none'")
        self.assertEqual(rules["script-src"], allowed(page.scripts[1][1]))
        self.assertEqual(rules["style-src"], allowed(page.styles[0]))
        for tag, attributes in page.tags:
            self.assertNotIn("src", attributes, tag)
            self.assertIn(attributes.get("href", "data:,"), ["data:,"], tag)
            self.assertFalse([name for name in attributes if name.startswith("on")], tag)
        self.assertEqual(set(re.findall(r"https?://[^\"'`\s)]*", text)) - {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML",
                                                                          "http://www.w3.org/1999/xhtml"}, set())

    def test_it_is_small(self):
        self.both([call(1)], [call(1)])
        self.assertLess(os.path.getsize(os.path.join(self.out, "report.html")), 120 * 1024)

    def test_its_figures_are_the_summary_s(self):
        self.both(*self.world(), code=1)
        data, summary = self.data(), self.summary()
        for member in ["verdict", "counts", "seconds", "operators", "causes", "digest", "tolerance", "skipped"]:
            self.assertEqual(data[member], summary[member], member)
        self.assertGreater(len(data["causes"]), 0)
        self.assertEqual(len(data["examples"]), len(data["causes"]))

    def test_every_outcome_is_drawn_once(self):
        self.both(*self.world(), code=1)
        data = self.data()
        self.assertEqual([p["operatorId"] for p in data["plots"]], [None, "a", "b"])
        for plots, counts in zip(data["plots"], [data["counts"]] + [o["counts"] for o in data["operators"]]):
            for name in CLASSES:
                self.assertEqual(sum(plots["classes"][name]), counts[name], name)
            pairs = counts["agreed"] + counts["differs"]
            self.assertEqual(sum(plots["durationDifference"]["recorded"]), pairs)
            self.assertEqual(sum(plots["durationDifference"]["unexplained"]), pairs)
            self.assertEqual(sum(plots["durations"]["cells"][2::3]), pairs)
            for grid in ["recorded", "corrected"]:
                self.assertEqual(sum(plots["startDifference"][grid]["cells"][2::3]), pairs)
            self.assertEqual(sum(sum(s["platform"]) for s in plots["strips"]), counts["platformRecords"])
            self.assertEqual(sum(sum(s["reported"]) for s in plots["strips"]), pairs)

    def test_examples_are_rows_of_their_cause(self):
        self.both(*self.world(), code=1)
        data = self.data()
        matches = {(m["platformId"], m["operatorRecordId"]): m for m in self.matches()}
        for cause, examples in zip(data["causes"], data["examples"]):
            self.assertEqual(len(examples), 3)
            for row in examples:
                row = dict(zip(data["columns"], row))
                match = matches[row["platformId"] or "", row["operatorRecordId"] or ""]
                self.assertIn(cause["cause"], match["causes"].split("+"))
                self.assertEqual(row["operatorId"], cause["operatorId"])
                self.assertEqual(float(match["differenceSeconds"]), row["differenceSeconds"])

    def test_rows_are_those_of_matches(self):
        self.both(*self.world(), code=1)
        matches = {(m["platformId"], m["operatorRecordId"]): m for m in self.matches()}
        rows = self.rows(self.data())
        lone = [m for m in matches.values() if m["class"] in ("platform_only", "operator_only")]
        self.assertEqual(len([r for r in rows if r["class"] in ("platform_only", "operator_only")]), len(lone))
        self.assertIn("invented", [r["operatorRecordId"] for r in rows])
        for row in rows:
            match = matches[row["platformId"] or "", row["operatorRecordId"] or ""]
            self.assertEqual((row["class"], row["causes"]), (match["class"], match["causes"]))
        sizes = [abs(r["unexplainedSeconds"]) for r in rows]
        self.assertEqual(sizes, sorted(sizes, reverse=True))

    def test_the_largest_of_many_differences(self):
        shifts = list(range(2, 1502))
        random.Random(5).shuffle(shifts)
        self.both([call(i, talk_ms=2000000) for i in range(1500)],
                  [call(i, talk_ms=2000000, durationSeconds=str(2000 + s)) for i, s in enumerate(shifts)], code=1)
        rows = [r for r in self.rows(self.data()) if r["class"] == "differs"]
        self.assertEqual(len(rows), 250)
        self.assertEqual([r["differenceSeconds"] for r in rows[:3]], [1501, 1500, 1499])

    def test_hostile_names_break_nothing(self):
        platform = [call(i, id="p" + name, trunk=name, operatorId="op" + name) for i, name in enumerate(HOSTILE)]
        operator = [call(i, id="o" + name, trunk=name, operatorId="op" + name, durationSeconds="300") for i, name in enumerate(HOSTILE)]
        self.both(platform, operator, code=1)
        page = Page(self.page())
        self.assertEqual(len(page.scripts), 2)
        self.assertNotIn("<", page.scripts[0][1])
        rows = self.rows(self.data())
        self.assertEqual({r["platformId"] for r in rows}, {"p" + name for name in HOSTILE})
        self.assertEqual({r["operatorRecordId"] for r in rows}, {"o" + name for name in HOSTILE})
        self.assertEqual({r["platformTrunk"] for r in rows}, set(HOSTILE))
        self.assertEqual({o["operatorId"] for o in self.data()["operators"]}, {"op" + name for name in HOSTILE})

    def test_order_does_not_matter(self):
        platform, operator = self.world()
        pages = []
        for seed in range(2):
            self.both(platform, operator, code=1)
            pages.append(self.page())
            random.Random(seed).shuffle(platform)
            random.Random(seed).shuffle(operator)
        self.assertEqual(pages[0], pages[1])

    def test_no_number_and_no_path_is_in_it(self):
        platform, operator = self.world()
        self.both(platform, operator, code=1)
        text = Page(self.page()).scripts[0][1]
        for record in platform + operator:
            self.assertNotIn(record["callerNumber"][3:], text)
            self.assertNotIn(record["calleeNumber"][3:], text)
        self.assertNotIn(self.scratch.name, text)
        self.assertEqual([i["file"] for i in self.data()["inputs"]], ["platform.csv", "operator.csv"])

    def test_what_could_not_be_read_is_told(self):
        platform = self.table("platform.csv", ["id", "callerNumber", "calleeNumber", "inviteDateTime", "durationSeconds"],
                              [call(1), call(2, durationSeconds="soon")])
        self.both(platform, [call(1)])
        self.assertEqual([(i["records"], i["rejected"], i["complete"]) for i in self.data()["inputs"]], [(1, 1, True), (1, 0, True)])
        for of_page, of_summary in zip(self.data()["inputs"], self.summary()["inputs"]):
            self.assertEqual(of_page["reasons"], {r["code"]: r["records"] for r in of_summary["rejected"]})
            self.assertEqual(sum(of_page["reasons"].values()), of_page["rejected"])

    def test_little_and_nothing(self):
        for platform, operator in [([call(1)], [call(1)]), ([call(1)], []), ([], [call(1)]), ([], [])]:
            self.both(platform, operator, code=0 if len(platform) == len(operator) else 1)
            data = self.data()
            self.assertEqual(data["verdict"], self.summary()["verdict"])
            bins = sum(p["times"]["bins"] for p in data["plots"])
            self.assertEqual(bins, 1 if platform or operator else 0)

    def test_one_record_far_off_is_counted_not_drawn(self):
        platform = [call(i) for i in range(400)]
        platform[3].update(inviteDateTime="1970-01-02T00:00:00Z", answerDateTime="", endDateTime="")
        self.both(platform, [call(i) for i in range(400) if i != 3], code=1)
        plots = self.data()["plots"][0]
        self.assertEqual(plots["times"]["outside"], 1)
        self.assertLessEqual(plots["times"]["binSeconds"], 900)


if __name__ == "__main__":
    unittest.main()
