/* exchange/record_chunk.h - records that are committed together.
 *
 * A chunk owns the strings of its records.  It is full when it has as many as
 * the store appends at once, or when its records are large.
 * Threads: one at a time. */
#ifndef EXCHANGE_RECORD_CHUNK_H
#define EXCHANGE_RECORD_CHUNK_H

#include "formats/record_reader.h"
#include "store/records.h"

#define CHUNK_BYTES_MAX ((size_t)6 * 1024 * 1024)

struct record_chunk {
	struct arena arena;
	struct append_item *items;       /* APPEND_ITEMS_MAX of them */
	int64_t *operator_keys;
	struct record_place *places;
	size_t count;
};

void record_chunk_init(struct record_chunk *chunk);
void record_chunk_release(struct record_chunk *chunk);
void record_chunk_clear(struct record_chunk *chunk);

bool record_chunk_is_full(const struct record_chunk *chunk);
void record_chunk_add(struct record_chunk *chunk, const struct record *record, int64_t operator_key, int64_t tenant_key,
		      struct record_place place);

/* Appends all of it, operator by operator; each item's outcome is filled.  changing
 * is told of an operator's days before something may change in them, so that no
 * change goes unnoticed by a kill, and of those that turn out only then. */
struct record_chunk_append {
	struct records *records;
	uint64_t batch;
	int64_t received_ms;
	enum status (*changing)(void *context, int64_t operator_key, const int32_t *days, size_t count,
				struct error *err);
	void *context;
};

enum status record_chunk_append(struct record_chunk *chunk, const struct record_chunk_append *how, struct error *err);

#endif
