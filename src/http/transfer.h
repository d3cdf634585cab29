/* http/transfer.h - moves bytes between a connection and its stream, waiting by
 * poll where the stream cannot go on. */
#ifndef HTTP_TRANSFER_H
#define HTTP_TRANSFER_H

#include "http/connection.h"

enum transfer_result { TRANSFER_OK, TRANSFER_END, TRANSFER_TIMEOUT };

/* Reads once into the connection's buffer without waiting. */
enum stream_result transfer_read_now(struct connection *connection);

/* Reads at least a byte; *waited_us grows by the time spent waiting. */
enum transfer_result transfer_read(struct connection *connection, int64_t *waited_us);

/* All of s; false when the peer is gone or takes nothing for idle_seconds. */
bool transfer_write(struct connection *connection, struct str s);

/* Sends close_notify, then takes what the peer still sends, for a bounded time: closing a socket
 * with unread bytes would reset it, and the peer might lose the answer that it was just sent. */
void transfer_linger(struct connection *connection);

/* Tells the pool that this thread may block, or does not any more. */
void transfer_block(struct connection *connection, bool blocked);

#endif
