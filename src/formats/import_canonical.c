#include "base/arena.h"
#include "formats/import.h"

#include <stdlib.h>

struct canonical {
	struct import_reader base;
	struct record_reader *reader;
	struct zone *zone; /* of times without offset; NULL, and in forks */
};

static enum status push(struct import_reader *base, struct str bytes, struct error *err)
{
	return record_reader_push(((struct canonical *)base)->reader, bytes, err);
}

static enum status finish(struct import_reader *base, struct error *err)
{
	return record_reader_finish(((struct canonical *)base)->reader, err);
}

static struct record_reader_counts counts(const struct import_reader *base)
{
	return record_reader_counts(((const struct canonical *)base)->reader);
}

static void release(struct import_reader *base)
{
	struct canonical *c = (struct canonical *)base;

	record_reader_free(c->reader);
	zone_free(c->zone);
	free(c);
}

static uint64_t lines(const struct import_reader *base)
{
	return record_reader_lines(((const struct canonical *)base)->reader);
}

static enum record_cut cut(const struct import_reader *base)
{
	return record_reader_cut(((const struct canonical *)base)->reader);
}

static struct import_reader *fork_reader(const struct import_reader *base, const struct record_sink *sink);

static const struct import_reader_type canonical_type = {
	.push = push, .finish = finish, .counts = counts, .free = release, .cut = cut, .fork = fork_reader, .lines = lines,
};

static struct import_reader *fork_reader(const struct import_reader *base, const struct record_sink *sink)
{
	struct record_reader *part = record_reader_fork(((const struct canonical *)base)->reader, sink);
	struct canonical *c;

	if (!part)
		return NULL;
	c = xalloc(sizeof(*c));
	c->base.type = &canonical_type;
	c->reader = part;
	return &c->base;
}

static enum status begin(struct import_reader **reader, const struct import_options *options,
			 const struct record_sink *sink, struct error *err)
{
	struct record_reader_limits limits = RECORD_READER_LIMITS_DEFAULT;
	struct canonical *c = xalloc(sizeof(*c));
	enum status status = options->zone.n ? zone_open(&c->zone, options->zone, err) : OK;

	if (options->record_bytes_max)
		limits.record_bytes_max = options->record_bytes_max;
	c->base.type = &canonical_type;
	if (status == OK)
		status = record_reader_new(&c->reader, options->kind, RECORD_FORMAT_AUTO, RECORD_LENIENT, &limits, sink, err);
	if (status != OK) {
		release(&c->base);
		return status;
	}
	record_reader_set_zone(c->reader, c->zone);
	*reader = &c->base;
	return OK;
}

/* Both kinds of record name their parties alike, in a CSV header and in JSON. */
static bool recognise(struct str head)
{
	return text_holds_name(head, STR("callerNumber")) && text_holds_name(head, STR("calleeNumber"));
}

const struct import_format import_canonical = {
	.name = "canonical",
	.summary = "Tallystick's own records, as CSV, NDJSON or a JSON array",
	.recognise = recognise,
	.begin = begin,
};
