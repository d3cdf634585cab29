#!/usr/bin/env python3
"""Files that are packed, encoded, divided or broken in all the ways in which they come, on either side."""

import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import unittest
import zipfile

from compare import OPERATOR, PLATFORM, CompareTest, call

N = 40


def zipped(content, *names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return out.getvalue()


def zstd(content):
    return subprocess.run(["zstd", "-qc"], input=content, stdout=subprocess.PIPE, check=True).stdout


PACKINGS = {"plain": lambda b: b, "gzip": gzip.compress, "zstd": zstd, "zip": lambda b: zipped(b, "table.csv")}
SIDES = ("platform", "operator")


class BadInput(CompareTest):
    def rows(self, side, **more):
        columns = PLATFORM if side == "platform" else OPERATOR
        return columns, [{k: r[k] for k in columns if k in r} for r in
                         (call(i, id="%s-%d" % (side, i), operatorId="op-1") | more for i in range(N))]

    def csv(self, side, delimiter=",", quoting=csv.QUOTE_MINIMAL, **more):
        columns, rows = self.rows(side, **more)
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, delimiter=delimiter, quoting=quoting, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue()

    def objects(self, side):
        return [r | {"durationSeconds": float(r["durationSeconds"])} for r in self.rows(side)[1]]

    def ndjson(self, side):
        return "".join(json.dumps(r) + "\n" for r in self.objects(side))

    def array(self, side):
        return json.dumps(self.objects(side), indent=1)

    def compare(self, code=0, **contents):
        """Compares contents by side; a side that is not given is a table that is right."""
        shutil.rmtree(self.out, ignore_errors=True)
        paths = [self.write(side, contents.get(side, self.csv(side))) for side in SIDES]
        return self.both(*paths, code=code).stderr.decode()

    def inputs(self, side="operator"):
        return next(i for i in self.summary()["inputs"] if i["side"] == side)

    def agree(self):
        self.assertEqual(self.summary()["verdict"], "agrees")
        self.assertEqual([i["records"] for i in self.summary()["inputs"]], [N, N])

    def on_each_side(self, change, code, *words, form="csv", **packings):
        """The same fault on either side and on both; each is named by its file."""
        for sides in (("platform",), ("operator",), SIDES):
            bad = {side: change(getattr(self, form)(side)) for side in sides}
            # What both sides lack alike is no difference.
            stderr = self.compare((0, 1) if code == 1 and sides == SIDES else code, **bad)
            for side in sides:
                lines = [line for line in stderr.splitlines() if line.startswith(self.path(side))]
                self.assertTrue(lines, (sides, stderr))
                for word in words:
                    self.assertIn(word, "\n".join(lines))
            if code == 3:
                self.assertFalse(os.path.exists(self.out))


class Encodings(BadInput):
    def test_utf16_however_it_is_packed(self):
        for encoding, mark in (("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff"), ("utf-16-le", ""), ("utf-16-be", "")):
            for pack in PACKINGS.values():
                encoded = [pack((mark + self.csv(side, trunk="M\u00fcnchen \u4e2d")).encode(encoding)) for side in SIDES]
                self.assertEqual(self.compare(platform=encoded[0], operator=encoded[1]), "")
                self.agree()

    def test_utf16_of_json(self):
        for form in (self.ndjson, self.array):
            encoded = [form(side).encode("utf-16") for side in SIDES]
            self.assertEqual(self.compare(platform=encoded[0], operator=encoded[1]), "")
            self.agree()

    def test_utf16_of_standard_input(self):
        p = self.write("p.csv", self.csv("platform").encode("utf-16"))
        done = self.tally("reconcile", "--platform", p, "--operator", "-", "--out", self.out,
                          input=gzip.compress(self.csv("operator").encode("utf-16")))
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        done = self.tally("why", "operator-3", "--in", self.out)
        self.assertIn(b"standard input:5", done.stdout)

    def test_places_are_true_in_utf16(self):
        lines = self.csv("operator", id="\u4e2d").split("\n")
        lines[6] = lines[6].replace("2026-11-24T", "yesterday ", 1)
        column = len(lines[6].split("yesterday")[0]) + 1
        stderr = self.compare(1, operator="\r\n".join(lines).encode("utf-16"))
        self.assertIn("%s:7:%d: startDateTime" % (self.path("operator"), column), stderr)
        first = self.inputs()["rejected"][0]["first"][0]
        self.assertEqual((first["line"], first["column"]), (7, column))

    def test_half_a_character(self):
        text = self.csv("operator").encode("utf-16")
        stderr = self.compare(operator=text + b"\0")
        self.assertIn("ends within a character", stderr)
        self.assertFalse(self.inputs()["complete"])
        stderr = self.compare(1, operator=text.replace("operator-5,".encode("utf-16-le"), b"\0\xd8x\0,\0"))
        self.assertIn("%s:7:1: " % self.path("operator"), stderr)

    def test_import_and_inspect_read_utf16(self):
        path = self.write("o.csv", gzip.compress(self.csv("operator").encode("utf-16")))
        done = self.tally("import", path)
        self.assertEqual((done.returncode, done.stdout.count(b"\n"), done.stderr), (0, N, b""))
        self.assertIn(b"canonical, duration records, 40 records, 0 rejected", self.tally("inspect", path).stdout)

    def test_windows_1252(self):
        stderr = self.compare(platform=self.csv("platform", trunk="M\u00fcnchen \u20ac").encode("cp1252"),
                              operator=self.csv("operator", trunk="M\u00fcnchen \u20ac"))
        self.assertEqual(stderr, "%s: lines that are no UTF-8 were read as Windows-1252: %d\n" % (self.path("platform"), N))
        self.agree()
        self.assertEqual(self.inputs("platform")["windows1252Lines"], N)
        done = self.tally("import", "--kind", "calls", self.path("platform"))
        self.assertEqual(done.stdout.count("M\u00fcnchen \u20ac".encode()), N)
        self.assertEqual(done.stderr.decode(), stderr)

    def test_json_is_utf8(self):
        self.on_each_side(lambda text: text.replace("-5", "-\xfc", 1).encode("latin-1"), 1, ":6:", "UTF-8", form="ndjson")


class NoTables(BadInput):
    def test_what_else_there_is(self):
        for content, word in ((b"%PDF-1.4\n%\xe2\n", "PDF"), (b"\x7fELF\x02\x01\x01" + bytes(9), "program"),
                              (zipped(b"<x/>", "[Content_Types].xml", "xl/workbook.xml"), "workbook"),
                              (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "Excel"),
                              (b"<!DOCTYPE html><html>", "web page"), (b"BZh91AY&SY", "bzip2"),
                              (gzip.compress(gzip.compress(b"id")), "packed twice"), (zipped(b""), "no file"),
                              (b"dear all,\n", "dear all"), (b"x" * (3 << 20), "longer")):
            self.on_each_side(lambda _: content, 3, word)

    def test_columns_that_lack(self):
        self.on_each_side(lambda _: "ID;Rufnummer A;Rufnummer B;Beginn;Dauer\n1;2;3;4;5\n", 3, "callerNumber (is it \"Rufnummer A\"?)",
                          "line 1", "ID;Rufnummer A;Rufnummer B;Beginn;Dauer")

    def test_two_tables_in_a_zip(self):
        self.on_each_side(lambda text: zipped(text, "a.csv", "b.csv"), 0, "a.csv and b.csv", "what stands before is compared")
        self.assertFalse(self.inputs()["complete"])

    def test_files_that_cannot_be_opened(self):
        p = self.write("p", self.csv("platform"))
        for path, word in ((self.path("absent"), "No such file"), (self.scratch.name, "is a directory")):
            for pair in ((p, path), (path, p)):
                lines = self.both(*pair, code=3).stderr.decode().splitlines()
                self.assertEqual(len(lines), 1)
                self.assertIn("%s: " % path, lines[0])
                self.assertIn(word, lines[0])

    @unittest.skipIf(os.getuid() == 0, "root reads everything")
    def test_a_file_that_may_not_be_read(self):
        path = self.write("o", self.csv("operator"))
        os.chmod(path, 0)
        self.assertIn(b"Permission denied", self.both(self.write("p", self.csv("platform")), path, code=3).stderr)

    def test_no_record(self):
        for content in ("", "\n\n", self.csv("operator").split("\n")[0], zipped(b"", "a.csv"), "[]"):
            stderr = self.compare(1, operator=content)
            self.assertEqual(stderr, "%s: holds no record\n" % self.path("operator"))
            self.assertEqual(self.summary()["verdict"], "differs")

    def test_a_file_given_twice(self):
        p, o = self.write("p", self.csv("platform")), self.write("o", self.csv("operator"))
        done = self.tally("reconcile", "--platform", p, "--operator", o, o, "--out", self.out)
        self.assertIn(("%s: is given twice" % o).encode(), done.stderr)
        self.assertEqual(self.summary()["counts"]["duplicate"], N)
        os.symlink(o, self.path("again"))
        done = self.tally("reconcile", "--platform", p, "--operator", o, self.path("again"), "--out", self.out)
        self.assertIn(b"again: is given twice", done.stderr)
        columns = PLATFORM + ["startDateTime"]
        both = self.table("both", columns, [call(i) for i in range(N)])
        self.assertIn(b"both: is given for both sides", self.both(both, both).stderr)


class Broken(BadInput):
    def test_cut_off(self):
        for pack in ("gzip", "zip"):
            self.on_each_side(lambda text: PACKINGS[pack](text.encode())[:-200], 1, "ends early", "what stands before is compared")
            self.assertFalse(self.inputs()["complete"])
            self.assertGreater(self.inputs()["records"], 0)
        self.on_each_side(lambda text: zstd(text.encode())[:-20], 3, "ends early")
        self.on_each_side(lambda text: text[:-200], 1, "does not end", form="array")
        self.on_each_side(lambda text: text[:-30], 1, ":%d:" % N, "no JSON object", form="ndjson")
        self.on_each_side(lambda text: text[:-30], 1, ":%d:1: " % (N + 1), "cells; the header has 11")

    def test_bytes_behind(self):
        self.on_each_side(lambda text: gzip.compress(text.encode()) + b"garbage", 0, "behind its end")

    def test_quotes_and_nul(self):
        self.on_each_side(lambda text: text.replace("-5,", '-5 "x",', 1), 1, ":7:1: ", "quote")
        self.on_each_side(lambda text: text.replace("-5,", "-5\0,", 1), 1, ":7:", "NUL")
        self.on_each_side(lambda text: text.replace("-5", "-5\0", 1), 1, ":6:", "JSON", form="ndjson")
        self.on_each_side(lambda text: text.replace("-5", '-5"', 1), 1, ":6:", "JSON", form="ndjson")

    def test_a_quote_that_is_not_closed(self):
        for side in SIDES:
            text = self.csv(side).replace("inbound,", '"inbound,', 1)
            column = text.split("\n")[1].index('"') + 1
            self.assertIn("%s:2:%d: a quote is opened" % (self.path(side), column), self.compare(1, **{side: text}))
            self.assertEqual(self.inputs(side)["records"], N - 1)

    def test_a_line_of_10_mb(self):
        for form, line in (("csv", 7), ("ndjson", 6), ("array", 62)):
            self.on_each_side(lambda text: text.replace("-5", "-5" + "x" * (10 << 20), 1), 1, ":%d:" % line,
                              "longer than 1048576 bytes", form=form)
            self.assertEqual([(r["code"], r["records"]) for r in self.inputs()["rejected"]], [("recordTooLong", 1)])

    def test_mixed_line_ends_and_header_again(self):
        text = self.csv("operator").replace("\n", "\r\n", 9)
        head = text.split("\r\n")[0]
        self.assertEqual(self.compare(operator="\ufeff" + text + head + "\n"), "")
        self.agree()
        self.assertEqual(self.inputs()["repeatedHeaders"], 1)
        self.on_each_side(lambda text: text.replace("\n", "\r"), 3, "CR alone")

    def test_totals(self):
        self.on_each_side(lambda text: text + "Total,,,,,,,,,4711,\n", 0, ":%d:1: " % (N + 2), "no time; it seems to be one of totals")
        self.on_each_side(lambda text: text + "\u5408\u8ba1;4711\n", 0, ":%d:1: " % (N + 2), "1 cells; the header has 11; it seems")
        self.on_each_side(lambda text: text + ",,,,,,,,grand TOTAL,4711,\n", 0, ":%d:" % (N + 2), "endDateTime")

    def test_places_in_an_array(self):
        self.on_each_side(lambda text: text.replace('"inbound"', '"inwards"', 1), 1, ":5:3: direction", form="array")
        first = self.inputs()["rejected"][0]["first"][0]
        self.assertEqual((first["index"], first["line"], first["column"]), (0, 5, 3))


class Spreadsheets(BadInput):
    def test_delimiters(self):
        for delimiter in ";\t|":
            for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
                texts = {side: self.csv(side, delimiter, quoting) for side in SIDES}
                self.assertEqual(self.compare(**texts), "")
                self.agree()
        self.compare(operator="sep=;\r\n" + self.csv("operator", ";").replace("\n", "\r\n"))
        self.agree()
        self.compare(operator=("sep=,\n" + self.csv("operator")).encode("utf-16"))
        self.agree()

    def test_decimal_commas(self):
        columns, rows = self.rows("operator")
        text = ";".join(columns) + "\n" + "".join(";".join(r[k].replace(".", ",") if k == "durationSeconds" else r.get(k, "")
                                                           for k in columns) + "\n" for r in rows)
        self.assertEqual(self.compare(operator=text), "")
        self.agree()
        self.assertIn("decimals or thousands", self.compare(1, operator=self.csv("operator").replace(",60.037,", ',"60,037",')))

    def test_names_of_columns(self):
        text = self.csv("operator").replace("callerNumber", "Caller Number").replace("durationSeconds", "duration_seconds")
        self.assertEqual(self.compare(operator=text), "")
        self.agree()
        done = self.tally("import", self.write("o.csv", text))
        self.assertEqual((done.returncode, done.stdout.count(b"\n")), (0, N))

    def test_times_without_offset(self):
        for change in (lambda t: t[:-1], lambda t: t[:-1].replace("T", " "),
                       lambda t: "%s.%s.%s %s" % (t[8:10], t[5:7], t[:4], t[11:-1])):
            text = self.csv("operator")
            for row in self.rows("operator")[1]:
                for column in ("startDateTime", "answerDateTime", "endDateTime"):
                    text = text.replace(row[column], change(row[column]))
            self.assertIn("operator: times without offset were read as UTC: %d\n" % (3 * N), self.compare(operator=text))
            self.agree()
            self.assertEqual(self.summary()["causes"], [])
            self.assertEqual([i["timesWithoutOffset"] for i in self.summary()["inputs"]], [0, 3 * N])
            done = self.tally("import", self.path("operator"))
            self.assertEqual(done.returncode, 3)
            self.assertIn(b"with an offset", done.stderr)
            self.assertIn(b"--zone", done.stderr)
            done = self.tally("import", "--zone", "+01:00", self.path("operator"))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(b'"startDateTime":"2026-11-24T07:00:00.000Z"', done.stdout)
            p = self.write("platform", self.csv("platform"))
            done = self.tally("reconcile", "--platform", p, "--operator", "-", "--out", self.out, input=done.stdout)
            self.assertEqual([c["cause"] for c in self.summary()["causes"]], ["zone_offset"])
        self.assertEqual(self.tally("import", "--zone", "Mars/Olympus", self.path("operator")).returncode, 3)

    def test_digits_that_are_lost(self):
        self.on_each_side(lambda text: text.replace("+442070000003", "4.42E+11", 1), 1, ":5:", "scientific notation")
        self.assertEqual([(r["code"], r["records"]) for r in self.inputs()["rejected"]], [("invalidNumber", 1)])


if __name__ == "__main__":
    unittest.main()
