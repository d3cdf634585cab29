#include "base/instant.h"
#include "fuzz.h"
#include "formats/json.h"
#include "telephony/sip_uri.h"

static void instants(struct str s)
{
	char text[INSTANT_TEXT_SIZE];
	int64_t ms, again;

	if (!instant_parse(s, &ms) || ms == INSTANT_NONE)
		return;
	must(instant_parse(instant_text(ms, text), &again) && again == ms);
}

static void durations(struct str s)
{
	struct buf b;
	int64_t ms, again;

	if (!duration_parse(s, INT64_MAX / 2, &ms))
		return;
	buf_init(&b, 0);
	duration_add(&b, ms);
	must(duration_parse(buf_str(&b), INT64_MAX / 2, &again) && again == ms);
	/* A JSON number without leading zeros is the same amount either way. */
	if (s.p[0] != '0' || s.n == 1 || s.p[1] == '.')
		must(json_scaled(s, 3, INT64_MAX / 2, &again) && again == ms);
	buf_release(&b);
}

static void numbers(struct str s)
{
	char text[NUMBER_TEXT_SIZE];
	number_t n = number_read(s), strict;

	must(number_digit_count(n) <= 15 && number_masked_count(n) <= number_digit_count(n));
	if (number_kind(n) != NUMBER_TEXT)
		must(number_read(number_text(n, text)) == n);
	if (number_parse_e164(s, &strict)) {
		must(str_equal(number_text(strict, text), s));
		must(strict == n || n == NUMBER_WITHHELD_WORD);
	}
	number_mask(n, (unsigned)(s.n % 20));
}

static void uris(struct str s)
{
	struct error err = { 0 };

	if (sip_uri_check(s, &err) != OK) {
		must(err.message[0]);
		return;
	}
	for (size_t i = 0; i < s.n; i++)
		must(s.p[i] > 0x20 && s.p[i] < 0x7f && s.p[i] != '<' && s.p[i] != '>' && s.p[i] != '"');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = str_of(data, size);

	instants(s);
	durations(s);
	numbers(s);
	uris(s);
	domain_is_valid(s);
	return 0;
}
