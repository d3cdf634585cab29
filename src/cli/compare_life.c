#include "cli/compare_life.h"

#include <stdlib.h>

#define TAIL UINT64_C(100000000) /* the last eight digits tell numbers apart, in whatever form */

struct search {
	struct finished *finished;
	struct arena *arena;
	struct life *life;
};

/* --- what matches.csv says ----------------------------------------------------------- */

static struct match_row row_copy(struct arena *arena, const struct match_row *m)
{
	return (struct match_row){ arena_str(arena, m->platform_id), arena_str(arena, m->operator_id),
				   arena_str(arena, m->class), arena_str(arena, m->difference),
				   arena_str(arena, m->causes) };
}

static enum status take_row(void *context, const struct match_row *m, struct error *err)
{
	struct search *s = context;
	struct life *life = s->life;

	(void)err;
	if (life->row_count < STANDS_MAX &&
	    (str_equal(m->platform_id, life->id) || str_equal(m->operator_id, life->id)))
		life->rows[life->row_count++] = row_copy(s->arena, m);
	return OK;
}

static enum status take_row_of_candidate(void *context, const struct match_row *m, struct error *err)
{
	struct search *s = context;
	bool subject_is_call = s->life->subject->input->side == RECONCILE_PLATFORM;
	struct str its = subject_is_call ? m->operator_id : m->platform_id;
	struct str other = subject_is_call ? m->platform_id : m->operator_id;

	(void)err;
	for (size_t i = 0; i < s->life->candidate_count; i++) {
		struct candidate *c = &s->life->candidates[i];

		if (!c->is_chosen && other.n && str_equal(its, c->stand.record.id))
			c->paired_with = arena_str(s->arena, other);
	}
	return OK;
}

/* --- where it stands ------------------------------------------------------------------- */

static struct record record_copy(struct arena *arena, const struct record *r)
{
	struct record copy = *r;
	struct str *const texts[] = { &copy.id,      &copy.correlation_id, &copy.operator_id,  &copy.tenant_id,
				      &copy.user_id, &copy.trunk,          &copy.media_streams };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!str_is_none(*texts[i]))
			*texts[i] = arena_str(arena, *texts[i]);
	return copy;
}

static enum status take_stand(void *context, const struct finished_input *input, const struct record *r,
			      const struct record_reject *reject, struct record_place place, struct error *err)
{
	struct search *s = context;
	struct life *life = s->life;
	struct stand *stand;

	(void)err;
	if (life->stand_count == STANDS_MAX || !str_equal(r ? r->id : reject->record_id, life->id))
		return OK;
	stand = &life->stands[life->stand_count++];
	*stand = (struct stand){ .input = input, .place = place, .text = STR_NONE };
	if (r)
		stand->record = record_copy(s->arena, r);
	else
		stand->fault = arena_cstr(s->arena, str_from(reject->error.message));
	return OK;
}

static enum status read_texts(struct search *s, struct error *err)
{
	enum status status = OK;

	for (size_t i = 0; status == OK && i < s->life->stand_count; i++) {
		struct stand *stand = &s->life->stands[i];

		if (stand->place.index < 0)
			status = finished_line(s->arena, stand->input, stand->place.line, &stand->text, err);
	}
	return status;
}

/* Of several versions the highest is the one that was compared. */
static const struct stand *choose_subject(const struct life *life)
{
	const struct stand *best = NULL;

	for (size_t i = 0; i < life->stand_count; i++) {
		const struct stand *stand = &life->stands[i];

		if (!stand->fault && (!best || (stand->input->side == best->input->side &&
						stand->record.version > best->record.version)))
			best = stand;
	}
	return best;
}

/* --- candidates ------------------------------------------------------------------------------ */

enum likeness { UNLIKE, UNKNOWN, ALIKE };

static enum likeness alike(number_t a, number_t b)
{
	unsigned masked =
		number_masked_count(a) > number_masked_count(b) ? number_masked_count(a) : number_masked_count(b);
	enum number_kind x = number_kind(a), y = number_kind(b);
	uint64_t hidden = 1;

	if (a == b && x != NUMBER_WITHHELD && x != NUMBER_ABSENT)
		return ALIKE;
	if (x == NUMBER_ABSENT || y == NUMBER_ABSENT || x == NUMBER_WITHHELD || y == NUMBER_WITHHELD)
		return UNKNOWN;
	if (x == NUMBER_TEXT || y == NUMBER_TEXT || masked >= 8)
		return UNLIKE;
	while (masked--)
		hidden *= 10;
	return number_value(a) % TAIL / hidden == number_value(b) % TAIL / hidden ? ALIKE : UNLIKE;
}

static bool same_pair(const struct record *a, const struct record *b)
{
	enum likeness straight[2] = { alike(a->caller, b->caller), alike(a->callee, b->callee) };
	enum likeness crossed[2] = { alike(a->caller, b->callee), alike(a->callee, b->caller) };

	return (straight[0] + straight[1] > ALIKE && straight[0] && straight[1]) ||
	       (crossed[0] == ALIKE && crossed[1] == ALIKE);
}

static bool same_call_id(const struct record *a, const struct record *b)
{
	return a->correlation_id.n && str_equal(a->correlation_id, b->correlation_id);
}

/* The row that has both ids; NULL when there is none. */
static const struct match_row *row_of_both(const struct life *life, struct str other, bool subject_is_call)
{
	for (size_t i = 0; i < life->row_count; i++) {
		const struct match_row *row = &life->rows[i];

		if (str_equal(subject_is_call ? row->operator_id : row->platform_id, other) &&
		    str_equal(subject_is_call ? row->platform_id : row->operator_id, life->id))
			return row;
	}
	return NULL;
}

static bool is_of_pieces(const struct life *life, const struct match_row *row, bool subject_is_call)
{
	size_t records = 0;

	for (struct str rest = row->causes; rest.n;) {
		struct str cause = str_cut(&rest, '+');

		if (str_is(cause, reconcile_cause_name(CAUSE_PARTIAL_RECORDS)) ||
		    str_is(cause, reconcile_cause_name(CAUSE_MIDNIGHT_CUT)))
			return true;
	}
	for (size_t i = 0; subject_is_call && i < life->row_count; i++)
		records += !str_is(life->rows[i].class, reconcile_class_name(RECONCILE_DUPLICATE));
	return records > 1;
}

/* The same moment on both sides, and the operator's of it, or false when they have none in common. */
static bool moment_of(struct both_sides of, int64_t *away_ms, int64_t *operator_ms)
{
	const int64_t of_call[] = { of.call->start_ms, of.call->answer_ms, of.call->end_ms };
	const int64_t of_duration[] = { of.duration->start_ms, of.duration->answer_ms, of.duration->end_ms };

	for (int i = 0; i < 3; i++) {
		if (of_call[i] == INSTANT_NONE || of_duration[i] == INSTANT_NONE)
			continue;
		*operator_ms = of_duration[i];
		*away_ms = of_duration[i] - of_call[i];
		return true;
	}
	return false;
}

static void measure_duration(const struct finished *f, struct both_sides of, int64_t shift_ms, struct candidate *c)
{
	int64_t is = of.duration->duration_ms, of_call = of.call->duration_ms, expected;

	c->longer_ms = c->expected_ms = c->score_ms = INT64_MIN;
	if (is == DURATION_NONE || c->is_piece)
		return;
	c->longer_ms = is - (of_call == DURATION_NONE ? 0 : of_call);
	expected = causes_expected_ms(&f->causes, of, shift_ms);
	c->expected_ms = expected == DURATION_NONE ? 0 : expected - of_call;
}

/* How far the candidate is from what it should be. */
static void measure(const struct finished *f, struct both_sides of, struct candidate *c)
{
	int64_t operator_ms = 0, shift_ms = 0;

	c->away_ms = 0;
	c->has_moment = moment_of(of, &c->away_ms, &operator_ms);
	if (c->has_moment)
		shift_ms = c->is_chosen ? causes_shift_of_pair_ms(&f->causes, of, operator_ms, c->away_ms) :
					  causes_shift_ms(&f->causes, of, operator_ms);
	c->away_ms -= shift_ms;
	measure_duration(f, of, shift_ms, c);
	if (c->has_moment && c->longer_ms != INT64_MIN)
		c->score_ms = reconcile_score_ms(c->away_ms,
						 causes_in_milliseconds(&f->causes, of, c->longer_ms - c->expected_ms));
}

static bool is_before(const struct candidate *a, const struct candidate *b)
{
	if (a->is_chosen != b->is_chosen)
		return a->is_chosen;
	return llabs(a->away_ms) < llabs(b->away_ms);
}

/* Keeps the best; one that comes behind all of a full list is only counted. */
static struct candidate *place_for(struct life *life, const struct candidate *c)
{
	size_t at = life->candidate_count;

	while (at > 0 && is_before(c, &life->candidates[at - 1]))
		at--;
	if (life->candidate_count == CANDIDATES_MAX)
		life->candidates_left_out++;
	else
		life->candidate_count++;
	if (at == CANDIDATES_MAX)
		return NULL;
	memmove(&life->candidates[at + 1], &life->candidates[at],
		(life->candidate_count - at - 1) * sizeof(life->candidates[0]));
	return &life->candidates[at];
}

static enum status take_candidate(void *context, const struct finished_input *input, const struct record *r,
				  const struct record_reject *reject, struct record_place place, struct error *err)
{
	struct search *s = context;
	const struct stand *subject = s->life->subject;
	bool subject_is_call = subject->input->side == RECONCILE_PLATFORM;
	struct candidate c = { .stand = { .input = input, .place = place, .text = STR_NONE }, .paired_with = STR_NONE };
	const struct match_row *row;
	struct candidate *kept;

	(void)err;
	(void)reject;
	if (!r || input->side == subject->input->side)
		return OK;
	row = row_of_both(s->life, r->id, subject_is_call);
	c.is_chosen = row != NULL;
	c.is_piece = row && is_of_pieces(s->life, row, subject_is_call);
	c.has_same_numbers = same_pair(&subject->record, r);
	if (!c.is_chosen && !c.has_same_numbers && !same_call_id(&subject->record, r))
		return OK;
	measure(s->finished, subject_is_call ? (struct both_sides){ &subject->record, r } :
					       (struct both_sides){ r, &subject->record }, &c);
	if (!c.is_chosen && !same_call_id(&subject->record, r) && (!c.has_moment || llabs(c.away_ms) > CANDIDATE_REACH_MS))
		return OK;
	kept = place_for(s->life, &c);
	if (!kept)
		return OK;
	*kept = c;
	kept->stand.record = record_copy(s->arena, r);
	return OK;
}

enum status life_find(struct finished *finished, struct str id, struct life *life, struct error *err)
{
	struct search s = { finished, &finished->arena, life };
	enum status status;

	memset(life, 0, sizeof(*life));
	life->id = id;
	status = finished_matches(finished, take_row, &s, err);
	if (status == OK)
		status = finished_records(finished, take_stand, &s, err);
	if (status == OK)
		status = read_texts(&s, err);
	life->subject = choose_subject(life);
	if (status != OK || !life->subject)
		return status;
	status = finished_records(finished, take_candidate, &s, err);
	return status == OK ? finished_matches(finished, take_row_of_candidate, &s, err) : status;
}
