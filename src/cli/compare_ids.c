#include "cli/compare_ids.h"

#include "base/arena.h"
#include "cli/compare_output.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MARK_EVERY 32
#define IN_MEMORY_MAX ((size_t)4 << 20)
#define LONG 255 /* the length follows in two bytes */

void ids_init(struct ids *ids)
{
	*ids = (struct ids){ .fd = -1 };
	buf_init(&ids->pending, 0);
}

void ids_release(struct ids *ids)
{
	if (ids->fd >= 0) {
		if (ids->text)
			munmap((char *)ids->text, ids->written);
		close(ids->fd);
	}
	buf_release(&ids->pending);
	free(ids->marks);
}

void ids_encode(struct buf *out, struct str id)
{
	if (id.n < LONG) {
		buf_add_char(out, (char)id.n);
	} else {
		buf_add_char(out, (char)LONG);
		buf_add_char(out, (char)(id.n & 0xff));
		buf_add_char(out, (char)(id.n >> 8));
	}
	buf_add_str(out, id);
}

static struct str decode(const char *p, size_t *bytes)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t head = u[0] < LONG ? 1 : 3, n = u[0] < LONG ? u[0] : (size_t)u[1] | (size_t)u[2] << 8;

	*bytes = head + n;
	return str_of(p + head, n);
}

static void write_out(struct ids *ids)
{
	struct str rest = buf_str(&ids->pending);

	if (ids->fd < 0 && ids->failure.status == OK)
		output_temporary(&ids->fd, &ids->failure);
	while (rest.n && ids->failure.status == OK) {
		ssize_t n = write(ids->fd, rest.p, rest.n);

		if (n < 0 && errno != EINTR)
			error_set(&ids->failure, E_IO, NULL, "a temporary file could not be written: %s", strerror(errno));
		if (n > 0)
			rest = str_after(rest, (size_t)n);
	}
	ids->written += ids->pending.n;
	buf_clear(&ids->pending);
}

void ids_append(struct ids *ids, struct str encoded)
{
	uint64_t at = ids->written + ids->pending.n;

	for (size_t bytes, done = 0; done < encoded.n; done += bytes, ids->n++) {
		decode(encoded.p + done, &bytes);
		if (ids->n % MARK_EVERY)
			continue;
		if (ids->n / MARK_EVERY == ids->mark_capacity) {
			ids->mark_capacity = ids->mark_capacity ? 2 * ids->mark_capacity : 256;
			ids->marks = xrealloc(ids->marks, ids->mark_capacity * sizeof(*ids->marks));
		}
		ids->marks[ids->n / MARK_EVERY] = at + done;
	}
	buf_add_str(&ids->pending, encoded);
	if (ids->pending.n >= IN_MEMORY_MAX)
		write_out(ids);
}

enum status ids_finish(struct ids *ids, struct error *err)
{
	void *text;

	if (ids->fd < 0 && ids->failure.status == OK) {
		ids->text = ids->pending.p;
		return OK;
	}
	write_out(ids);
	if (ids->failure.status == OK) {
		text = mmap(NULL, ids->written, PROT_READ, MAP_SHARED, ids->fd, 0);
		if (text != MAP_FAILED)
			ids->text = text;
		else
			error_set(&ids->failure, E_IO, NULL, "a temporary file could not be read: %s", strerror(errno));
	}
	if (ids->failure.status != OK && err)
		*err = ids->failure;
	return ids->failure.status;
}

struct str ids_get(const struct ids *ids, size_t n, struct ids_cursor *cursor)
{
	struct str id;
	size_t bytes;

	if (cursor->next > n || cursor->next / MARK_EVERY != n / MARK_EVERY || n % MARK_EVERY == 0) {
		cursor->next = n / MARK_EVERY * MARK_EVERY;
		cursor->at = ids->marks[n / MARK_EVERY];
	}
	do {
		id = decode(ids->text + cursor->at, &bytes);
		cursor->at += bytes;
	} while (cursor->next++ < n);
	return id;
}
