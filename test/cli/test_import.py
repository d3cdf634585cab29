#!/usr/bin/env python3
"""tally import: a file that is not of the format it is said to be."""

import unittest

from compare import OPERATOR, CompareTest, call

CDR = "start_time=1795606937.216; end_time=1795606938.423; duration=1.207; callid=a; caller=sip:1234@h; callee=sip:5678@h\n"
LOG = "Nov 25 11:42:17 edge kamailio[1]: NOTICE: acc_log_request(): ACC: transaction answered: code=200\n"


class OtherFormat(CompareTest):
    def kamailio(self, path, code):
        done = self.tally("import", "--format", "kamailio", path)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done

    def refused(self, path, *words):
        done = self.kamailio(path, 3)
        self.assertEqual(done.stdout, b"")
        for word in (path,) + words:
            self.assertIn(word, done.stderr.decode())

    def test_a_table_of_another_kind(self):
        self.refused(self.table("o.csv", OPERATOR, [call(0)]), "start_time", "line 1")
        self.refused(self.write("a.csv", "src,dst,billsec\n1,2,3\n"), "start_time", "duration", "line 1")

    def test_text_of_another_kind(self):
        self.refused(self.write("o.ndjson", '{"id":"a"}\n{"id":"b"}\n'), "none of its 2 lines", "acc_cdrs")
        self.refused(self.write("log", LOG), "none of its 1 line", "acc_cdrs")

    def test_a_log_with_calls(self):
        done = self.kamailio(self.write("log", LOG + CDR + LOG), 0)
        self.assertEqual((done.stdout.count(b"\n"), done.stderr), (1, b""))

    def test_an_empty_file(self):
        done = self.kamailio(self.write("empty", ""), 0)
        self.assertEqual((done.stdout, done.stderr), (b"", b""))

    def test_one_file_of_several(self):
        good, bad = self.write("log", CDR), self.write("bad", "dear all\n")
        for files in ((good, bad), (bad, good)):
            done = self.tally("import", "--format", "kamailio", *files)
            self.assertEqual(done.returncode, 3)
            self.assertEqual(done.stdout.count(b"\n"), 1)
            self.assertIn(b"bad: none of its 1 line", done.stderr)

    def test_a_format_that_is_not_recognised(self):
        done = self.tally("import", self.write("x", "dear all\n"))
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"not recognised; name it with --format", done.stderr)


if __name__ == "__main__":
    unittest.main()
