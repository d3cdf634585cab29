/* Who is at the other end, and how many connections each may hold. */
#include "http/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct peer peer_from(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct peer peer;

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		peer_of((struct sockaddr *)&v4, &peer);
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
		peer_of((struct sockaddr *)&v6, &peer);
	}
	return peer;
}

static void test_addresses(void **state)
{
	static const struct {
		const char *given, *text;
		bool is_loopback;
	} cases[] = {
		{ "127.0.0.1", "127.0.0.1", true },        { "127.1.2.3", "127.1.2.3", true },
		{ "192.0.2.1", "192.0.2.1", false },       { "::1", "::1", true },
		{ "::ffff:127.0.0.1", "127.0.0.1", true }, { "::ffff:192.0.2.1", "192.0.2.1", false },
		{ "2001:db8::1", "2001:db8::1", false },   { "::", "::", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct peer peer = peer_from(cases[i].given);

		assert_string_equal(peer.text, cases[i].text);
		assert_int_equal(peer.is_loopback, cases[i].is_loopback);
	}
}

static void test_limit_for_each_peer(void **state)
{
	struct peer a = peer_from("192.0.2.1"), b = peer_from("192.0.2.2"), mapped = peer_from("::ffff:192.0.2.1");
	struct peer_table table = { 0 };

	(void)state;
	assert_true(peer_table_add(&table, &a, 2));
	assert_true(peer_table_add(&table, &a, 2));
	assert_false(peer_table_add(&table, &a, 2));
	assert_false(peer_table_add(&table, &mapped, 2));
	assert_true(peer_table_add(&table, &b, 2));
	peer_table_remove(&table, &a);
	assert_true(peer_table_add(&table, &a, 2));
	assert_false(peer_table_add(&table, &a, 2));
	for (int i = 0; i < 2; i++)
		peer_table_remove(&table, &a);
	peer_table_remove(&table, &b);
	assert_int_equal(table.n, 0);
	peer_table_release(&table);
}

/* One host owns a whole network of 64 bits. */
static void test_ipv6_counts_by_network(void **state)
{
	struct peer one = peer_from("2001:db8:1:2::1"), same = peer_from("2001:db8:1:2:ffff::9"),
		    other = peer_from("2001:db8:1:3::1");
	struct peer_table table = { 0 };

	(void)state;
	assert_true(peer_table_add(&table, &one, 1));
	assert_false(peer_table_add(&table, &same, 1));
	assert_true(peer_table_add(&table, &other, 1));
	peer_table_release(&table);
}

static void test_loopback_is_exempt(void **state)
{
	struct peer_table table = { 0 };
	struct peer self = peer_from("127.0.0.1");

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_true(peer_table_add(&table, &self, 1));
	peer_table_release(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_limit_for_each_peer),
		cmocka_unit_test(test_ipv6_counts_by_network),
		cmocka_unit_test(test_loopback_is_exempt),
	};

	return cmocka_run_group_tests_name("http peer", tests, NULL, NULL);
}
