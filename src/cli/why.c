/* tally why: the whole life of one record in a finished comparison. */
#include "cli/command.h"
#include "cli/compare_life.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] = "Usage: tally why ID --in DIR [--json]\n"
			    "\n"
			    "Tells of one record, the platform's or an operator's, how it was read, what it\n"
			    "was compared with, and what became of it.  The files that were compared must\n"
			    "still lie where they lay.\n"
			    "\n"
			    "  --in DIR   what tally reconcile --out wrote\n"
			    "  --json     as JSON\n"
			    "  --help     this text\n"
			    "\n"
			    "Exit code 1 when no record has this id.\n";

/* --- words ---------------------------------------------------------------------------- */

static void add_signed(struct buf *out, int64_t ms)
{
	buf_add_char(out, ms < 0 ? '-' : '+');
	duration_add(out, llabs(ms));
	buf_add_str(out, STR(" s"));
}

static const char *side_word(enum reconcile_side side)
{
	return side == RECONCILE_PLATFORM ? "platform" : "operator";
}

static void add_place(struct buf *out, const struct stand *stand)
{
	if (stand->place.line)
		buf_printf(out, "%s:%llu", stand->input->name, (unsigned long long)stand->place.line);
	else
		buf_printf(out, "%s, element %lld", stand->input->name, (long long)stand->place.index);
}

/* Why a candidate is not the partner, for a person. */
static void add_reason(struct buf *out, const struct life *life, const struct candidate *c)
{
	bool has_partner = false;

	for (size_t i = 0; i < life->row_count; i++)
		has_partner = has_partner || (life->rows[i].platform_id.n && life->rows[i].operator_id.n);
	if (c->is_chosen)
		buf_add_str(out, STR("chosen"));
	else if (!str_is_none(c->paired_with))
		buf_printf(out, "belongs to %.*s", STR_ARG(c->paired_with));
	else if (has_partner)
		buf_add_str(out, STR("fits less well than the one that was chosen"));
	else
		buf_add_str(out, STR("does not fit: too far away in time or duration"));
}

/* The sentence of summary.json about a cause that is at work on a row. */
static struct str sentence_of(const struct finished *f, struct str cause)
{
	const struct json *causes = json_get(f->summary, "causes");

	for (const struct json *c = causes ? causes->first : NULL; c; c = c->next) {
		const struct json *name = json_get(c, "cause"), *sentence = json_get(c, "sentence");

		if (name && sentence && str_equal(name->text, cause))
			return sentence->text;
	}
	return cause;
}

/* --- text ------------------------------------------------------------------------------- */

static void add_stand(struct buf *out, const struct stand *stand)
{
	buf_printf(out, "  %s record, ", side_word(stand->input->side));
	add_place(out, stand);
	buf_add_char(out, '\n');
	if (!str_is_none(stand->text))
		buf_printf(out, "    as read     %.*s\n", STR_ARG(stand->text));
	if (stand->fault) {
		buf_printf(out, "    rejected    %s\n", stand->fault);
		return;
	}
	buf_add_str(out, STR("    normalised  "));
	record_write_json(out, &stand->record);
	buf_add_char(out, '\n');
}

static void add_candidate(struct buf *out, const struct life *life, const struct candidate *c)
{
	buf_printf(out, "  %.*s  ", STR_ARG(c->stand.record.id));
	add_place(out, &c->stand);
	buf_add_str(out, STR("  time "));
	add_signed(out, c->away_ms);
	if (c->longer_ms != INT64_MIN) {
		buf_add_str(out, STR(", duration "));
		add_signed(out, c->longer_ms);
	}
	buf_add_str(out, STR(": "));
	add_reason(out, life, c);
	buf_add_char(out, '\n');
}

static void add_row(struct buf *out, const struct finished *f, const struct match_row *row)
{
	buf_printf(out, "  %.*s", STR_ARG(row->class));
	if (row->platform_id.n)
		buf_printf(out, ", platform %.*s", STR_ARG(row->platform_id));
	if (row->operator_id.n)
		buf_printf(out, ", operator %.*s", STR_ARG(row->operator_id));
	buf_printf(out, ", difference %.*s s\n", STR_ARG(row->difference));
	for (struct str rest = row->causes; rest.n;) {
		struct str cause = str_cut(&rest, '+'), sentence = sentence_of(f, cause);

		buf_printf(out, "    %.*s: %.*s\n", STR_ARG(cause), STR_ARG(sentence));
	}
}

static void write_text(const struct finished *f, const struct life *life, struct buf *out)
{
	buf_printf(out, "%.*s\nAs read\n", STR_ARG(life->id));
	for (size_t i = 0; i < life->stand_count; i++)
		add_stand(out, &life->stands[i]);
	if (life->stand_count == 0)
		buf_add_str(out,
			    STR("  not in the files as they are now; they have changed since they were compared\n"));
	if (life->subject)
		buf_printf(out,
			   "Candidates of the same numbers within 10 minutes, once the operator's clock is corrected: "
			   "%zu\n",
			   life->candidate_count);
	for (size_t i = 0; i < life->candidate_count; i++)
		add_candidate(out, life, &life->candidates[i]);
	if (life->candidates_left_out)
		buf_printf(out, "  ... and %llu farther away\n", (unsigned long long)life->candidates_left_out);
	buf_add_str(out, STR("Decided\n"));
	for (size_t i = 0; i < life->row_count; i++)
		add_row(out, f, &life->rows[i]);
	if (life->row_count == 0)
		buf_add_str(out, STR("  nothing: it was not compared\n"));
}

/* --- JSON --------------------------------------------------------------------------------- */

static void write_stand_members(struct json_writer *w, const struct stand *stand)
{
	json_member_z(w, "side", side_word(stand->input->side));
	json_member_z(w, "file", stand->input->name);
	if (stand->place.line)
		json_member_i64(w, "line", (int64_t)stand->place.line);
	else
		json_member_i64(w, "index", stand->place.index);
}

static void write_stand(struct json_writer *w, const struct stand *stand)
{
	struct buf record;

	json_object_begin(w);
	write_stand_members(w, stand);
	json_member_str(w, "asRead", stand->text);
	if (stand->fault) {
		json_member_z(w, "rejected", stand->fault);
	} else {
		buf_init(&record, 0);
		record_write_json(&record, &stand->record);
		json_key(w, "normalised");
		json_raw(w, buf_str(&record));
		buf_release(&record);
	}
	json_object_end(w);
}

static void write_candidate(struct json_writer *w, const struct life *life, const struct candidate *c)
{
	struct buf reason;

	buf_init(&reason, 0);
	add_reason(&reason, life, c);
	json_object_begin(w);
	json_member_str(w, "id", c->stand.record.id);
	write_stand_members(w, &c->stand);
	json_key(w, "timeDifferenceSeconds");
	json_signed_duration(w, c->away_ms);
	json_key(w, "durationDifferenceSeconds");
	if (c->longer_ms == INT64_MIN)
		json_null(w);
	else
		json_signed_duration(w, c->longer_ms);
	json_member_bool(w, "chosen", c->is_chosen);
	json_member_str(w, "why", buf_str(&reason));
	json_object_end(w);
	buf_release(&reason);
}

static void write_row(struct json_writer *w, const struct match_row *row)
{
	json_object_begin(w);
	json_member_str(w, "platformId", row->platform_id);
	json_member_str(w, "operatorRecordId", row->operator_id);
	json_member_str(w, "class", row->class);
	json_key(w, "differenceSeconds");
	json_raw(w, row->difference);
	json_member_str(w, "causes", row->causes);
	json_object_end(w);
}

static void write_json(const struct life *life, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_object_begin(&w);
	json_member_str(&w, "id", life->id);
	json_key(&w, "records");
	json_array_begin(&w);
	for (size_t i = 0; i < life->stand_count; i++)
		write_stand(&w, &life->stands[i]);
	json_array_end(&w);
	json_key(&w, "candidates");
	json_array_begin(&w);
	for (size_t i = 0; i < life->candidate_count; i++)
		write_candidate(&w, life, &life->candidates[i]);
	json_array_end(&w);
	json_member_i64(&w, "candidatesLeftOut", (int64_t)life->candidates_left_out);
	json_key(&w, "outcomes");
	json_array_begin(&w);
	for (size_t i = 0; i < life->row_count; i++)
		write_row(&w, &life->rows[i]);
	json_array_end(&w);
	json_object_end(&w);
	buf_add_char(out, '\n');
}

/* --- the command ------------------------------------------------------------------------------ */

static int tell(const struct finished *finished, const struct life *life, bool json)
{
	struct buf out;

	if (life->stand_count == 0 && life->row_count == 0) {
		fprintf(stderr, "tally why: no record has the id %.*s\n", STR_ARG(life->id));
		return EXIT_NO;
	}
	buf_init(&out, 0);
	if (json)
		write_json(life, &out);
	else
		write_text(finished, life, &out);
	fputs(buf_cstr(&out), stdout);
	buf_release(&out);
	return EXIT_DONE;
}

static int run(const char *id, const char *directory, bool json)
{
	struct life *life = xalloc(sizeof(*life));
	struct finished finished;
	struct error err = { 0 };
	enum status status = finished_open(&finished, directory, &err);
	int code = EXIT_INPUT;

	if (status == OK)
		status = life_find(&finished, str_from(id), life, &err);
	if (status == OK)
		code = tell(&finished, life, json);
	else
		fprintf(stderr, "tally why: %s\n", err.message);
	finished_close(&finished);
	free(life);
	return code;
}

static int refuse(const char *message)
{
	fprintf(stderr, "tally why: %s\nTry: tally why --help\n", message);
	return EXIT_USAGE;
}

int command_why(int argc, char **argv)
{
	static const struct option longs[] = { { "in", required_argument, NULL, 'i' },
					       { "json", no_argument, NULL, 'j' },
					       { "help", no_argument, NULL, 'h' },
					       { 0 } };
	const char *directory = NULL;
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'i') {
			directory = optarg;
		} else if (c == 'j') {
			json = true;
		} else if (c == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		} else {
			return refuse("expected ID --in DIR");
		}
	}
	if (!directory || optind + 1 != argc)
		return refuse("expected ID --in DIR");
	return run(argv[optind], directory, json);
}
