/* What is drawn is what was compared: counts equal a naive count, in any order, divided in any way, and bounded. */
#include "world.h"

#include "reconcile/plots_write.h"
#include "reconcile/plots.h"

#define SHIFT_MS 7400

static struct str no_name(void *context, uint16_t index)
{
	(void)context;
	(void)index;
	return STR("x");
}

static struct str id_name(void *context, enum reconcile_side side, uint32_t reference)
{
	const struct world *w = context;
	static char text[2][32];
	uint64_t id = 0;

	/* By what the record is, not by where it was fed. */
	for (size_t i = 0; i < (side == RECONCILE_PLATFORM ? w->pn : w->on); i++) {
		const struct reconcile_record *r = side == RECONCILE_PLATFORM ? &w->platform[i] : &w->operator[i];

		if (r->reference == reference)
			id = r->id;
	}
	snprintf(text[side], sizeof(text[side]), "%016llx", (unsigned long long)id);
	return str_from(text[side]);
}

static bool is_reported(struct world *w, const struct reconcile_record *r)
{
	const struct reconcile_record *p = &w->platform[w->truth[r->reference]];
	int64_t of_day = p->start_ms - WORLD_DAY;

	return !(p->trunk == 2 && of_day >= 14 * HOUR_MS && of_day < 15 * HOUR_MS) && prng_below(&w->random, 500);
}

/* A clock that is off, durations rounded up, a trunk silent for an hour, records twice, and losses for no reason. */
static void spoil(struct world *w)
{
	size_t on = w->on;

	for (size_t i = 0; i < on; i++) {
		struct reconcile_record *o = &w->operator[i];

		o->start_ms += SHIFT_MS;
		o->end_ms += SHIFT_MS;
		if (o->answer_ms != INSTANT_NONE)
			o->answer_ms += SHIFT_MS;
		if (o->duration_ms)
			o->duration_ms = (o->duration_ms + 5999) / 6000 * 6000;
	}
	world_keep(w, RECONCILE_OPERATOR, is_reported);
	for (size_t i = 0; i < w->on; i += 100)
		if (i < on - 1)
			world_copy(w, i);
}

static void write_all(const struct world *w, const struct reconcile_run *run, struct buf *out)
{
	struct reconcile_names names = { (void *)(uintptr_t)w, no_name, no_name, id_name };
	struct json_writer writer;

	buf_clear(out);
	json_writer_init(&writer, out);
	json_object_begin(&writer);
	plots_write(&writer, run, &names);
	json_object_end(&writer);
}

static uint64_t sum(const uint32_t *list, size_t n)
{
	uint64_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += list[i];
	return total;
}

/* --- the same as counting ------------------------------------------------------------------ */

struct naive {
	uint64_t classes[RECONCILE_CLASS_COUNT][PLOT_BINS_MAX];
	uint64_t differences[PLOT_DIFFERENCES];
	uint64_t unanswered[2][PLOT_BINS_MAX];
	uint64_t shifts, silent, pairs;
};

static const struct reconcile_record *operator_record(const struct world *w, uint32_t reference)
{
	for (size_t i = 0; i < w->on; i++)
		if (w->operator[i].reference == reference)
			return &w->operator[i];
	return NULL;
}

static void count_naively(const struct world *w, const struct reconcile_run *run, const struct plots *p, struct naive *n)
{
	size_t rows;
	struct reconcile_outcome *list = world_outcomes(run, &rows);

	memset(n, 0, sizeof(*n));
	for (size_t i = 0; i < rows; i++) {
		const struct reconcile_outcome *o = &list[i];
		const struct reconcile_record *other = o->operator == RECONCILE_NONE ? NULL : operator_record(w, o->operator);
		int64_t ms = o->platform != RECONCILE_NONE ? w->platform[o->platform].start_ms : other->start_ms - SHIFT_MS;
		size_t bin = (size_t)(ms / p->bin_ms - p->first_bin);

		n->classes[o->class][bin]++;
		n->unanswered[RECONCILE_PLATFORM][bin] += o->class == RECONCILE_PLATFORM_ONLY && o->difference_ms == 0;
		n->unanswered[RECONCILE_OPERATOR][bin] += o->class == RECONCILE_OPERATOR_ONLY && o->difference_ms == 0;
		if (o->platform == RECONCILE_NONE || o->class == RECONCILE_DUPLICATE)
			continue;
		if (w->platform[o->platform].trunk == 2 && w->platform[o->platform].duration_ms && bin == 57)
			n->silent++;
		if (other) {
			int64_t d = o->difference_ms, second = d >= 0 ? (d + 500) / 1000 : -((500 - d) / 1000);

			second = second > 91 ? 91 : second < -91 ? -91 : second;
			n->differences[second + 91]++;
			n->pairs++;
			n->shifts += llabs(other->start_ms - w->platform[o->platform].start_ms - SHIFT_MS) <= 50;
		}
	}
	free(list);
}

static const struct plot_strip *strip_of(const struct plots *p, uint16_t key)
{
	for (size_t i = 0; i < p->strip_count; i++)
		if (p->strips[i].key == key)
			return &p->strips[i];
	fail_msg("there is no strip %u", key);
	return NULL;
}

static void equal_a_naive_count(void **state)
{
	struct world w;
	struct reconcile_run *run;
	const struct plots *p;
	struct naive *n = xalloc(sizeof(*n));
	uint64_t around = 0;

	(void)state;
	world_make(&w, 501, 12000);
	spoil(&w);
	run = world_run(&w, NULL);
	p = reconcile_plots(run, 0);
	count_naively(&w, run, p, n);
	assert_int_equal(p->bin_ms, 15 * MINUTE_MS);
	assert_int_equal(p->bins, 96);
	for (int c = 0; c < RECONCILE_CLASS_COUNT; c++) {
		assert_int_equal(sum(p->classes[c], PLOT_BINS_MAX), reconcile_totals(run)->counts[c]);
		for (size_t i = 0; i < p->bins; i++)
			assert_int_equal(p->classes[c][i], n->classes[c][i]);
	}
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < p->bins; i++)
			assert_int_equal(p->unanswered[side][i], n->unanswered[side][i]);
		assert_int_equal(p->unanswered_count[side], sum(p->unanswered[side], p->bins));
	}
	assert_true(p->unanswered_count[RECONCILE_PLATFORM] > 0);
	for (size_t k = 0; k < PLOT_DIFFERENCES; k++)
		assert_int_equal(p->differences[0][k], n->differences[k]);
	assert_int_equal(sum(p->differences[1], PLOT_DIFFERENCES), n->pairs);
	assert_true(p->differences[1][plots_difference_cell(0)] > n->pairs * 99 / 100); /* all but the blur is explained */
	assert_int_equal(p->shift_count, n->pairs);
	for (size_t bin = 0; bin < p->bins; bin++)
		around += sum(p->shifts[1] + bin * PLOT_SHIFTS + plots_shift_cell(-100), 4); /* within a tenth of a second */
	assert_true(around >= n->shifts);
	assert_true(n->silent > 0);
	assert_int_equal(strip_of(p, 2)->platform[57], n->silent);
	assert_int_equal(strip_of(p, 2)->reported[57], 0);
	reconcile_run_free(run);
	world_release(&w);
	free(n);
}

/* Each cause has three of its own calls, on which it is at work. */
static void examples_are_of_their_cause(void **state)
{
	struct world w;
	struct reconcile_run *run;
	const struct plots *p;
	const struct reconcile_cause *causes;
	size_t count;

	(void)state;
	world_make(&w, 502, 12000);
	spoil(&w);
	run = world_run(&w, NULL);
	p = reconcile_plots(run, 0);
	causes = reconcile_causes(run, &count);
	world_check_causes(run, CAUSE(CLOCK_OFFSET) | CAUSE(ROUNDING) | CAUSE(MISSING_WINDOW) | CAUSE(DUPLICATE_DELIVERY));
	assert_int_equal(p->cause_count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(p->examples[i].n, PLOT_EXAMPLES);
		for (size_t k = 0; k < PLOT_EXAMPLES; k++) {
			const struct plot_row *row = &p->examples[i].rows[k];

			assert_true(row->outcome.causes & 1U << causes[i].kind);
			if (causes[i].trunk)
				assert_int_equal(row->platform.trunk, causes[i].trunk);
		}
	}
	reconcile_run_free(run);
	world_release(&w);
}

/* Two rewrites side by side are two causes of one kind: each has examples that it is at work on. */
static void examples_of_two_formats(void **state)
{
	struct world w;
	struct reconcile_run *run;
	const struct reconcile_cause *causes;
	size_t count;

	(void)state;
	world_make(&w, 511, 6000);
	for (size_t i = 0; i < w.on; i++) {
		struct reconcile_record *o = &w.operator[i];
		number_t *remote = o->direction == DIRECTION_INBOUND ? &o->caller : &o->callee;
		uint64_t digits = number_value(*remote);
		bool is_home = digits / UINT64_C(10000000000) == 49;

		/* +4940... as 040..., +1206... as 001206...; the subscriber's stays as it is */
		*remote = is_home ? number_make(NUMBER_DIGITS, digits % UINT64_C(10000000000), 11, 0) :
				    number_make(NUMBER_DIGITS, digits, number_digit_count(*remote) + 2, 0);
	}
	run = world_run(&w, NULL);
	causes = reconcile_causes(run, &count);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++) {
		const struct plot_examples *examples = &reconcile_plots(run, 0)->examples[i];
		bool is_national = strncmp(causes[i].rule, "national", 8) == 0;

		assert_int_equal(examples->n, PLOT_EXAMPLES);
		for (size_t k = 0; k < examples->n; k++) {
			const struct reconcile_record *o = &examples->rows[k].operator;
			number_t remote = o->direction == DIRECTION_INBOUND ? o->caller : o->callee;

			assert_int_equal(number_digit_count(remote) == 11, is_national);
		}
	}
	reconcile_run_free(run);
	world_release(&w);
}

/* --- in any order ---------------------------------------------------------------------------- */

static void shuffle(struct world *w, struct reconcile_record *list, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = prng_below(&w->random, i);
		struct reconcile_record t = list[i - 1];

		list[i - 1] = list[k];
		list[k] = t;
	}
}

static void order_and_threads_do_not_matter(void **state)
{
	struct world w;
	struct buf first, again;

	(void)state;
	buf_init(&first, 0);
	buf_init(&again, 0);
	world_make(&w, 503, 4000);
	spoil(&w);
	for (size_t i = 0; i < w.pn; i++)
		w.platform[i].operator_index = (uint16_t)(w.platform[i].trunk % 3);
	for (size_t i = 0; i < w.on; i++)
		w.operator[i].operator_index = (uint16_t)(w.operator[i].trunk % 3);
	for (unsigned threads = 1; threads <= 3; threads++) {
		struct reconcile_options options = RECONCILE_OPTIONS_DEFAULT;
		struct reconcile_run *run;

		options.threads = threads;
		run = world_run(&w, &options);
		write_all(&w, run, threads == 1 ? &first : &again);
		if (threads > 1)
			assert_true(str_equal(buf_str(&first), buf_str(&again)));
		reconcile_run_free(run);
		shuffle(&w, w.platform, w.pn);
		shuffle(&w, w.operator, w.on);
	}
	buf_release(&first);
	buf_release(&again);
	world_release(&w);
}

/* --- divided and merged ------------------------------------------------------------------------- */

static struct plot_call some_call(struct prng *random, struct reconcile_record *p, struct reconcile_record *o)
{
	struct plot_call call = { .platform = p, .operator = o };

	*p = (struct reconcile_record){ .id = prng_below(random, UINT32_MAX), .trunk = (uint16_t)prng_below(random, 6),
					.duration_ms = (uint32_t)prng_below(random, 100000) };
	*o = *p;
	o->id++;
	call.outcome = (struct reconcile_outcome){ 1, 2, prng_below(random, 3) ? RECONCILE_AGREED : RECONCILE_DIFFERS,
						   (uint32_t)prng_below(random, 8), (int64_t)prng_below(random, 9000) - 4500 };
	call.time_ms = WORLD_DAY + (int64_t)prng_below(random, 2 * MS_PER_DAY);
	call.shift_ms = (int64_t)prng_below(random, 20000) - 10000;
	call.platform_ms = p->duration_ms;
	call.operator_ms = call.platform_ms + call.outcome.difference_ms;
	if (call.operator_ms < 0)
		call.operator_ms = 0;
	call.explained_ms = call.outcome.difference_ms / 2;
	return call;
}

static const uint16_t trunks[] = { 0, 1, 2, 3 };   /* 4 and 5 are among the others */

static struct plots *new_plots(void)
{
	return plots_new(WORLD_DAY, WORLD_DAY + 2 * MS_PER_DAY - 1, trunks, 4, 2, 1000);
}

static void add_some(struct plots *p, const struct plot_call *call)
{
	plots_add(p, call);
	plots_add_example(p, call->outcome.causes & 1, call);
}

static int by_size(const void *a, const void *b)
{
	return plot_row_compare(a, b);
}

static void check_same_rows(struct plot_rows *a, struct plot_rows *b)
{
	assert_int_equal(a->n, b->n);
	if (a->n == 0)
		return;
	qsort(a->list, a->n, sizeof(*a->list), by_size);
	qsort(b->list, b->n, sizeof(*b->list), by_size);
	for (size_t i = 0; i < a->n; i++)
		assert_int_equal(a->list[i].hash, b->list[i].hash);
}

static void check_same_examples(const struct plot_examples *a, const struct plot_examples *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_int_equal(a->rows[i].hash, b->rows[i].hash);
}

static void check_same(struct plots *a, struct plots *b)
{
	size_t seconds = 0;

	assert_int_equal(a->bins, b->bins);
	assert_int_equal(a->outside, b->outside);
	assert_int_equal(a->shift_count, b->shift_count);
	assert_int_equal(a->explained_ms, b->explained_ms);
	assert_memory_equal(a->classes, b->classes, sizeof(a->classes));
	assert_memory_equal(a->unanswered, b->unanswered, sizeof(a->unanswered));
	assert_memory_equal(a->differences, b->differences, sizeof(a->differences));
	assert_memory_equal(a->durations, b->durations, sizeof(a->durations));
	for (int i = 0; i < 2; i++)
		assert_memory_equal(a->shifts[i], b->shifts[i], a->bins * PLOT_SHIFTS * sizeof(uint32_t));
	assert_int_equal(a->strip_count, b->strip_count);
	assert_memory_equal(a->strips, b->strips, a->strip_count * sizeof(*a->strips));
	for (int c = 0; c < RECONCILE_CLASS_COUNT; c++)
		check_same_rows(&a->rows[c], &b->rows[c]);
	for (size_t k = 0; k < a->cause_count; k++)
		check_same_examples(&a->examples[k], &b->examples[k]);
	for (size_t k = 0; k < PLOT_DIFFERENCES; k++) {
		bool is_none = k == PLOT_DIFFERENCE_SECONDS + 1 || a->differences[0][k] == 0;

		assert_int_equal(a->seconds[k] == NULL, is_none);
		assert_int_equal(b->seconds[k] == NULL, is_none);
		if (is_none)
			continue;
		seconds++;
		check_same_examples(a->seconds[k], b->seconds[k]);
		assert_int_equal(a->seconds[k]->n, a->differences[0][k] < PLOT_EXAMPLES ? a->differences[0][k] : PLOT_EXAMPLES);
		for (size_t i = 0; i < a->seconds[k]->n; i++)
			assert_int_equal(plots_difference_cell(a->seconds[k]->rows[i].outcome.difference_ms), k);
	}
	assert_true(seconds > 2);
}

static void merging_is_adding(void **state)
{
	struct plots *whole = new_plots(), *parts[3] = { new_plots(), new_plots(), new_plots() }, *merged = new_plots();
	struct prng random;

	(void)state;
	prng_init(&random, 504);
	for (int i = 0; i < 20000; i++) {
		struct reconcile_record p, o;
		struct plot_call call = some_call(&random, &p, &o);

		add_some(whole, &call);
		add_some(parts[prng_below(&random, 3)], &call);
	}
	for (int i = 2; i >= 0; i--)
		plots_merge(merged, parts[i]);
	check_same(whole, merged);
	assert_int_equal(whole->strip_count, 5);
	for (int i = 0; i < 3; i++)
		plots_free(parts[i]);
	plots_free(whole);
	plots_free(merged);
}

/* Days a quarter of a year apart have wider bins together, and lose nothing. */
static void frames_widen(void **state)
{
	static const int64_t days[] = { 0, 90, 3 };
	struct plots *all[2];
	struct prng random;

	(void)state;
	prng_init(&random, 505);
	all[0] = plots_new(INSTANT_NONE, INSTANT_NONE, NULL, 0, 0, 1000);
	all[1] = plots_new(INSTANT_NONE, INSTANT_NONE, NULL, 0, 0, 1000);
	for (int order = 0; order < 2; order++) {
		prng_init(&random, 505);
		for (int k = 0; k < 3; k++) {
			int64_t from = WORLD_DAY + days[order ? 2 - k : k] * MS_PER_DAY;
			struct plots *one = plots_new(from, from + MS_PER_DAY - 1, trunks, 4, 0, 1000);

			for (int i = 0; i < 500; i++) {
				struct reconcile_record p, o;
				struct plot_call call = some_call(&random, &p, &o);

				call.time_ms = from + (int64_t)i * 170000;
				p.trunk = 1;
				call.outcome.class = RECONCILE_AGREED;
				call.shift_ms = 40;
				plots_add(one, &call);
			}
			plots_add_operator(all[order], one, (uint16_t)days[order ? 2 - k : k]);
			plots_free(one);
		}
		assert_int_equal(sum(all[order]->classes[RECONCILE_AGREED], PLOT_BINS_MAX), 1500);
		assert_int_equal(all[order]->bin_ms, MS_PER_DAY);
		assert_int_equal(all[order]->bins, 91);
		assert_int_equal(all[order]->strip_count, 3);
		assert_int_equal(all[order]->classes[RECONCILE_AGREED][90], 500);
		assert_int_equal(strip_of(all[order], 90)->reported[90], 500);
		assert_int_equal(all[order]->shifts[0][3 * PLOT_SHIFTS + plots_shift_cell(40)], 500);
	}
	assert_memory_equal(all[0]->classes, all[1]->classes, sizeof(all[0]->classes));
	plots_free(all[0]);
	plots_free(all[1]);
}

/* --- bounds ---------------------------------------------------------------------------------------- */

static void nothing_grows_with_the_records(void **state)
{
	uint16_t many[PLOT_STRIPS_MAX];
	struct plots *p;
	struct prng random;
	int64_t largest = 0;

	(void)state;
	for (size_t i = 0; i < PLOT_STRIPS_MAX; i++)
		many[i] = (uint16_t)(10 * i);
	p = plots_new(WORLD_DAY, WORLD_DAY + 40 * 365 * MS_PER_DAY, many, PLOT_STRIPS_MAX, 1, 1000);
	assert_true(p->bins <= PLOT_BINS_MAX);
	prng_init(&random, 506);
	for (int i = 0; i < 5000; i++) {
		struct reconcile_record a, b;
		struct plot_call call = some_call(&random, &a, &b);

		a.trunk = (uint16_t)(i % 60000);
		call.outcome.class = RECONCILE_DIFFERS;
		largest = llabs(call.outcome.difference_ms - call.explained_ms) > largest ?
				  llabs(call.outcome.difference_ms - call.explained_ms) : largest;
		add_some(p, &(struct plot_call){ .outcome = call.outcome, .platform = &a, .operator = &b,
						 .time_ms = call.time_ms, .shift_ms = INSTANT_NONE,
						 .explained_ms = call.explained_ms, .platform_ms = call.platform_ms,
						 .operator_ms = call.operator_ms } );
	}
	assert_int_equal(p->rows[RECONCILE_DIFFERS].n, PLOT_ROWS_MAX);
	assert_int_equal(p->strip_count, PLOT_STRIPS_MAX + 1);
	assert_int_equal(sum(p->classes[RECONCILE_DIFFERS], PLOT_BINS_MAX), 5000);
	qsort(p->rows[RECONCILE_DIFFERS].list, PLOT_ROWS_MAX, sizeof(struct plot_row), by_size);
	assert_int_equal(llabs(plot_row_unexplained_ms(&p->rows[RECONCILE_DIFFERS].list[PLOT_ROWS_MAX - 1])), largest);
	plots_free(p);
}

static void one_far_record_leaves_the_day_as_it_is(void **state)
{
	struct world w;
	struct reconcile_run *run;
	const struct plots *p;

	(void)state;
	world_make(&w, 507, 3000);
	w.platform[7].start_ms = 86400000;
	w.platform[7].answer_ms = w.platform[7].end_ms = INSTANT_NONE;
	run = world_run(&w, NULL);
	p = reconcile_plots(run, 0);
	assert_int_equal(p->bin_ms, 15 * MINUTE_MS);
	assert_int_equal(p->outside, 1);
	assert_int_equal(sum(p->classes[RECONCILE_PLATFORM_ONLY], PLOT_BINS_MAX) + sum(p->classes[RECONCILE_AGREED], PLOT_BINS_MAX) +
			 sum(p->classes[RECONCILE_OPERATOR_ONLY], PLOT_BINS_MAX), 3000);
	reconcile_run_free(run);
	world_release(&w);
}

static void little_and_nothing(void **state)
{
	struct buf out;
	struct world w;
	struct reconcile_run *run;

	(void)state;
	buf_init(&out, 0);
	world_make(&w, 508, 1);
	run = world_run(&w, NULL);
	assert_int_equal(reconcile_plots(run, 0)->bins, 1);
	assert_int_equal(sum(reconcile_plots(run, 0)->classes[RECONCILE_AGREED], 1), 1);
	write_all(&w, run, &out);
	reconcile_run_free(run);
	w.on = 0;
	run = world_run(&w, NULL);
	assert_int_equal(reconcile_plots(run, 0)->rows[RECONCILE_PLATFORM_ONLY].n, 1);
	write_all(&w, run, &out);
	reconcile_run_free(run);
	w.pn = 0;
	run = world_run(&w, NULL);
	assert_int_equal(reconcile_plots_of_all(run)->bins, 0);
	write_all(&w, run, &out);
	reconcile_run_free(run);
	world_release(&w);
	buf_release(&out);
}

static void none_unless_asked_for(void **state)
{
	struct world w;
	struct reconcile_run *run;
	struct error err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	world_make(&w, 510, 100);
	assert_int_equal(reconcile_run_new(&run, NULL, &err), OK);
	assert_int_equal(reconcile_run_add(run, RECONCILE_PLATFORM, w.platform, w.pn, &err), OK);
	assert_int_equal(reconcile_run(run, &err), OK);
	assert_null(reconcile_plots_of_all(run));
	assert_null(reconcile_plots(run, 0));
	write_all(&w, run, &out);
	check_buf(&out, "{}");
	reconcile_run_free(run);
	world_release(&w);
	buf_release(&out);
}

static void many_operators_share_the_bounds(void **state)
{
	struct world w;
	struct reconcile_run *run;
	struct buf out;
	size_t plotted_n = 0;

	(void)state;
	world_make(&w, 509, 20000);
	for (size_t i = 0; i < w.pn; i++)
		w.platform[i].operator_index = (uint16_t)(i % 200);
	for (size_t i = 0; i < w.on; i++) {
		w.operator[i].operator_index = (uint16_t)(i % 200);
		w.operator[i].duration_ms += (uint32_t)prng_below(&w.random, 60000);
	}
	run = world_run(&w, NULL);
	for (size_t i = 0; i < 200; i++)
		plotted_n += reconcile_plots(run, i) != NULL;
	assert_int_equal(plotted_n, RECONCILE_PLOTTED_MAX);
	assert_int_equal(reconcile_plots_of_all(run)->strip_count, PLOT_STRIPS_MAX + 1);
	assert_int_equal(sum(reconcile_plots_of_all(run)->classes[RECONCILE_DIFFERS], PLOT_BINS_MAX),
			 reconcile_totals(run)->counts[RECONCILE_DIFFERS]);
	buf_init(&out, 0);
	write_all(&w, run, &out);
	assert_true(out.n < 2000000);
	buf_release(&out);
	reconcile_run_free(run);
	world_release(&w);
}

/* --- scales ---------------------------------------------------------------------------------------- */

static void scales_hold_their_values(void **state)
{
	(void)state;
	for (size_t i = 0; i + 1 < PLOT_SHIFT_EDGES; i++) {
		assert_true(plot_scale_shift(i) < plot_scale_shift(i + 1));
		assert_int_equal(plots_shift_cell(plot_scale_shift(i)), PLOT_SHIFT_EDGES - 1 + i);
		assert_int_equal(plots_shift_cell(-plot_scale_shift(i) - 1), PLOT_SHIFT_EDGES - 2 - i);
	}
	assert_int_equal(plots_shift_cell(INT64_MAX), PLOT_SHIFTS - 1);
	assert_int_equal(plots_shift_cell(-INT64_MAX), 0);
	for (size_t i = 0; i < PLOT_DURATION_EDGES; i++)
		assert_int_equal(plots_duration_cell(plot_scale_duration(i)), i);
	assert_int_equal(plot_scale_duration(PLOT_DURATION_EDGES - 1), 100000000);
	assert_int_equal(plots_duration_cell(INT64_C(1) << 50), PLOT_DURATIONS - 1);
	assert_int_equal(plots_difference_cell(-90499), 1);
	assert_int_equal(plots_difference_cell(-90500), 0);
	assert_int_equal(plots_difference_cell(499), 91);
	assert_int_equal(plots_difference_cell(500), 92);
	assert_int_equal(plots_difference_cell(INT64_C(90500)), PLOT_DIFFERENCES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_a_naive_count),
		cmocka_unit_test(examples_are_of_their_cause),
		cmocka_unit_test(examples_of_two_formats),
		cmocka_unit_test(order_and_threads_do_not_matter),
		cmocka_unit_test(merging_is_adding),
		cmocka_unit_test(frames_widen),
		cmocka_unit_test(nothing_grows_with_the_records),
		cmocka_unit_test(one_far_record_leaves_the_day_as_it_is),
		cmocka_unit_test(little_and_nothing),
		cmocka_unit_test(none_unless_asked_for),
		cmocka_unit_test(many_operators_share_the_bounds),
		cmocka_unit_test(scales_hold_their_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
