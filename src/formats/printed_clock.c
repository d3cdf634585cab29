#include "formats/printed_clock.h"

#include "base/instant.h"

#include <stdio.h>

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* 1 to 12, or 0. */
static unsigned month_of(struct str word)
{
	for (unsigned i = 0; word.n == 3 && i < 12; i++)
		if (str_equal_ascii_case(word, str_of(months + (size_t)3 * i, 3)))
			return i + 1;
	return 0;
}

struct parts {
	struct str clock;
	uint64_t day, year;
	unsigned month;
	bool is_utc;
};

/* Names of days and zones stand in no certain place: what is no part of the time is one of them. */
static bool take_word(struct parts *p, struct str word)
{
	uint64_t number;

	if (str_find_char(word, ':') < word.n) {
		p->clock = word;
	} else if (str_to_u64(word, 9999, &number)) {
		if (word.n == 4)
			p->year = number;
		else
			p->day = number;
	} else if (month_of(word)) {
		p->month = month_of(word);
	} else if (str_is(word, "UTC") || str_is(word, "GMT")) {
		p->is_utc = true;
	} else {
		for (size_t i = 0; i < word.n; i++)
			if ((word.p[i] < 'A' || word.p[i] > 'Z') && (word.p[i] < 'a' || word.p[i] > 'z'))
				return false;
	}
	return true;
}

bool printed_clock_parse(struct str text, int64_t *local_ms, bool *is_utc)
{
	struct parts p = { .clock = STR_NONE };
	char iso[INSTANT_TEXT_SIZE];
	int n;

	text = str_trim(text);
	if (text.n && (text.p[0] == '*' || text.p[0] == '.'))
		text = str_after(text, 1);
	while (text.n) {
		struct str word = str_cut(&text, ' ');

		if (word.n && !take_word(&p, word))
			return false;
	}
	if (p.clock.n < 8 || p.month == 0)
		return false;
	n = snprintf(iso, sizeof(iso), "%04u-%02u-%02uT%.*sZ", (unsigned)p.year, p.month, (unsigned)p.day,
		     STR_ARG(p.clock));
	*is_utc = p.is_utc;
	return n < (int)sizeof(iso) && instant_parse(str_of(iso, (size_t)n), local_ms);
}
