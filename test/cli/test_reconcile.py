#!/usr/bin/env python3
"""tally reconcile and tally why: bytes in, report out."""

import csv
import gzip
import io
import json
import os
import random
import resource
import signal
import subprocess
import time
import unittest

from compare import OPERATOR, PLATFORM, TALLY, CompareTest, call, seconds

N = 80


def sides(n=N, **operator):
    return [call(i) for i in range(n)], [call(i, **operator) | {"id": "o-%d" % i} for i in range(n)]


class Report(CompareTest):
    def test_equal_sides_agree(self):
        done = self.both(*sides())
        self.assertEqual(self.summary()["verdict"], "agrees")
        self.assertLessEqual(len(done.stdout.decode().splitlines()), 12)
        self.assertEqual(done.stderr, b"")
        rows = self.matches()
        self.assertEqual(sorted((r["platformId"], r["operatorRecordId"]) for r in rows),
                         sorted(("r-%d" % i, "o-%d" % i) for i in range(N)))
        self.assertEqual({(r["class"], r["differenceSeconds"], r["causes"]) for r in rows}, {("agreed", "0", "")})

    def test_bytes_of_matches(self):
        self.both([call(0), call(1)], [call(0, id='o "0", first'), call(2, id="o-2")], code=1)
        with open(os.path.join(self.out, "matches.csv"), "rb") as f:
            self.assertEqual(f.read(), b'platformId,operatorRecordId,class,differenceSeconds,causes\n'
                                       b'r-0,"o ""0"", first",agreed,0,\n'
                                       b'r-1,,platform_only,-60.037,\n'
                                       b',o-2,operator_only,60.074,\n')

    def test_a_difference_is_told(self):
        platform, operator = sides()
        operator[7]["durationSeconds"] = "90"
        self.both(platform, operator, code=1)
        row = next(r for r in self.matches() if r["platformId"] == "r-7")
        self.assertEqual((row["class"], row["differenceSeconds"]), ("differs", "29.741"))
        seconds = self.summary()["seconds"]
        self.assertEqual(seconds["difference"], 29.741)
        self.assertAlmostEqual(seconds["operator"] - seconds["platform"], seconds["difference"], 6)

    def test_tolerance(self):
        platform, operator = sides()
        operator[7]["durationSeconds"] = "62.500"
        self.both(platform, operator, code=1)
        self.both(platform, operator, "--tolerance", "2.3", code=0)
        self.assertEqual(self.summary()["tolerance"], 2.3)

    def test_an_explained_difference_is_exit_0(self):
        platform, operator = sides()
        for record in operator:
            ms = round(float(record["durationSeconds"]) * 1000)
            record["durationSeconds"] = str((ms + 59999) // 60000 * 60)
        done = self.both(platform, operator)
        summary = self.summary()
        self.assertEqual(summary["verdict"], "explained")
        self.assertEqual([c["cause"] for c in summary["causes"]], ["rounding"])
        self.assertIn(summary["causes"][0]["sentence"], done.stdout.decode())
        self.assertEqual(sum(round(c["seconds"] * 1000) for c in summary["causes"]),
                         round(summary["seconds"]["explained"] * 1000))

    def test_other_calls_are_unrelated(self):
        platform, _ = sides()
        operator = [call(i + 5000, id="o-%d" % i, calleeNumber="+3314%07d" % i) for i in range(N)]
        self.both(platform, operator, code=1)
        self.assertEqual(self.summary()["verdict"], "unrelated")
        self.assertEqual({r["class"] for r in self.matches()}, {"platform_only", "operator_only"})

    def test_json_is_the_summary(self):
        done = self.both(*sides(), "--json")
        self.assertEqual(json.loads(done.stdout), self.summary())

    def test_quiet(self):
        self.assertEqual(self.both(*sides(), "--quiet").stdout, b"")

    def test_several_operators(self):
        platform = [call(i, operatorId="op-%d" % (i % 2)) for i in range(N)]
        operator = [call(i, operatorId="op-%d" % (i % 2), id="o-%d" % i) for i in range(N)]
        self.both(platform, operator)
        operators = self.summary()["operators"]
        self.assertEqual([o["operatorId"] for o in operators], ["op-0", "op-1"])
        self.assertEqual([o["counts"]["agreed"] for o in operators], [N // 2, N // 2])

    def test_operator_named_by_one_side_only(self):
        self.both([call(i, operatorId="op-7") for i in range(N)], sides()[1])
        self.assertEqual([o["operatorId"] for o in self.summary()["operators"]], ["op-7"])

    def test_the_highest_version_counts(self):
        columns = PLATFORM + ["version"]
        platform = [call(0, version=2), call(0, talk_ms=1000, version=1), call(1, version=1), call(1, version=1)]
        for order in (platform, platform[::-1]):
            path = self.table("platform.csv", columns, order)
            self.both(path, [call(0, id="o-0"), call(1, id="o-1")])
            self.assertEqual(len(self.matches()), 2)
            skipped = self.summary()["skipped"]
            self.assertEqual((skipped["replacedByHigherVersion"], skipped["repeatedPlatformRecords"]), (1, 1))


class Order(CompareTest):
    def test_order_of_rows_and_files_does_not_matter(self):
        self.tally("simulate", "--seed", 5, "--calls", 3000, "--out", self.path("day"), "--faults",
                   "clock_offset rounding no_correlation duplicate_delivery disputed:share=0.02", check=True)
        results = []
        for seed in (None, 1, 2):
            paths = []
            for side in ("platform", "operator"):
                with open(self.path("day/%s.csv" % side)) as f:
                    head, *rows = f.read().splitlines()
                if seed:
                    random.Random(seed).shuffle(rows)
                half = len(rows) // 2
                paths.append([self.write("%s%d.csv" % (side, k), "\n".join([head] + part) + "\n")
                              for k, part in enumerate((rows[half:], rows[:half]))])
            done = self.tally("reconcile", "--platform", *paths[0], "--operator", *paths[1], "--out", self.out, "--quiet")
            self.assertEqual(done.returncode, 1, done.stderr)
            with open(os.path.join(self.out, "matches.csv"), "rb") as f:
                results.append((self.summary()["digest"], f.read()))
        self.assertEqual(results[0][0], results[1][0])
        self.assertEqual(results[0], results[2])
        self.assertEqual(results[0], results[1])


class Input(CompareTest):
    def sources(self, n=N):
        platform, operator = sides(n)
        return self.table("p.csv", PLATFORM, platform), self.table("o.csv", OPERATOR, operator)

    def test_gzip_and_zstd_by_content(self):
        p, o = self.sources()
        gz = self.write("a.dat", gzip.compress(self.read(p)))
        subprocess.run(["zstd", "-q", o, "-o", self.path("b.dat")], check=True)
        self.both(gz, self.path("b.dat"))

    def test_ndjson_and_json_array(self):
        platform, operator = sides()
        keys = {"durationSeconds": float}
        objects = [{k: keys.get(k, str)(v) for k, v in r.items() if k != "startDateTime"} for r in platform]
        p = self.write("p.ndjson", "\n".join(map(json.dumps, objects)))
        objects = [{k: keys.get(k, str)(v) for k, v in r.items() if k != "inviteDateTime"} for r in operator]
        o = self.write("o.json", json.dumps(objects))
        self.both(p, o)

    def test_standard_input_and_why(self):
        p, o = self.sources()
        with open(o, "rb") as f:
            done = self.tally("reconcile", "--platform", p, "--operator", "-", "--out", self.out, stdin=f)
        self.assertEqual(done.returncode, 0, done.stderr)
        os.remove(o)
        done = self.tally("why", "o-3", "--in", self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"standard input:5", done.stdout)

    def test_bom_crlf_repeated_header_and_totals_row(self):
        platform, operator = sides()
        p = self.table("p.csv", PLATFORM, platform)
        text = self.read(self.table("o.csv", OPERATOR, operator)).decode()
        head = text.split("\n")[0]
        o = self.write("o.csv", "\ufeff" + (text + head + "\nTotal,,,,,,,,,4711,\n").replace("\n", "\r\n"))
        done = self.both(p, o)
        self.assertIn(("%s:%d:1: " % (o, N + 3)).encode(), done.stderr)
        file = self.summary()["inputs"][1]
        self.assertEqual((file["records"], file["repeatedHeaders"]), (N, 1))
        self.assertEqual([(r["code"], r["records"], r["first"][0]["line"]) for r in file["rejected"]],
                         [("missingField", 1, N + 3)])

    def test_bad_lines_are_named_and_the_rest_is_read(self):
        platform, operator = sides()
        p = self.table("p.csv", PLATFORM, platform)
        lines = self.read(self.table("o.csv", OPERATOR, operator)).split(b"\n")
        lines[3] += b",one,too,many"
        lines[5] = b'o-4,"op"x,' + lines[5][5:]
        lines[7] = lines[7].replace(b"+49", b"+\x0049")
        lines[9] = lines[9].replace(b"2026-11-24T08", b"yesterday at eight", 1)
        lines[11] += b"x" * (10 << 20)
        o = self.write("o.csv", b"\n".join(lines))
        done = self.both(p, o, code=1)
        for line, column in ((4, 1), (6, 5), (8, 16), (10, 42), (12, 1)):
            self.assertIn(("%s:%d:%d: " % (o, line, column)).encode(), done.stderr)
        self.assertIn(b"longer than 1048576 bytes", done.stderr)
        self.assertNotIn(b"+4930", done.stderr)
        file = self.summary()["inputs"][1]
        self.assertEqual(file["records"], N - 5)
        self.assertEqual(sum(r["records"] for r in file["rejected"]), 5)

    def test_a_file_that_is_cut_off(self):
        p, o = self.sources()
        packed = gzip.compress(self.read(o), 0)
        cut = self.write("o.gz", packed[:len(packed) * 3 // 4])
        done = self.both(p, cut, code=1)
        self.assertIn(cut.encode(), done.stderr)
        file = self.summary()["inputs"][1]
        self.assertFalse(file["complete"])
        self.assertGreater(file["records"], N // 2)
        self.assertLess(file["records"], N)

    def test_lacking_columns_are_named(self):
        p, _ = self.sources()
        o = self.write("o.csv", "id,anrufer,dauer\n1,2,3\n")
        done = self.both(p, o, code=3)
        for word in (o, "callerNumber", "calleeNumber", "startDateTime", "id,anrufer,dauer"):
            self.assertIn(word.encode(), done.stderr)
        self.assertFalse(os.path.exists(self.out))

    def test_what_cannot_be_compared(self):
        p, o = self.sources()
        for content in (b"\xff\xfei\x00d\x00\n\x00", b"\x7fELF\x02\x01\x01\x00\x00\x00", b"%PDF-1.4\nno table\n",
                        self.read(o).split(b"\n")[0] + b"\n,,,\n"):
            bad = self.write("bad", content)
            done = self.both(p, bad, code=3)
            self.assertIn(bad.encode(), done.stderr)
            done = self.both(bad, o, code=3)
        self.assertEqual([n for n in self.left() if "report" in n], [])

    def test_empty_sides_are_compared(self):
        p, o = self.sources()
        empty = self.write("empty.csv", "")
        header = self.table("header.csv", OPERATOR, [])
        for platform, operator, kind in ((p, header, "platform_only"), (p, empty, "platform_only"), (empty, o, "operator_only")):
            self.both(platform, operator, code=1)
            self.assertEqual(self.summary()["verdict"], "differs")
            self.assertEqual([r["class"] for r in self.matches()], [kind] * N)
        self.both(empty, empty)
        self.assertEqual(self.matches(), [])

    def test_one_record(self):
        self.both([call(0)], [call(0, id="o-0")])
        self.assertEqual(len(self.matches()), 1)

    def test_a_file_that_is_not_there(self):
        p, _ = self.sources()
        done = self.both(p, self.path("absent.csv"), code=3)
        self.assertIn(b"absent.csv", done.stderr)
        done = self.both(self.scratch.name, p, code=3)
        self.assertIn(b"is a directory", done.stderr)
        self.assertFalse(os.path.exists(self.out))


class ManyBlocks(CompareTest):
    """Files of more than a block, which several threads read."""

    ROWS = 9000

    def lines(self, **more):
        """The operator's table as lines; ids are long, so that they are more than is kept in memory."""
        columns = ",".join(OPERATOR + ["note"])
        rows = [call(i, 5000 + i % 999 * 40, i * 900, id="o-%d-%s" % (i, "x" * 100)) | more for i in range(self.ROWS)]
        return [columns] + [",".join(str(r.get(c, "")) for c in OPERATOR + ["note"]) for r in rows]

    @classmethod
    def setUpClass(cls):
        """The platform has four times as many calls: more ids than are kept in memory."""
        rows = [call(i, 5000 + i % 999 * 40, i * 900, id="p-%d-%s" % (i, "y" * 110)) for i in range(5 * cls.ROWS)]
        others = [r | {"calleeNumber": "+12025550100"} for r in rows[cls.ROWS:]]
        cls.calls = "\n".join(",".join(r.get(c, "") for c in PLATFORM) for r in [dict(zip(PLATFORM, PLATFORM))] + rows[:cls.ROWS] + others)

    def platform(self):
        return self.write("platform.csv", self.calls)

    def compare(self, text, name="operator.csv"):
        done = self.tally("reconcile", "--platform", self.platform(), "--operator", self.write(name, text), "--out", self.out)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.stderr.decode(), self.summary()["inputs"][1], self.read("report/matches.csv")

    def test_lines_are_counted_over_blocks(self):
        lines = self.lines()
        bad = [10, 3000, 3001, 7500, 9000]
        for at in bad:
            lines[at - 1] = lines[at - 1].replace("2026-11-24T", "yesterday ", 1)
        text = "\n".join(lines)
        stderr, file, matches = self.compare(text)
        self.assertEqual([at["line"] for r in file["rejected"] for at in r["first"]], bad)
        for at in bad:
            self.assertIn("operator.csv:%d:%d: startDateTime must be" % (at, len(lines[at - 1].split("2026")[0].split("yesterday")[0]) + 1), stderr)
        self.assertEqual(file["records"], self.ROWS - len(bad))
        packed = gzip.compress(text.encode())
        self.assertEqual(self.compare(packed)[2], matches)
        self.assertEqual(self.compare(subprocess.run(["zstd", "-qc"], input=text.encode(), stdout=subprocess.PIPE,
                                                     check=True).stdout)[2], matches)
        self.assertEqual(self.compare(text.replace("\n", "\r\n"))[2], matches)

    def test_blank_lines_and_headers_on_the_way(self):
        lines = self.lines()
        lines[5000:5000] = ["", lines[0], ""]
        lines[8000] = "no record"
        _, file, _ = self.compare("\n".join(lines) + "\n")
        self.assertEqual((file["blankLines"], file["repeatedHeaders"], file["unknownFields"]), (2, 1, 1))
        self.assertEqual(file["rejected"][0]["first"][0]["line"], 8001)

    def test_a_quoted_line_end_late_in_the_file(self):
        lines = self.lines()
        plain = self.compare("\n".join(lines))[2]
        lines[6000] = lines[6000].rstrip(",") + ',"two\nlines, ""quoted"""'
        _, file, matches = self.compare("\n".join(lines))
        self.assertEqual(matches, plain)
        self.assertEqual(file["records"], self.ROWS)
        lines[7000] = "no record"
        _, file, _ = self.compare("\n".join(lines))
        self.assertEqual(file["rejected"][0]["first"][0]["line"], 7002)

    def test_a_quote_that_is_not_closed(self):
        lines = self.lines()
        lines[8990] += '"open'
        _, file, _ = self.compare("\n".join(lines))
        self.assertEqual(file["records"], self.ROWS - 1)
        self.assertEqual(file["rejected"][0]["first"][0]["line"], 8991)

    def check_as_one_reader(self, lines):
        """Blocks are found by counting quotes; tally import reads the same text from its beginning to its end."""
        path = self.write("operator.csv", "\n".join(lines))
        done = self.tally("import", path)
        ids = sorted(json.loads(line)["id"] for line in done.stdout.splitlines())
        faults = [line.split(b":")[1:3] for line in done.stderr.splitlines() if line.startswith(b"%s:" % path.encode())]
        _, file, matches = self.compare("\n".join(lines))
        self.assertEqual(file["records"], len(ids))
        found = [r["operatorRecordId"] for r in csv.DictReader(io.StringIO(matches.decode())) if r["operatorRecordId"]]
        self.assertEqual(sorted(found), ids)
        first = sorted((at["line"], at["column"]) for r in file["rejected"] for at in r["first"])
        self.assertTrue(set(first) <= {(int(line), int(column)) for line, column in faults} or len(faults) == 20)
        self.assertEqual(first[:1], sorted((int(line), int(column)) for line, column in faults)[:1])
        return file, matches

    def test_quoted_cells_in_all_blocks(self):
        plain = self.lines()
        quoted = [",".join('"%s"' % cell for cell in line.split(",")) for line in plain]
        matches = self.compare("\n".join(plain))[2]
        self.assertEqual(self.check_as_one_reader(quoted)[1], matches)
        notes = ['"two\nlines"', '"a, b"', '"""\n"""', '"\n\n"', "", "plain", '"say ""so"""']
        mixed = quoted[:1] + [(q if i % 3 else p).rsplit(",", 1)[0] + "," + notes[i % 7]
                              for i, (p, q) in enumerate(zip(plain[1:], quoted[1:]))]
        self.assertEqual(self.check_as_one_reader(mixed)[1], matches)
        packed = gzip.compress("\n".join(mixed).encode())
        self.assertEqual(self.compare(packed)[2], matches)

    def test_stray_quotes_in_some_block(self):
        plain = self.lines()
        quoted = [",".join('"%s"' % cell for cell in line.split(",")) for line in plain]
        for seed in range(12):
            chance = random.Random(seed)
            lines = [(q if i % 2 else p) for i, (p, q) in enumerate(zip(plain, quoted))]
            for _ in range(chance.randrange(1, 6)):
                at = chance.randrange(1500, self.ROWS) if seed % 3 else chance.randrange(1, self.ROWS)
                lines[at] = chance.choice([lambda line: line.replace("xx", 'x"x', 1), lambda line: line + '"', lambda line: '"' + line,
                                           lambda line: line + "\nno record", lambda line: line[:-1] + '"open\n\n',
                                           lambda line: line.replace(",", ',"', 1)])(lines[at])
            if seed > 7:  # a quote that counts and opens nothing, and line ends in cells, line after line
                at = chance.randrange(1500, 4000)
                lines[at:] = [line.replace("xx", 'x"x', 1).rsplit(",", 1)[0] + ',"two\nlines"' for line in plain[at:]]
            with self.subTest(seed):
                self.check_as_one_reader(lines)

    def test_cut_off_what_stands_before_is_compared(self):
        text = "\n".join(self.lines()).encode()
        packed = gzip.compress(text, 1)
        _, file, _ = self.compare(packed[:len(packed) * 2 // 3])
        self.assertFalse(file["complete"])
        self.assertGreater(file["records"], self.ROWS // 2)
        self.assertEqual(file["rejected"], [])

    def test_one_processor_gives_the_same_bytes(self):
        text = "\n".join(self.lines())
        _, file, matches = self.compare(text)
        digest = self.summary()["digest"]
        done = subprocess.run(["taskset", "-c", str(min(os.sched_getaffinity(0))), TALLY, "reconcile", "--platform",
                               self.path("platform.csv"), "--operator", self.path("operator.csv"), "--out", self.out, "--quiet"])
        self.assertIn(done.returncode, (0, 1))
        self.assertEqual((self.read("report/matches.csv"), self.summary()["digest"]), (matches, digest))

    def test_a_disk_that_is_full_while_reading(self):
        """Ids that are too many for memory go to the output directory."""
        platform, operator = self.platform(), self.write("operator.csv", "\n".join(self.lines()))

        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

        done = self.tally("reconcile", "--platform", platform, "--operator", operator, "--out", self.out,
                          preexec_fn=small_files, restore_signals=False)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn(b"could not be written", done.stderr)
        self.assertEqual(self.left(), ["operator.csv", "platform.csv"])

    @unittest.skipIf("asan" in TALLY or "tsan" in TALLY, "sanitizers reserve more address space than there is")
    def test_what_does_not_fit_into_memory(self):
        platform, operator = self.platform(), self.write("operator.csv", "\n".join(self.lines()))
        done = self.tally("reconcile", "--platform", platform, "--operator", operator, "--out", self.out,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (200 << 20, 200 << 20)))
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn(b"does not fit into memory", done.stderr)
        self.assertIn(b"compare by operator", done.stderr)
        self.assertEqual(self.left(), ["operator.csv", "platform.csv"])

    def test_lines_of_json(self):
        keys = OPERATOR
        rows = [call(i, 5000 + i % 999 * 40, i * 900, id="o-%d-%s" % (i, "x" * 100)) for i in range(self.ROWS)]
        text = "\n".join(json.dumps({k: r[k] for k in keys if k in r and k != "durationSeconds"} |
                                    {"durationSeconds": float(r["durationSeconds"])}) for r in rows)
        plain = self.compare("\n".join(self.lines()))[2]
        _, file, matches = self.compare(text, "operator.ndjson")
        self.assertEqual((file["records"], matches), (self.ROWS, plain))
        lines = text.split("\n")
        lines[8000] = "{"
        _, file, _ = self.compare("\n".join(lines), "operator.ndjson")
        self.assertEqual(file["rejected"][0]["first"][0]["line"], 8001)


class Output(CompareTest):
    def test_a_second_report_replaces_the_first_and_nothing_else(self):
        self.both(*sides())
        with open(os.path.join(self.out, "notes.txt"), "w") as f:
            f.write("mine")
        platform, operator = sides()
        self.both(platform[:10], operator[:10])
        self.assertEqual(len(self.matches()), 10)
        self.assertEqual(sorted(os.listdir(self.out)), ["matches.csv", "notes.txt", "report.html", "summary.json"])

    def test_a_failure_leaves_the_first_report_alone(self):
        self.both(*sides())
        before = self.summary()
        self.both(self.write("bad", b"\xff\xfex\x00"), sides()[1], code=3)
        self.assertEqual(self.summary(), before)
        self.assertEqual(sorted(os.listdir(self.out)), ["matches.csv", "report.html", "summary.json"])

    def test_a_full_disk_leaves_nothing(self):
        platform, operator = sides(2000)
        p, o = self.table("p.csv", PLATFORM, platform), self.table("o.csv", OPERATOR, operator)

        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))

        done = self.tally("reconcile", "--platform", p, "--operator", o, "--out", self.out, preexec_fn=small_files,
                          restore_signals=False)
        self.assertEqual(done.returncode, 5)
        self.assertIn(b"matches.csv could not be written", done.stderr)
        self.assertEqual(self.left(), ["o.csv", "p.csv"])

    def test_an_interrupt_leaves_nothing(self):
        p = self.table("p.csv", PLATFORM, sides()[0])
        # A shell's background job is started with SIGINT ignored, which a child would inherit.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (signal.SIGINT, signal.SIGTERM):
            run = subprocess.Popen([TALLY, "reconcile", "--platform", p, "--operator", "-", "--out", self.out],
                                   stdin=subprocess.PIPE, stderr=subprocess.PIPE)
            deadline = time.monotonic() + 60
            while len(self.left()) == 1 and time.monotonic() < deadline:
                time.sleep(0.01)
            self.assertGreater(len(self.left()), 1)
            run.send_signal(number)
            run.communicate()
            self.assertEqual(run.returncode, -number)
            self.assertEqual(self.left(), ["p.csv"])

    def test_out_is_a_file(self):
        p, o = sides()
        self.out = self.write("file", "x")
        self.assertIn(b"no directory", self.both(p, o, code=5).stderr)

    def test_out_has_no_parent(self):
        p, o = sides()
        self.out = self.path("a/b/report")
        self.assertIn(b"a/b/report", self.both(p, o, code=5).stderr)


class Usage(CompareTest):
    def test_usage(self):
        p, o = self.table("p.csv", PLATFORM, []), self.table("o.csv", OPERATOR, [])
        good = ["--platform", p, "--operator", o, "--out", self.out]
        for arguments in ([], good[:2], good[:4], good[2:], good + ["--tolerance", "-1"], good + ["--tolerance", "x"],
                          good + ["--platform-format", "punched-cards"], good + ["stray", "--json"], good + ["--nonsense"],
                          ["--platform", "-", "--operator", "-", "--out", self.out]):
            done = self.tally("reconcile", *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(b"tally reconcile", done.stderr)
            self.assertFalse(os.path.exists(self.out))
        done = self.tally("reconcile", "--help")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(b"--tolerance", done.stdout)

    def test_named_format(self):
        self.both(*sides(), "--platform-format", "canonical", "--operator-format", "canonical")
        p = self.path("platform.csv")
        self.assertEqual(self.tally("reconcile", "--platform", p, "--operator", p, "--operator-format", "kamailio", "--out",
                                    self.path("other")).returncode, 3)


def busy_trunks(names):
    """The trunks of 400 calls: the first has most."""
    return [names[max(0, i % 5 - 5 + len(names))] for i in range(400)]


class OneTrunk(CompareTest):
    """What is true of one trunk alone says so, even where most records are that trunk's."""

    def clocks(self, ahead_ms):
        trunk = busy_trunks(sorted(ahead_ms))
        platform = [call(i, trunk=trunk[i]) for i in range(400)]
        operator = [call(i, id="o-%d" % i, trunk=trunk[i], at_ms=8 * 3600000 + i * 7000 + ahead_ms[trunk[i]])
                    for i in range(400)]
        self.both(platform, operator)
        return sorted((c["cause"], c["parameters"]["seconds"], c["parameters"].get("trunk"), c["records"])
                      for c in self.summary()["causes"])

    def test_all_trunks(self):
        self.assertEqual(self.clocks({"t1": 12400, "t2": 12400}), [("clock_offset", 12.4, None, 400)])

    def test_a_zone_is_within_fourteen_hours(self):
        platform, operator = sides()
        early = [dict(o, startDateTime=o["startDateTime"].replace("-24T", "-23T"),
                      answerDateTime=o["answerDateTime"].replace("-24T", "-23T"),
                      endDateTime=o["endDateTime"].replace("-24T", "-23T")) for o in operator]
        self.both(platform, early)
        self.assertEqual([(c["cause"], c["parameters"]["seconds"]) for c in self.summary()["causes"]],
                         [("clock_offset", -86400)])

    def test_the_busiest_trunk(self):
        self.assertEqual(self.clocks({"t1": 12400, "t2": 0}), [("clock_offset", 12.4, "t1", 320)])
        self.assertEqual(self.clocks({"t1": 3600000, "t2": 0, "t3": 0}), [("zone_offset", 3600, "t1", 240)])

    def test_each_its_own(self):
        self.assertEqual(self.clocks({"t1": 12400, "t2": -5000}),
                         [("clock_offset", -5, "t2", 80), ("clock_offset", 12.4, "t1", 320)])

    def test_a_clock_is_said_to_be_set_where_enough_records_follow(self):
        for behind, stated in (12, []), (60, [("clock_step", 30, 60)]):
            at = [8 * 3600000 + i * 60000 for i in range(400)]
            self.both([call(i, at_ms=at[i]) for i in range(400)],
                      [call(i, id="o-%d" % i, at_ms=at[i] + (30000 if i >= 400 - behind else 0)) for i in range(400)])
            self.assertEqual([(c["cause"], c["parameters"]["seconds"], c["records"]) for c in self.summary()["causes"]],
                             stated)

    def test_what_is_shared_is_said_of_all(self):
        self.assertEqual(self.clocks({"t1": 3900, "t2": 3603900}),
                         [("clock_offset", 3.9, None, 400), ("zone_offset", 3600, "t2", 80)])


    def durations(self, **written):
        trunk = busy_trunks(sorted(written))
        talk = [61000 + i * 337 for i in range(400)]
        platform = [call(i, trunk=trunk[i], talk_ms=talk[i]) for i in range(400)]
        operator = [call(i, id="o-%d" % i, trunk=trunk[i], talk_ms=talk[i],
                         durationSeconds=seconds(written[trunk[i]](talk[i]))) for i in range(400)]
        self.both(platform, operator)
        return sorted((c["cause"], c["parameters"]["trunk"], c["records"]) for c in self.summary()["causes"])

    def test_durations_of_the_busiest_trunk(self):
        self.assertEqual(self.durations(t1=lambda ms: ms + 4000, t2=lambda ms: ms), [("ring_time", "t1", 320)])
        self.assertEqual(self.durations(t1=lambda ms: ms * 1000, t2=lambda ms: ms), [("unit", "t1", 320)])

    def test_durations_of_each_trunk(self):
        self.assertEqual(self.durations(t1=lambda ms: -(-ms // 60000) * 60000, t2=lambda ms: -(-ms // 6000) * 6000),
                         [("rounding", "t1", 320), ("rounding", "t2", 80)])


class Why(CompareTest):
    def compare(self):
        platform, operator = sides()
        again = call(3, id="r-again", at_ms=8 * 3600000 + 3 * 7000 + 200000)
        operator.append(dict(operator[5], id="o-bad", durationSeconds="soon"))
        operator[7]["durationSeconds"] = "90"
        self.both(platform + [again], operator, code=1)

    def why(self, *arguments, code=0):
        done = self.tally("why", *arguments)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done

    def life(self, record):
        return json.loads(self.why(record, "--in", self.out, "--json").stdout)

    def test_a_pair(self):
        self.compare()
        life = self.life("r-7")
        self.assertEqual([(r["side"], r["line"]) for r in life["records"]], [("platform", 9)])
        self.assertTrue(life["records"][0]["asRead"].startswith("r-7,"))
        self.assertEqual(life["records"][0]["normalised"]["callerNumber"], call(7)["callerNumber"])
        self.assertEqual([(c["id"], c["line"], c["timeDifferenceSeconds"], c["durationDifferenceSeconds"], c["chosen"])
                          for c in life["candidates"]], [("o-7", 9, 0, 29.741, True)])
        self.assertEqual(life["outcomes"], [{"platformId": "r-7", "operatorRecordId": "o-7", "class": "differs",
                                             "differenceSeconds": 29.741, "causes": ""}])

    def test_a_candidate_that_lost(self):
        self.compare()
        life = self.life("r-again")
        self.assertEqual(life["outcomes"][0]["class"], "platform_only")
        self.assertEqual([(c["id"], c["timeDifferenceSeconds"], c["why"]) for c in life["candidates"]],
                         [("o-3", -200, "belongs to r-3")])

    def test_the_operators_view(self):
        self.compare()
        life = self.life("o-3")
        self.assertEqual([(c["id"], c["chosen"]) for c in life["candidates"]], [("r-3", True), ("r-again", False)])

    def test_a_rejected_record(self):
        self.compare()
        text = self.why("o-bad", "--in", self.out).stdout.decode()
        self.assertIn("operator.csv:%d" % (N + 2), text)
        self.assertIn("durationSeconds must be", text)
        self.assertIn("not compared", text)

    def test_text(self):
        self.compare()
        text = self.why("r-7", "--in", self.out).stdout.decode()
        for words in ("platform.csv:9", "o-7", "duration +29.741 s, score 5: chosen", "differs, platform r-7"):
            self.assertIn(words, text)

    def of_simulated(self, faults, calls=3000):
        """Compares a simulated day; its rows of matches.csv."""
        self.tally("simulate", "--seed", "11", "--calls", calls, "--out", self.path("day"), "--faults", faults, check=True)
        self.tally("reconcile", "--platform", self.path("day/platform.csv"), "--operator", self.path("day/operator.csv"),
                   "--out", self.out, "--quiet")
        return self.matches()

    def test_what_was_chosen_is_always_shown(self):
        for faults in ("replaced_caller no_correlation", "masked_number:digits=3", "clock_step:at=13:00,seconds=-118",
                       "zone_offset:seconds=3600,trunk=t2 clock_offset:seconds=3.9", "unit:factor=1000",
                       "ring_time rounding:increment=60,mode=up", "rounding:increment=6,mode=up,minimum=30,trunk=t1"):
            with self.subTest(faults):
                rows = [row for row in self.of_simulated(faults) if row["class"] == "agreed"]
                for row in rows[:3] + rows[len(rows) // 2:][:3] + rows[-3:]:
                    for subject, other in ("platformId", "operatorRecordId"), ("operatorRecordId", "platformId"):
                        first = self.life(row[subject])["candidates"][0]
                        self.assertEqual((first["id"], first["chosen"]), (row[other], True))
                        self.assertLess(abs(first["timeDifferenceSeconds"]), 1)
                        self.assertLess(first["score"], 1)

    def test_what_a_release_delay_makes_of_a_call(self):
        rows = [row for row in self.of_simulated("release_delay:milliseconds=800") if row["causes"] == "release_delay"]
        seen = set()
        for row in rows[:20]:
            life = self.life(row["platformId"])
            direction = life["records"][0]["normalised"]["direction"]
            self.assertAlmostEqual(life["candidates"][0]["expectedDifferenceSeconds"],
                                   0.8 if direction == "outbound" else -0.8, delta=0.01)
            seen.add(direction)
        self.assertEqual(seen, {"inbound", "outbound"})

    def test_a_drift_that_is_right_at_midnight(self):
        at = [i * 280000 for i in range(300)]
        self.both([call(i, at_ms=at[i]) for i in range(300)],
                  [call(i, id="o-%d" % i, at_ms=at[i] + at[i] * 300 // 1000000) for i in range(300)])
        self.assertEqual([c["cause"] for c in self.summary()["causes"]], ["clock_drift"])
        for i in 5, 150, 295:
            self.assertLess(abs(self.life("r-%d" % i)["candidates"][0]["timeDifferenceSeconds"]), 0.5)

    def test_a_call_in_pieces(self):
        rows = [row for row in self.of_simulated("partial_records:every=900") if row["causes"] == "partial_records"]
        call_id = rows[0]["platformId"]
        pieces = [row["operatorRecordId"] for row in rows if row["platformId"] == call_id]
        chosen = [c for c in self.life(call_id)["candidates"] if c["chosen"]]
        self.assertEqual(sorted(c["id"] for c in chosen), sorted(pieces))
        for c in chosen:
            self.assertIn("cut into", c["why"])
            self.assertIsNone(c["score"])
        self.assertEqual([c["id"] for c in self.life(pieces[-1])["candidates"] if c["chosen"]], [call_id])

    def test_a_duplicate(self):
        rows = [row for row in self.of_simulated("duplicate_delivery:share=0.05") if row["class"] == "duplicate"]
        life = self.life(rows[0]["operatorRecordId"])
        self.assertIn("another record counts already", life["candidates"][0]["why"])

    def test_causes_are_those_of_its_own_operator_and_trunk(self):
        platform = [call(i, operatorId="op-%d" % (i % 2), trunk="t%d" % (i % 4)) for i in range(240)]
        operator = []
        for i in range(240):
            late = {0: 0, 1: 20000, 2: 0, 3: 50000}[i % 4]
            operator.append(call(i, id="o-%d" % i, operatorId="op-%d" % (i % 2), trunk="t%d" % (i % 4),
                                 at_ms=8 * 3600000 + i * 7000 + late))
        self.both(platform, operator)
        self.assertEqual({c["cause"] for c in self.summary()["causes"]}, {"clock_offset"})
        for i, says, says_not in (1, "20 s fast", "50 s"), (3, "50 s fast", "20 s"), (0, "agreed", "clock_offset"):
            text = self.why("r-%d" % i, "--in", self.out).stdout.decode()
            self.assertIn(says, text)
            self.assertNotIn(says_not, text.split("Decided")[1])
            self.assertIn("time +0 s", text)

    def test_a_record_that_stands_alone(self):
        platform, operator = sides()
        ringing = call(3, id="r-ringing", at_ms=9 * 3600000, talk_ms=0, answerDateTime="", durationSeconds="")
        lost = call(N + 5, id="r-lost")
        other = call(N + 6, id="r-other", correlationId="x@sbc")
        operator.append(call(N + 9, id="o-other", correlationId="x@sbc"))
        self.both(platform + [ringing, lost, other], operator, code=1)
        self.assertIn("nobody answered", self.why("r-ringing", "--in", self.out).stdout.decode())
        self.assertIn("no record of these numbers", self.why("r-lost", "--in", self.out).stdout.decode())
        self.assertEqual([(c["id"], c["why"]) for c in self.life("r-other")["candidates"]],
                         [("o-other", "has the same correlation id, but other numbers")])

    def test_unknown_id(self):
        self.compare()
        self.assertIn(b"nobody", self.why("nobody", "--in", self.out, code=1).stderr)

    def test_files_that_are_gone(self):
        self.compare()
        os.remove(self.path("operator.csv"))
        self.assertIn(b"operator.csv", self.why("r-7", "--in", self.out, code=3).stderr)

    def test_no_comparison(self):
        self.assertIn(b"summary.json", self.why("r-7", "--in", self.scratch.name, code=3).stderr)
        self.compare()
        for content in (b"", b"{", b"[]", b'{"inputs":[{}]}', b'{"inputs":7}'):
            self.write("report/summary.json", content)
            self.why("r-7", "--in", self.out, code=3)

    def test_usage(self):
        for arguments in ([], ["x"], ["--in", self.out], ["x", "y", "--in", self.out], ["x", "--in"], ["x", "--bad"]):
            self.why(*arguments, code=2)
        self.assertIn(b"--in DIR", self.why("--help").stdout)


if __name__ == "__main__":
    unittest.main()
