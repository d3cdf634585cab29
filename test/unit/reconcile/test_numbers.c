/* Numbers as operators write them: national, prefixed, masked, replaced, exchanged, withheld; ids that lie. */
#include "world.h"

static number_t national(number_t n)
{
	uint64_t digits = number_value(n);

	if (digits / UINT64_C(10000000000) == 49)
		return number_make(NUMBER_DIGITS, digits % UINT64_C(10000000000), 11, 0);
	return number_make(NUMBER_DIGITS, digits, number_digit_count(n) + 2, 0);
}

static number_t prefixed(number_t n)
{
	return number_make(NUMBER_DIGITS, UINT64_C(99) * (number_digit_count(n) == 12 ? 1000000000000 : 100000000000) +
						  number_value(n), number_digit_count(n) + 2, 0);
}

static number_t plain(number_t n)
{
	return number_make(NUMBER_DIGITS, number_value(n), number_digit_count(n), 0);
}

static void rewrite_all(struct world *w, number_t (*f)(number_t))
{
	for (size_t i = 0; i < w->on; i++) {
		w->operator[i].caller = f(w->operator[i].caller);
		w->operator[i].callee = f(w->operator[i].callee);
	}
}

static bool states_rule(const struct reconcile_run *run, const char *rewrite)
{
	size_t count;
	const struct reconcile_cause *causes = reconcile_causes(run, &count);

	for (size_t i = 0; i < count; i++)
		if (causes[i].kind == CAUSE_NUMBER_FORMAT && strstr(causes[i].rule, rewrite))
			return true;
	return false;
}

static void check_format(number_t (*f)(number_t), const char *rewrite, const char *other)
{
	struct world w;
	struct reconcile_run *run;

	world_make(&w, 61, 5000);
	rewrite_all(&w, f);
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(NUMBER_FORMAT));
	assert_true(states_rule(run, rewrite));
	assert_true(!other || states_rule(run, other));
	assert_int_equal(reconcile_verdict(run), RECONCILE_AGREES);
	reconcile_run_free(run);
	world_release(&w);
}

static void formats(void **state)
{
	(void)state;
	check_format(national, "0 → +49", "00 → +");
	check_format(prefixed, "99 → +", NULL);
	check_format(plain, ": → +", NULL);
}

/* Five digits only: no area code. */
static number_t local(number_t n)
{
	if (number_value(n) / 10000 == 49305550)
		return number_make(NUMBER_DIGITS, number_value(n) % 100000, 5, 0);
	return n;
}

static void short_numbers(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 62, 5000);
	rewrite_all(&w, local);
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	assert_true(states_rule(run, ": → +4930555"));
	reconcile_run_free(run);
	world_release(&w);
}

/* Two numbers that end alike, called by one subscriber at the same time. */
static void whole_numbers_decide_where_tails_are_shared(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 63, 4000);
	for (size_t i = 0; i + 1 < 2000; i += 2) {
		for (size_t k = i; k < i + 2; k++) {
			struct reconcile_record *p = &w.platform[k], *o = &w.operator[k];
			int64_t way = o->start_ms - p->start_ms;

			p->caller = world_subscriber(i % 200);
			p->callee = number_make(NUMBER_E164, UINT64_C(440012345678) + (k - i) * UINT64_C(1000000000), 12, 0);
			p->direction = DIRECTION_OUTBOUND;
			p->start_ms = w.platform[i].start_ms + (int64_t)(k - i) * 200;
			p->answer_ms = INSTANT_NONE;
			p->end_ms = p->start_ms + 5000;
			p->duration_ms = 0;
			/* In the operator's file their times lie the wrong way round. */
			*o = (struct reconcile_record){ .caller = p->caller, .callee = p->callee, .id = o->id,
							.reference = o->reference, .direction = p->direction, .trunk = p->trunk,
							.start_ms = w.platform[i].start_ms + (k == i ? 200 : 0) + way,
							.answer_ms = INSTANT_NONE, .end_ms = p->end_ms };
		}
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	world_check_causes(run, 0);
	reconcile_run_free(run);
	world_release(&w);
}

static number_t masked(number_t n)
{
	return number_value(n) / 10000 == 49305550 ? n :
		number_make(NUMBER_E164, number_value(n) / 1000 * 1000, number_digit_count(n), 3);
}

static void masked_digits(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 64, 8000);
	rewrite_all(&w, masked);
	for (size_t i = 0; i < w.on; i++)
		w.operator[i].duration_ms = (w.operator[i].duration_ms + 59999) / 60000 * 60000;
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	world_check_causes(run, CAUSE(MASKED_NUMBER) | CAUSE(ROUNDING));
	assert_int_equal(world_cause(run, CAUSE_MASKED_NUMBER)->digits, 3);
	reconcile_run_free(run);
	world_release(&w);
}

static number_t read_as(const char *form, number_t n)
{
	char text[NUMBER_TEXT_SIZE];
	struct str whole = number_text(n, text);
	char out[NUMBER_TEXT_SIZE + 4];
	size_t length = whole.n;

	memcpy(out, whole.p, length);
	if (strcmp(form, "last") == 0)
		memset(out + length - 4, 'X', 4);
	else if (strcmp(form, "zeros") == 0)
		memset(out + length - 3, '0', 3);
	else if (strcmp(form, "middle") == 0)
		memset(out + length - 6, '*', 3);
	else if (strcmp(form, "national") == 0) {
		/* +49 is 0 */
		memset(out + length - 4, '*', 4);
		memmove(out + 1, out + 3, length - 3);
		out[0] = '0';
		length -= 2;
	}
	return number_read(str_of(out, length));
}

/* Both parties of all calls are masked, and the clock is off: no whole number is left to begin with. */
static void both_numbers_masked(void **state)
{
	static const struct {
		const char *form;
		unsigned digits;
		uint32_t also;
	} masks[] = { { "last", 4, 0 }, { "zeros", 3, 0 }, { "middle", 3, 0 }, { "national", 4, CAUSE(NUMBER_FORMAT) } };

	(void)state;
	for (size_t m = 0; m < sizeof(masks) / sizeof(masks[0]); m++) {
		struct world w;
		struct reconcile_run *run;

		world_make(&w, 71, 6000);
		for (size_t i = 0; i < w.on; i++) {
			struct reconcile_record *o = &w.operator[i];

			/* Digits that differ are among those that are shown. */
			w.platform[i].caller = o->caller = number_make(NUMBER_E164, UINT64_C(493000000000) + prng_below(&w.random, 90000) * 9967, 12, 0);
			w.platform[i].callee = o->callee = number_make(NUMBER_E164, UINT64_C(498900000000) + prng_below(&w.random, 90000) * 9973, 12, 0);
			o->caller = read_as(masks[m].form, o->caller);
			o->callee = read_as(masks[m].form, o->callee);
			o->start_ms += 4300;
			o->answer_ms += o->answer_ms == INSTANT_NONE ? 0 : 4300;
			o->end_ms += 4300;
		}
		run = world_run(&w, NULL);
		world_check_pairs(&w, run, 999);
		world_check_causes(run, CAUSE(MASKED_NUMBER) | CAUSE(CLOCK_OFFSET) | masks[m].also);
		assert_int_equal(world_cause(run, CAUSE_MASKED_NUMBER)->digits, masks[m].digits);
		reconcile_run_free(run);
		world_release(&w);
	}
}

/* The platform shows less than the operator: pairs are found, and nothing is said of the operator. */
static void masked_by_the_platform(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 72, 6000);
	for (size_t i = 0; i < w.pn; i++) {
		w.platform[i].caller = masked(w.platform[i].caller);
		w.platform[i].callee = masked(w.platform[i].callee);
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	world_check_causes(run, 0);
	reconcile_run_free(run);
	world_release(&w);
}

/* A form in which fewer records stand than make a rule, and emergency numbers. */
static void a_rare_form_and_short_codes(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 73, 6000);
	rewrite_all(&w, national);
	for (size_t i = 0; i < w.on; i += 300) {
		uint64_t digits = number_value(w.platform[i].callee) % UINT64_C(10000000000);

		w.operator[i].callee = number_make(NUMBER_DIGITS, UINT64_C(5510000000000) + digits, 14, 0);
	}
	for (size_t i = 100; i < w.on; i += 300)
		w.platform[i].callee = w.operator[i].callee = number_make(NUMBER_DIGITS, 112, 3, 0);
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(NUMBER_FORMAT));
	reconcile_run_free(run);
	world_release(&w);
}

/* More customers than one, each with its main number; the callers' own are national. */
static void many_main_numbers(void **state)
{
	struct world w;
	struct reconcile_run *run;
	size_t count, mains = 0;
	const struct reconcile_cause *causes;

	(void)state;
	world_make(&w, 74, 12000);
	for (size_t i = 0; i < w.on; i++)
		if (w.operator[i].direction == DIRECTION_OUTBOUND)
			w.operator[i].caller = number_make(NUMBER_E164, UINT64_C(49407770000) + number_value(w.operator[i].caller) % 50, 11, 0);
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	world_check_causes(run, CAUSE(REPLACED_CALLER));
	causes = reconcile_causes(run, &count);
	for (size_t i = 0; i < count; i++)
		mains += causes[i].kind == CAUSE_REPLACED_CALLER;
	assert_int_equal(mains, 50);
	reconcile_run_free(run);
	world_release(&w);
}

/* Of two calls of withheld callers the ids were exchanged: the called numbers, the times and the durations say so. */
static void ids_exchanged_between_neighbours(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 75, 6000);
	for (size_t i = 0; i < w.on; i++) {
		size_t other = i % 40 == 0 ? i + 1 : i % 40 == 1 ? i - 1 : i;

		w.platform[i].correlation = hash64_u64(1, i);
		w.operator[i].correlation = hash64_u64(1, other);
		w.platform[i].caller = w.operator[i].caller = NUMBER_WITHHELD_WORD;
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	assert_int_equal(reconcile_totals(run)->counts[RECONCILE_DIFFERS], 0);
	reconcile_run_free(run);
	world_release(&w);
}

static void withheld_callers_are_not_one_busy_caller(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 65, 8000);
	for (size_t i = 0; i < w.on; i++) {
		if (w.platform[i].direction != DIRECTION_INBOUND || i % 3)
			continue;
		w.operator[i].caller = NUMBER_WITHHELD_WORD;
		if (i % 2)
			w.platform[i].caller = NUMBER_WITHHELD_WORD;
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	world_check_causes(run, 0);
	reconcile_run_free(run);
	world_release(&w);
}

static void one_main_number_in_place_of_the_callers(void **state)
{
	number_t main_number = number_make(NUMBER_E164, UINT64_C(493055500777), 12, 0);
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 66, 8000);
	for (size_t i = 0; i < w.on; i++)
		if (w.platform[i].direction == DIRECTION_OUTBOUND)
			w.operator[i].caller = main_number;
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	world_check_causes(run, CAUSE(REPLACED_CALLER));
	assert_true(world_cause(run, CAUSE_REPLACED_CALLER)->number == main_number);
	reconcile_run_free(run);
	world_release(&w);
}

static void exchanged_parties(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 67, 5000);
	for (size_t i = 0; i < w.on; i++) {
		number_t caller = w.operator[i].caller;

		w.operator[i].caller = w.operator[i].callee;
		w.operator[i].callee = caller;
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 1000);
	world_check_causes(run, CAUSE(SWAPPED_PARTIES));
	assert_int_equal(world_cause(run, CAUSE_SWAPPED_PARTIES)->records, 5000);
	reconcile_run_free(run);
	world_release(&w);
}

/* The caller hides, and where the operator exchanges the parties the busy subscriber stands as caller: nobody was
 * replaced. */
static void withheld_and_exchanged(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 69, 8000);
	for (size_t i = 0; i < w.on; i++) {
		if (w.platform[i].direction == DIRECTION_INBOUND && i % 4 == 0) {
			w.platform[i].caller = w.operator[i].caller = NUMBER_WITHHELD_WORD;
			w.platform[i].callee = w.operator[i].callee = world_subscriber(3);
		}
		number_t caller = w.operator[i].caller;

		w.operator[i].caller = w.operator[i].callee;
		w.operator[i].callee = caller;
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	world_check_causes(run, CAUSE(SWAPPED_PARTIES));
	reconcile_run_free(run);
	world_release(&w);
}

/* One customer's calls leave under its main number; the others' callers are their own. */
static void the_main_number_of_one_customer(void **state)
{
	number_t main = number_make(NUMBER_E164, UINT64_C(493099990000), 12, 0);
	struct world w;
	struct reconcile_run *run;
	uint64_t replaced = 0;

	(void)state;
	world_make(&w, 70, 8000);
	for (size_t i = 0; i < w.on; i++) {
		if (w.operator[i].direction != DIRECTION_OUTBOUND || number_value(w.operator[i].caller) % 10 != 3)
			continue;
		w.operator[i].caller = main;
		replaced++;
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	world_check_causes(run, CAUSE(REPLACED_CALLER));
	assert_true(world_cause(run, CAUSE_REPLACED_CALLER)->number == main);
	assert_true(world_cause(run, CAUSE_REPLACED_CALLER)->records * 1000 >= replaced * 999);
	reconcile_run_free(run);
	world_release(&w);
}

/* Nothing whole is left of an outbound call's numbers: the main number, and the remote one without its last digits. */
static void main_numbers_and_masks(void **state)
{
	number_t main = number_make(NUMBER_E164, UINT64_C(493099990000), 12, 0);
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 71, 8000);
	for (size_t i = 0; i < w.on; i++) {
		struct reconcile_record *o = &w.operator[i];
		bool outbound = o->direction == DIRECTION_OUTBOUND;

		o->correlation = 0;
		*(outbound ? &o->callee : &o->caller) = masked(outbound ? o->callee : o->caller);
		if (outbound)
			o->caller = main;
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	world_check_causes(run, CAUSE(MASKED_NUMBER) | CAUSE(REPLACED_CALLER));
	reconcile_run_free(run);
	world_release(&w);
}

/* The main number is named as the platform would write it. */
static void the_main_number_behind_a_prefix(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 72, 8000);
	rewrite_all(&w, prefixed);
	for (size_t i = 0; i < w.on; i++)
		if (w.operator[i].direction == DIRECTION_OUTBOUND)
			w.operator[i].caller = number_make(NUMBER_DIGITS, UINT64_C(99493099990000), 14, 0);
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	world_check_causes(run, CAUSE(NUMBER_FORMAT) | CAUSE(REPLACED_CALLER));
	assert_true(world_cause(run, CAUSE_REPLACED_CALLER)->number == number_make(NUMBER_E164, UINT64_C(493099990000), 12, 0));
	assert_int_equal(world_cause(run, CAUSE_NUMBER_FORMAT)->direction, DIRECTION_ABSENT);
	reconcile_run_free(run);
	world_release(&w);
}

/* The operator writes its own numbers as extensions of four digits, of several blocks. */
static void extensions_for_numbers(void **state)
{
	struct world w;
	struct reconcile_run *run;

	(void)state;
	world_make(&w, 62, 8000);
	for (size_t i = 0; i < w.on; i++) {
		struct reconcile_record *p = &w.platform[i], *o = &w.operator[i];
		number_t *own[2] = { &p->callee, &o->callee };

		if (p->direction == DIRECTION_OUTBOUND) {
			own[0] = &p->caller;
			own[1] = &o->caller;
		}
		/* +49 30 5<block> nnnn */
		*own[0] = number_make(NUMBER_E164, UINT64_C(4930510000) + number_value(*own[0]) % 7 * 1000000 + number_value(*own[0]) % 10000, 10, 0);
		*own[1] = number_make(NUMBER_DIGITS, number_value(*own[0]) % 10000, 4, 0);
	}
	run = world_run(&w, NULL);
	world_check_pairs(&w, run, 999);
	world_check_causes(run, CAUSE(NUMBER_FORMAT));
	reconcile_run_free(run);
	world_release(&w);
}

/* On one side only; on both; rewritten; another call's. */
static void correlation_ids(void **state)
{
	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		struct world w;
		struct reconcile_run *run;

		world_make(&w, 68, 6000);
		for (size_t i = 0; i < w.on; i++) {
			size_t other = kind == 3 && i % 20 == 0 ? (i * 31 + 7) % w.on : i;

			w.platform[i].correlation = hash64_u64(1, i);
			w.operator[i].correlation = kind == 0 ? 0 : hash64_u64(kind == 2 ? 2 : 1, other);
			w.operator[i].start_ms += 3900;
		}
		run = world_run(&w, NULL);
		world_check_pairs(&w, run, 999);
		world_check_causes(run, CAUSE(CLOCK_OFFSET));
		reconcile_run_free(run);
		world_release(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),
		cmocka_unit_test(short_numbers),
		cmocka_unit_test(whole_numbers_decide_where_tails_are_shared),
		cmocka_unit_test(masked_digits),     cmocka_unit_test(main_numbers_and_masks),
		cmocka_unit_test(the_main_number_behind_a_prefix),
		cmocka_unit_test(withheld_callers_are_not_one_busy_caller),
		cmocka_unit_test(one_main_number_in_place_of_the_callers),
		cmocka_unit_test(exchanged_parties),
		cmocka_unit_test(withheld_and_exchanged),
		cmocka_unit_test(the_main_number_of_one_customer),
		cmocka_unit_test(extensions_for_numbers),
		cmocka_unit_test(correlation_ids),
		cmocka_unit_test(both_numbers_masked),
		cmocka_unit_test(masked_by_the_platform),
		cmocka_unit_test(a_rare_form_and_short_codes),
		cmocka_unit_test(many_main_numbers),
		cmocka_unit_test(ids_exchanged_between_neighbours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
