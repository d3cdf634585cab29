/* tally why: the whole life of one record in a finished comparison. */
#include "cli/command.h"
#include "cli/compare_life.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define TOO_FAR_MS 3000

static const char usage[] = "Usage: tally why ID --in DIR [--json]\n"
			    "\n"
			    "Tells of one record, the platform's or an operator's, how it was read, what it\n"
			    "was compared with, and what became of it.  The files that were compared must\n"
			    "still lie where they lay.  The score of a candidate is how badly it fits, in\n"
			    "seconds: what its time is off, and a quarter of what its duration is off.\n"
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
	if (stand->place.index < 0)
		buf_printf(out, "%s:%llu", stand->input->name, (unsigned long long)stand->place.line);
	else
		buf_printf(out, "%s, element %lld", stand->input->name, (long long)stand->place.index);
}

/* The row that the candidate stands in with the record. */
static const struct match_row *row_with(const struct life *life, const struct candidate *c)
{
	for (size_t i = 0; i < life->row_count; i++)
		if (str_equal(life->rows[i].platform_id, c->stand.record.id) ||
		    str_equal(life->rows[i].operator_id, c->stand.record.id))
			return &life->rows[i];
	return NULL;
}

static bool has_partner(const struct life *life)
{
	for (size_t i = 0; i < life->row_count; i++)
		if (life->rows[i].platform_id.n && life->rows[i].operator_id.n)
			return true;
	return false;
}

static bool is_answered(const struct record *r)
{
	return r->answer_ms != INSTANT_NONE || r->duration_ms > 0;
}

/* What is against two records being one call; NULL: nothing that can be said. */
static const char *misfit(const struct life *life, const struct candidate *c)
{
	if (!c->has_moment)
		return "does not fit: the two have no moment in common";
	if (llabs(c->away_ms) > TOO_FAR_MS)
		return "does not fit: too far away in time";
	if (is_answered(&c->stand.record) != is_answered(&life->subject->record))
		return "does not fit: one was answered, the other was not";
	if (c->longer_ms != INT64_MIN && llabs(c->longer_ms - c->expected_ms) > TOO_FAR_MS)
		return "does not fit: the durations are too far apart";
	return NULL;
}

/* Why two records that nobody else has were left apart. */
static const char *apart(const struct life *life, const struct candidate *c)
{
	const char *reason = misfit(life, c);
	size_t fitting = 0;

	for (size_t i = 0; i < life->candidate_count; i++)
		fitting += !misfit(life, &life->candidates[i]);
	if (reason)
		return reason;
	return fitting > 1 ? "may be the same call, but another candidate may be as well: which one cannot be told" :
			     "may be the same call, but not surely enough to say so";
}

/* Why a candidate is the partner or not, for a person. */
static void add_reason(struct buf *out, const struct life *life, const struct candidate *c)
{
	const struct match_row *row = row_with(life, c);

	if (c->is_chosen && row && str_is(row->class, "duplicate"))
		buf_add_str(out, STR("the same call, for which another record counts already"));
	else if (c->is_piece)
		buf_add_str(out, STR("chosen, one of the records that the call was cut into"));
	else if (c->is_chosen)
		buf_add_str(out, STR("chosen"));
	else if (!str_is_none(c->paired_with))
		buf_printf(out, "belongs to %.*s", STR_ARG(c->paired_with));
	else if (!c->has_same_numbers)
		buf_add_str(out, STR("has the same correlation id, but other numbers"));
	else if (has_partner(life))
		buf_add_str(out, STR("fits less well than the one that was chosen"));
	else
		buf_add_str(out, str_from(apart(life, c)));
}

/* Both records of a row, as far as they were found. */
static struct both_sides sides_of(const struct life *life, const struct match_row *row)
{
	struct both_sides of = { NULL, NULL };

	if (!life->subject)
		return of;
	if (life->subject->input->side == RECONCILE_PLATFORM)
		of.call = &life->subject->record;
	else
		of.duration = &life->subject->record;
	for (size_t i = 0; i < life->candidate_count; i++) {
		const struct candidate *c = &life->candidates[i];

		if (c->is_chosen && !of.duration && str_equal(c->stand.record.id, row->operator_id))
			of.duration = &c->stand.record;
		else if (c->is_chosen && !of.call && str_equal(c->stand.record.id, row->platform_id))
			of.call = &c->stand.record;
	}
	return of;
}

/* What became of a record that stands alone, where no cause says it. */
static const char *why_alone(const struct life *life, const struct match_row *row)
{
	if (!life->subject || row->causes.n || (row->platform_id.n && row->operator_id.n))
		return NULL;
	if (life->candidate_count)
		return "no candidate fits";
	if (!is_answered(&life->subject->record))
		return "nobody answered, and the other side has no record of it; no seconds are at stake";
	return "the other side has no record of these numbers near that time";
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

static void add_measures(struct buf *out, const struct candidate *c)
{
	if (c->has_moment) {
		buf_add_str(out, STR("  time "));
		add_signed(out, c->away_ms);
	}
	if (c->longer_ms != INT64_MIN) {
		buf_add_str(out, STR(", duration "));
		add_signed(out, c->longer_ms);
		if (c->expected_ms) {
			buf_add_str(out, STR(" (expected "));
			add_signed(out, c->expected_ms);
			buf_add_char(out, ')');
		}
	}
	if (c->score_ms != INT64_MIN) {
		buf_add_str(out, STR(", score "));
		duration_add(out, c->score_ms);
	}
	buf_add_str(out, STR(": "));
}

static void add_candidate(struct buf *out, const struct life *life, const struct candidate *c)
{
	buf_printf(out, "  %.*s  ", STR_ARG(c->stand.record.id));
	add_place(out, &c->stand);
	add_measures(out, c);
	add_reason(out, life, c);
	buf_add_char(out, '\n');
}

static void add_causes(struct buf *out, const struct finished *f, const struct life *life, const struct match_row *row)
{
	struct both_sides of = sides_of(life, row);

	for (struct str rest = row->causes; rest.n;) {
		struct str name = str_cut(&rest, '+');
		bool is_told = false;

		for (size_t i = 0; i < f->causes.n; i++) {
			const struct stated_cause *cause = &f->causes.list[i];

			if (!str_is(name, reconcile_cause_name(cause->is.kind)) || !(of.call || of.duration) ||
			    !cause_is_of(&f->causes, cause, of))
				continue;
			buf_printf(out, "    %.*s: %.*s\n", STR_ARG(name), STR_ARG(cause->sentence));
			is_told = true;
		}
		if (!is_told)
			buf_printf(out, "    %.*s\n", STR_ARG(name));
	}
}

static void add_row(struct buf *out, const struct finished *f, const struct life *life, const struct match_row *row)
{
	const char *alone = why_alone(life, row);

	buf_printf(out, "  %.*s", STR_ARG(row->class));
	if (row->platform_id.n)
		buf_printf(out, ", platform %.*s", STR_ARG(row->platform_id));
	if (row->operator_id.n)
		buf_printf(out, ", operator %.*s", STR_ARG(row->operator_id));
	buf_printf(out, ", difference %.*s s\n", STR_ARG(row->difference));
	add_causes(out, f, life, row);
	if (alone)
		buf_printf(out, "    %s\n", alone);
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
			   "Candidates of the same numbers within 10 minutes, once the operator's clock is corrected, "
			   "or of the same correlation id: %zu\n",
			   life->candidate_count);
	for (size_t i = 0; i < life->candidate_count; i++)
		add_candidate(out, life, &life->candidates[i]);
	if (life->candidates_left_out)
		buf_printf(out, "  ... and %llu farther away\n", (unsigned long long)life->candidates_left_out);
	buf_add_str(out, STR("Decided\n"));
	for (size_t i = 0; i < life->row_count; i++)
		add_row(out, f, life, &life->rows[i]);
	if (life->row_count == 0)
		buf_add_str(out, STR("  nothing: it was not compared\n"));
}

/* --- JSON --------------------------------------------------------------------------------- */

static void write_stand_members(struct json_writer *w, const struct stand *stand)
{
	json_member_z(w, "side", side_word(stand->input->side));
	json_member_z(w, "file", stand->input->name);
	if (stand->place.index < 0)
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

static void member_seconds(struct json_writer *w, const char *key, int64_t ms)
{
	json_key(w, key);
	if (ms == INT64_MIN)
		json_null(w);
	else
		json_signed_duration(w, ms);
}

static void write_candidate(struct json_writer *w, const struct life *life, const struct candidate *c)
{
	struct buf reason;

	buf_init(&reason, 0);
	add_reason(&reason, life, c);
	json_object_begin(w);
	json_member_str(w, "id", c->stand.record.id);
	write_stand_members(w, &c->stand);
	member_seconds(w, "timeDifferenceSeconds", c->has_moment ? c->away_ms : INT64_MIN);
	member_seconds(w, "durationDifferenceSeconds", c->longer_ms);
	member_seconds(w, "expectedDifferenceSeconds", c->expected_ms);
	member_seconds(w, "score", c->score_ms);
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
