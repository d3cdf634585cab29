"""Holds what `tally reconcile` says of a day against what is true of it.

Thresholds are those that were promised: pairs right and found, truly differing pairs found and not over-reported,
every cause with its parameters and none invented, every record accounted for, seconds that add up.
"""

import csv
import json
import os
from datetime import datetime

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXPECTED_RECORDS = 40        # a cause that is at work on fewer has hardly the evidence
AMBIENT_DELAY_MS = 120       # the round trip is there in every day, stated or not


def instant(text):
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def milliseconds(value):
    return round(float(value) * 1000)


def near(a, b, by):
    return a is not None and b is not None and abs(a - b) <= by


def differs(r, tolerance_ms):
    """Whether somebody quarrelled with the duration, and it shows."""
    if abs(r.duration - r.plain) <= tolerance_ms * r.factor:
        return False
    return r.kind != "pair" or abs(r.duration - r.call.talk) > tolerance_ms


class Truth:
    """What is true of a Day."""

    def __init__(self, day, tolerance_ms=1000):
        self.day = day
        self.call_of, self.copies, self.differing, self.with_copies = {}, {}, set(), set()
        self.content, self.held = {}, {}
        for r in day.records:
            # Records that nobody could tell apart stand for each other.
            self.content[r.id] = (r.operator, r.correlation, r.caller, r.callee, r.direction, r.trunk, r.start, r.answer,
                                  r.end, r.duration)
            if r.kind in ("pair", "piece", "duplicate"):
                self.held.setdefault(r.call.id, set()).add(self.content[r.id])
            if r.kind == "duplicate":
                self.copies[r.id] = r.call.id
                self.with_copies.add(r.call.id)
            elif r.kind in ("pair", "piece"):
                self.call_of[r.id] = r.call.id
                if r.differs if hasattr(r, "differs") else differs(r, tolerance_ms):
                    self.differing.add(r.call.id)
        present = {c.id for c in day.calls}
        for table in (self.call_of, self.copies):
            for o in [o for o, p in table.items() if p not in present]:
                del table[o]
        self.differing &= present

    def right(self, p, o):
        return self.call_of.get(o, self.copies.get(o)) == p or self.content.get(o) in self.held.get(p, ())


class Events:
    """The moments at which something happened, to say how exactly a moment can be known at all."""

    def __init__(self, side):
        self.side = side
        self.starts = sorted((c.start, c.trunk) for c in side.calls)
        self.first, self.last = self.starts[0][0], self.starts[-1][0]
        self.ends = sorted((m, r.trunk) for r in side.records if r.call for m in (r.call.start, r.call.end))

    def admits(self, found, true, trunk=None, kind="start"):
        """Within a minute of the truth, or no event between the two."""
        if abs(found - true) <= 60000:
            return True
        low, high = min(found, true), max(found, true)
        return not any(low + 60000 < at < high - 60000 for at, t in (self.starts if kind == "start" else self.ends)
                       if trunk is None or t == trunk)


def scope_fits(found, true, events):
    for name in ("trunk", "direction"):
        if found.get(name) != true.get(name):
            return False
    for name, edge in (("from", events.first), ("to", events.last)):
        # Where nothing happened before, or after, no bound need be told.
        bounds = [instant(p[name]) if name in p else edge for p in (found, true)]
        if not events.admits(*bounds, true.get("trunk")):
            return False
    return True


def same_clock(found, _, side, events):
    at = instant(found["at"]) if "at" in found else side.day
    true = side.clock_at(at, found.get("trunk")) / 1000
    zone = sum(c["parameters"]["seconds"] for c in side.causes if c["cause"] == "zone_offset" and
               c["parameters"].get("trunk") in (None, found.get("trunk")))
    return near(found.get("seconds"), true - zone, 0.1)


def is_step_of_zone(found, true, events):
    """An operator that changes its zone, or forgets to, steps by hours: either word says it."""
    return (found["cause"] == "zone_offset" and "from" in found["parameters"] and true["cause"] == "clock_step" and
            true["parameters"]["seconds"] % 900 == 0 and found["parameters"]["seconds"] == true["parameters"]["seconds"] and
            events.admits(instant(found["parameters"]["from"]), instant(true["parameters"]["at"]), None, "any"))


def same_step(found, true, side, events):
    return near(found.get("seconds"), true["seconds"], 0.1) and "at" in found and \
        events.admits(instant(found["at"]), instant(true["at"]), true.get("trunk"), "any")


def same_rounding(found, true, *_):
    def least(p):
        return max(p["minimumSeconds"], p["incrementSeconds"] if p["mode"] == "up" else 0)
    return (found["incrementSeconds"], found["mode"], least(found)) == (true["incrementSeconds"], true["mode"], least(true))


def same_rule(found, true, *_):
    rule = found.get("rule", "")
    if true["rule"] in ("national", "significant", "carrier_select"):
        return "+" + true.get("code", "49") in rule
    return bool(rule)


def same(*names, within=0.0):
    return lambda found, true, *_: all(near(found.get(n), true[n], within) for n in names)


COMPARE = {
    "clock_offset": same_clock,
    "clock_drift": same("ppm", within=10),
    "clock_step": same_step,
    "zone_offset": same("seconds"),
    "rounding": same_rounding,
    "release_delay": same("milliseconds", within=20),
    "timer_cap": same("seconds", within=1),
    "unit": lambda found, true, *_: near(found["factor"] / true["factor"], 1, 1e-6),
    "number_format": same_rule,
    "masked_number": same("digits"),
    "replaced_caller": lambda found, true, *_: found.get("number") == true["number"],
    "partial_records": same("everySeconds"),
    "midnight_cut": same("zoneOffsetSeconds"),
    "minimum_duration": same("seconds"),
}


def may_be_said(cause, side, events):
    """True though no fault was laid for it, or one of several ways to say what is true."""
    name, parameters = cause["cause"], cause["parameters"]
    if name == "release_delay":
        return abs(parameters["milliseconds"]) <= AMBIENT_DELAY_MS
    if name == "number_format":  # one number plan is several rewrites
        return any(c["cause"] == name for c in side.causes + side.allowed)
    if name == "clock_offset":   # a drift is an offset too, wherever one looks but at its zero
        return any(c["cause"] == "clock_drift" for c in side.causes) and same_clock(parameters, None, side, events)
    return any(a["cause"] == name and all(near(parameters.get(k), v, 0.1) if isinstance(v, (int, float)) else
                                          parameters.get(k) == v for k, v in a.items() if k != "cause")
               for a in side.allowed)


def judge_causes(stated, side):
    """Missed causes, and invented or wrong ones, as words."""
    events = Events(side)
    left = [c for c in stated if c.get("operatorId", side.part.operator) == side.part.operator]
    missed = []
    for true in side.causes:
        compare = COMPARE.get(true["cause"], lambda *_: True)
        hit = next((c for c in left if c["cause"] == true["cause"] and
                    scope_fits(c["parameters"], true["parameters"], events) and
                    compare(c["parameters"], true["parameters"], side, events)), None)
        hit = hit or next((c for c in left if is_step_of_zone(c, true, events)), None)
        if hit:
            left.remove(hit)
        elif true["records"] >= EXPECTED_RECORDS:
            missed.append("%s %s" % (true["cause"], short(true["parameters"])))
    return missed, ["%s %s" % (c["cause"], short(c["parameters"])) for c in left if not may_be_said(c, side, events)]


def short(parameters):
    return json.dumps(parameters, separators=(",", ":")).replace('"', "").replace(".000Z", "Z")


class Verdict:
    """The figures of one comparison, and in words what misses."""

    def __init__(self, truth, report):
        self.truth = truth
        with open(os.path.join(report, "summary.json")) as f:
            self.summary = json.load(f)
        with open(os.path.join(report, "matches.csv"), newline="") as f:
            self.rows = list(csv.DictReader(f))
        self.count()
        self.missed, self.wrong = [], []
        for side in truth.day.sides:
            missed, wrong = judge_causes(self.summary["causes"], side)
            self.missed += missed
            self.wrong += wrong

    def count(self):
        truth = self.truth
        linked = correct = recalled = copies = 0
        predicted = set()
        self.wrong_pairs = []
        self.found = {}
        for row in self.rows:
            p, o, kind = row["platformId"], row["operatorRecordId"], row["class"]
            if kind == "differs":
                predicted.add(p)
            if kind not in ("agreed", "differs", "duplicate"):
                continue
            right = truth.right(p, o)
            if kind == "duplicate":
                copies += right and p in truth.with_copies
            else:
                linked += 1
                correct += right
            if not right:
                self.wrong_pairs.append((p, o))
            if o in truth.call_of and right and (kind != "duplicate" or p in truth.with_copies):
                recalled += 1
                self.found[o] = p
        self.precision = correct / linked if linked else 1.0
        self.recall = recalled / len(truth.call_of) if truth.call_of else 1.0
        self.copies = copies / len(truth.copies) if truth.copies else 1.0
        self.differing = len(predicted & truth.differing) / len(truth.differing) if truth.differing else 1.0
        self.reported = len(predicted & truth.differing) / len(predicted) if predicted else 1.0
        self.predicted = predicted

    def faults(self, weak=False):
        out = []
        if self.precision < (0.999 if weak else 0.9999):
            out.append("precision %.5f" % self.precision)
        if self.recall < (0.999 if weak else 0.9995):
            out.append("recall %.5f" % self.recall)
        if self.copies < 0.99:
            out.append("duplicates %.3f" % self.copies)
        if self.differing < 0.99:
            out.append("differing %.3f" % self.differing)
        if self.reported < 0.95:
            out.append("over-reported %.3f" % self.reported)
        if self.missed:
            out.append("missed " + ", ".join(self.missed))
        if self.wrong:
            out.append("wrong " + "; ".join(self.wrong))
        return out + self.verdict_faults() + self.account_faults()

    def verdict_faults(self):
        stated = self.summary["verdict"]
        if not self.truth.day.sides[0].related:
            linked = sum(1 for r in self.rows if r["platformId"] and r["operatorRecordId"])
            return ["%d pairs of what is unrelated" % linked] * bool(linked) + ["verdict " + stated] * (stated != "unrelated")
        if stated == "unrelated":
            return ["verdict unrelated"]
        if self.truth.differing and stated != "differs":
            return ["verdict %s though pairs differ" % stated]
        return []

    def account_faults(self):
        """Every record stands in the rows; rows, totals and causes add up to the millisecond."""
        day, out = self.truth.day, []
        rejected = sum(r["records"] for f in self.summary["inputs"] for r in f["rejected"])
        platform = {c.id: c.talk for c in day.calls}
        operator = {r.id: r.duration for r in day.records}
        seen_p = {r["platformId"] for r in self.rows} - {""}
        seen_o = {r["operatorRecordId"] for r in self.rows} - {""}
        absent = len(platform.keys() - seen_p) + len(operator.keys() - seen_o)
        if absent or rejected:
            out.append("%d records not in the rows, %d rejected" % (absent, rejected))
        s = {k: milliseconds(v) for k, v in self.summary["seconds"].items()}
        causes = sum(milliseconds(c["seconds"]) for c in self.summary["causes"])
        rows = sum(milliseconds(r["differenceSeconds"] or 0) for r in self.rows)
        if not absent and (s["platform"], s["operator"]) != (sum(platform.values()), sum(operator.values())):
            out.append("seconds of the sides")
        if not s["difference"] == s["operator"] - s["platform"] == s["explained"] + s["unexplained"] == rows or \
                s["explained"] != causes:
            out.append("seconds do not add up: %s causes %d rows %d" % (s, causes, rows))
        return out + self.row_faults(platform, operator)

    def row_faults(self, platform, operator):
        """differenceSeconds of each call: the whole of it in its first row, 0 in the others; no record in two rows."""
        bad = 0
        calls, seen = {}, set()
        for row in self.rows:
            p, o, kind = row["platformId"], row["operatorRecordId"], row["class"]
            difference = milliseconds(row["differenceSeconds"] or 0)
            bad += o in seen
            if o:
                seen.add(o)
            if o and o not in operator or p and p not in platform:
                bad += 1
            elif kind in ("agreed", "differs"):
                calls.setdefault(p, []).append((operator[o], difference, kind))
            elif kind == "platform_only":
                bad += bool(o) or difference != -platform[p] or p in calls
                calls[p] = []
            elif kind == "operator_only":
                bad += bool(p) or difference != operator[o]
            else:
                bad += not p or not o or difference != operator[o]
        for p, pieces in calls.items():
            if pieces:
                bad += pieces[0][1] != sum(d for d, _, _ in pieces) - platform[p]
                bad += any(d for _, d, _ in pieces[1:]) or len({k for _, _, k in pieces}) > 1
        return ["%d rows are not as the contract says" % bad] if bad else []
