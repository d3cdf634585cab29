#include "http/peer.h"

#include "base/arena.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>

struct peer_count {
	unsigned char key[16];
	unsigned count;
};

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

static void peer_of_ipv4(const void *address, struct peer *peer)
{
	memcpy(peer->key, mapped, sizeof(mapped));
	memcpy(peer->key + sizeof(mapped), address, 4);
	peer->is_loopback = peer->key[12] == 127;
	inet_ntop(AF_INET, address, peer->text, sizeof(peer->text));
}

void peer_of(const struct sockaddr *address, struct peer *peer)
{
	const unsigned char *bytes;

	*peer = (struct peer){ 0 };
	if (address->sa_family == AF_INET) {
		peer_of_ipv4(&((const struct sockaddr_in *)(const void *)address)->sin_addr, peer);
		return;
	}
	bytes = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr;
	if (memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		peer_of_ipv4(bytes + sizeof(mapped), peer);
		return;
	}
	memcpy(peer->key, bytes, 8);
	peer->is_loopback = memcmp(bytes, &in6addr_loopback, 16) == 0;
	inet_ntop(AF_INET6, bytes, peer->text, sizeof(peer->text));
}

static struct peer_count *find(struct peer_table *table, const struct peer *peer)
{
	for (size_t i = 0; i < table->n; i++)
		if (memcmp(table->counts[i].key, peer->key, sizeof(peer->key)) == 0)
			return &table->counts[i];
	return NULL;
}

bool peer_table_add(struct peer_table *table, const struct peer *peer, unsigned max)
{
	struct peer_count *at = find(table, peer);

	if (at && at->count >= max && !peer->is_loopback)
		return false;
	if (!at) {
		if (table->n == table->capacity) {
			table->capacity = table->capacity ? 2 * table->capacity : 16;
			table->counts = xrealloc(table->counts, table->capacity * sizeof(*table->counts));
		}
		at = &table->counts[table->n++];
		memcpy(at->key, peer->key, sizeof(at->key));
		at->count = 0;
	}
	at->count++;
	return true;
}

void peer_table_remove(struct peer_table *table, const struct peer *peer)
{
	struct peer_count *at = find(table, peer);

	assert(at && at->count > 0);
	if (--at->count == 0)
		*at = table->counts[--table->n];
}

void peer_table_release(struct peer_table *table)
{
	free(table->counts);
	*table = (struct peer_table){ 0 };
}
