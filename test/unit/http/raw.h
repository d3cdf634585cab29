/* A TLS client that sends what a test writes, byte for byte, and reads answers
 * strictly.  Every failure fails the test; a watchdog of 30 s ends every wait. */
#ifndef TEST_HTTP_RAW_H
#define TEST_HTTP_RAW_H

#include "base/buf.h"

#include <gnutls/gnutls.h>

struct raw {
	int fd;
	gnutls_session_t session;
	gnutls_certificate_credentials_t trust;
	struct buf in; /* received, not yet taken */
};

struct raw_answer {
	int status;
	struct buf head; /* status line and fields */
	struct buf body;
};

/* Without priority: NORMAL.  False when the handshake fails or the peer closes within it. */
bool raw_try_open(struct raw *raw, uint16_t port, const char *priority);
void raw_open(struct raw *raw, uint16_t port);
void raw_close(struct raw *raw);      /* with close_notify */
void raw_break(struct raw *raw);      /* closes the socket without a word */
void raw_half_close(struct raw *raw); /* close_notify and FIN; answers can still be read */

void raw_send(struct raw *raw, struct str bytes);
#define raw_send_z(raw, z) raw_send((raw), str_from(z))
/* The same, while the peer may have closed. */
bool raw_try_send(struct raw *raw, struct str bytes);

/* One answer; is_head: to a HEAD request.  Interim answers (1xx) come like others. */
void raw_receive(struct raw *raw, bool is_head, struct raw_answer *answer);
/* The next answer's status, its body forgotten. */
int raw_status(struct raw *raw);
void raw_answer_release(struct raw_answer *answer);

/* The value of a field of an answer, none when absent; fails when it stands twice. */
struct str raw_field(const struct raw_answer *answer, const char *name);

/* Whether the peer closes, and all that it still answered, even if not whole, are refusals (4xx, 5xx). */
bool raw_is_refused(struct raw *raw);

/* Whether the peer closes without sending anything more. */
bool raw_is_closed(struct raw *raw);

#endif
