#include "check.h"

#include "telephony/sip_uri.h"

static void domains(void **state)
{
	static const char *const good[] = { "contoso.com",
					    "contoso.onmicrosoft.com",
					    "xn--bcher-kva.example",
					    "localhost",
					    "1.example",
					    "a-b.c-d.e2",
					    "3com.example" };
	static const char *const bad[] = { "",
					   ".",
					   "a..b",
					   "a.",
					   ".a",
					   "-a.example",
					   "a-.example",
					   "a_b.example",
					   "a b.example",
					   "\xc3\xbc.example",
					   "10.0.0.1",
					   "example.123",
					   "a\r\n.example",
					   "a.example:5060",
					   "a/b" };
	char longest[260];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!domain_is_valid(str_from(good[i])))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (domain_is_valid(str_from(bad[i])))
			fail_msg("taken: %s", bad[i]);
	memset(longest, 'a', sizeof(longest));
	assert_true(domain_is_valid(str_of(longest, 63)));
	assert_false(domain_is_valid(str_of(longest, 64)));
	for (size_t i = 63; i < sizeof(longest); i += 64)
		longest[i] = '.';
	assert_true(domain_is_valid(str_of(longest, 253)));
	assert_false(domain_is_valid(str_of(longest, 254)));
	assert_false(domain_is_valid(STR("a\0b")));
}

static void uri_of_a_number(void **state)
{
	struct buf b;
	struct error err;

	(void)state;
	buf_init(&b, 0);
	sip_uri_of_number(&b, number_read(STR("+4930123456")), STR("contoso.com"));
	check_buf(&b, "sip:+4930123456@contoso.com;user=phone");
	assert_int_equal(sip_uri_check(buf_str(&b), &err), OK);
	buf_release(&b);
}

static void uris_of_users(void **state)
{
	static const char *const good[] = {
		"sip:alice@contoso.com",
		"SIPS:alice.b-c_d@contoso.com:5061;transport=tls",
		"sip:al%20ice@example.com",
		"sip:alice@10.0.0.1",
		"sip:alice@[2001:db8::1]:5060",
		"sip:alice;day=tuesday@example.com",
		"sip:+1425(555)@example.com;user=phone;lr",
		"sip:a@localhost",
	};
	static const char *const bad[] = {
		"",
		"alice@contoso.com",
		"tel:+14255550100",
		"sip:contoso.com",
		"sip:@contoso.com",
		"sip:alice@",
		"sip:alice:secret@contoso.com",
		"sip:alice@contoso.com?Subject=x",
		"sip:alice@contoso.com\r\nVia: x",
		"sip:al ice@contoso.com",
		"sip:al\"ice@contoso.com",
		"sip:<alice>@contoso.com",
		"sip:al%2ice@contoso.com",
		"sip:al%zzice@contoso.com",
		"sip:al%0d%0aice@contoso.com",
		"sip:al%00@contoso.com",
		"sip:al%7Fice@contoso.com",
		"sip:alice@con_toso.com",
		"sip:alice@contoso.com:0",
		"sip:alice@contoso.com:65536",
		"sip:alice@contoso.com:",
		"sip:alice@contoso.com;",
		"sip:alice@contoso.com;=x",
		"sip:alice@contoso.com;a=",
		"sip:alice@contoso.com;a=b c",
		"sip:alice@[2001:db8::1",
		"sip:alice@999.0.0.1",
		"sip:al\xc3\xa9@contoso.com",
		"sip:alice@a@b",
	};
	char longer[600] = "sip:a@b;x=";
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (sip_uri_check(str_from(good[i]), &err) != OK)
			fail_msg("refused: %s: %s", good[i], err.message);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (sip_uri_check(str_from(bad[i]), &err) != E_INVALID)
			fail_msg("taken: %s", bad[i]);
		assert_string_equal(err.field, "sipUri");
	}
	assert_int_equal(sip_uri_check(STR("sip:a\0b@contoso.com"), NULL), E_INVALID);
	memset(longer + 10, 'x', sizeof(longer) - 10);
	assert_int_equal(sip_uri_check(str_of(longer, SIP_URI_MAX), NULL), OK);
	assert_int_equal(sip_uri_check(str_of(longer, SIP_URI_MAX + 1), NULL), E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domains),
		cmocka_unit_test(uri_of_a_number),
		cmocka_unit_test(uris_of_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
