/* http/peer.h - who is at the other end of a connection, and how many
 * connections each holds. */
#ifndef HTTP_PEER_H
#define HTTP_PEER_H

#include "base/str.h"

#include <sys/socket.h>

struct peer {
	unsigned char
		key[16]; /* the IPv4 address, mapped; of IPv6 the network of 64 bits, which one host may own whole */
	char text[46];   /* the address, as people write it */
	bool is_loopback;
};

void peer_of(const struct sockaddr *address, struct peer *peer);

/* Counts connections by peer.  Guarded by its owner. */
struct peer_table {
	struct peer_count *counts;
	size_t n, capacity;
};

/* False, and not counted, when the peer holds max already; loopback is never refused. */
bool peer_table_add(struct peer_table *table, const struct peer *peer, unsigned max);
void peer_table_remove(struct peer_table *table, const struct peer *peer);
void peer_table_release(struct peer_table *table);

#endif
