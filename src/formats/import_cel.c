/* Asterisk's channel event log: the events of a call make one record, with microseconds that its call detail records do
 * not have.  Calls that are under way are kept until they end, at most CALLS_MAX. */
#include "base/hash.h"
#include "formats/import_table.h"

#include <stdlib.h>

enum value {
	EVENT,
	TIME,
	CALLER,
	EXTENSION,
	CHANNEL,
	UNIQUE_ID,
	LINKED_ID,
	EXTRA,
	OTHER,
};

static const struct import_name names[] = {
	{ "eventtype", EVENT },    { "eventtime", TIME },   { "cid_num", CALLER },   { "cidnum", CALLER },
	{ "exten", EXTENSION },    { "channame", CHANNEL }, { "channel", CHANNEL },  { "uniqueid", UNIQUE_ID },
	{ "linkedid", LINKED_ID }, { "extra", EXTRA },      { "eventextra", EXTRA }, { NULL, 0 },
};

/* The mapping of cel_custom.conf as it is delivered. */
static const unsigned delivered[] = {
	EVENT, TIME,  OTHER, CALLER, OTHER,     OTHER,     OTHER, EXTENSION, OTHER, CHANNEL,
	OTHER, OTHER, OTHER, OTHER,  UNIQUE_ID, LINKED_ID, OTHER, OTHER,     OTHER, EXTRA,
};

#define DELIVERED (sizeof(delivered) / sizeof(delivered[0]))
#define CALLS_MAX 65536
#define BUCKETS 65536
#define TEXT_MAX 80

struct text {
	char p[TEXT_MAX];
	size_t n;
};

struct call {
	struct call *next;            /* in its bucket */
	struct call *older, *younger; /* by when they began */
	uint64_t hash;
	uint64_t line; /* of its first event */
	struct text linked_id, caller, callee, channel, answered_id;
	int64_t start_ms, own_answer_ms, answer_ms, end_ms; /* answer_ms: of a channel that was called */
	unsigned channels;                                  /* that are there */
	int q850;
	enum released_by released_by;
};

struct cel {
	struct import_source source;
	struct import_table table;
	struct call *buckets[BUCKETS];
	struct call *oldest, *youngest;
	size_t calls;
};

static void keep(struct text *text, struct str s)
{
	text->n = s.n < TEXT_MAX ? s.n : 0; /* what is longer is no number and no id of ours */
	memcpy(text->p, s.p, text->n);
}

static struct str str_of_text(const struct text *text)
{
	return str_of(text->p, text->n);
}

/* --- calls that are under way -------------------------------------------------------------------- */

static struct call **find(struct cel *c, struct str linked_id, uint64_t hash)
{
	struct call **at = &c->buckets[hash % BUCKETS];

	while (*at && !((*at)->hash == hash && str_equal(str_of_text(&(*at)->linked_id), linked_id)))
		at = &(*at)->next;
	return at;
}

static void forget(struct cel *c, struct call *call)
{
	*find(c, str_of_text(&call->linked_id), call->hash) = call->next;
	*(call->older ? &call->older->younger : &c->oldest) = call->younger;
	*(call->younger ? &call->younger->older : &c->youngest) = call->older;
	c->calls--;
	free(call);
}

static struct call *begin_call(struct cel *c, struct str linked_id, uint64_t hash)
{
	struct call *call = xalloc(sizeof(*call));

	keep(&call->linked_id, linked_id);
	call->hash = hash;
	call->line = c->source.place.line;
	call->start_ms = call->own_answer_ms = call->answer_ms = call->end_ms = INSTANT_NONE;
	call->q850 = CODE_NONE;
	call->older = c->youngest;
	*(c->youngest ? &c->youngest->younger : &c->oldest) = call;
	c->youngest = call;
	call->next = c->buckets[hash % BUCKETS];
	c->buckets[hash % BUCKETS] = call;
	c->calls++;
	return call;
}

/* --- events ---------------------------------------------------------------------------------------- */

/* Of {"hangupcause":16,"hangupsource":"PJSIP/x-1",...}. */
static struct str member_of(struct str json, struct str name)
{
	size_t at = str_find(json, name);
	struct str rest = str_after(json, at < json.n ? at + name.n : at);
	bool quoted = rest.n && rest.p[0] == '"';

	if (quoted)
		rest = str_after(rest, 1);
	for (size_t i = 0; i < rest.n; i++)
		if (quoted ? rest.p[i] == '"' : rest.p[i] == ',' || rest.p[i] == '}')
			return str_of(rest.p, i);
	return STR_NONE;
}

static bool is_own_channel(const struct call *call, const struct str *values)
{
	return str_equal(values[UNIQUE_ID], str_of_text(&call->linked_id));
}

/* A call ends when its first channel does, or the one that answered; others may have rung in vain. */
static void take_hangup(struct call *call, const struct str *values, int64_t ms)
{
	struct str source = member_of(values[EXTRA], STR("\"hangupsource\":"));
	uint64_t cause;

	if (call->end_ms != INSTANT_NONE ||
	    (!is_own_channel(call, values) && !str_equal(values[UNIQUE_ID], str_of_text(&call->answered_id))))
		return;
	call->end_ms = ms;
	if (str_to_u64(member_of(values[EXTRA], STR("\"hangupcause\":")), 127, &cause) && cause)
		call->q850 = (int)cause;
	if (source.n)
		call->released_by =
			str_equal(source, str_of_text(&call->channel)) ? RELEASED_BY_CALLER : RELEASED_BY_CALLEE;
}

static bool is_extension(struct str exten)
{
	return exten.n && !str_is(exten, "s") && !str_is(exten, "h") && !str_is(exten, "i") && !str_is(exten, "t");
}

static void take_parties(struct call *call, const struct str *values)
{
	if (!is_own_channel(call, values))
		return;
	if (call->caller.n == 0)
		keep(&call->caller, values[CALLER]);
	if (call->callee.n == 0 && is_extension(values[EXTENSION]))
		keep(&call->callee, values[EXTENSION]);
	if (call->channel.n == 0)
		keep(&call->channel, values[CHANNEL]);
}

/* Whether it was the call's last event. */
static bool take_event(struct call *call, const struct str *values, int64_t ms)
{
	struct str event = values[EVENT];

	take_parties(call, values);
	if (str_is(event, "CHAN_START")) {
		call->channels++;
		if (is_own_channel(call, values))
			call->start_ms = ms;
	} else if (str_is(event, "ANSWER") && is_own_channel(call, values) && call->own_answer_ms == INSTANT_NONE) {
		call->own_answer_ms = ms;
	} else if (str_is(event, "ANSWER") && !is_own_channel(call, values) && call->answer_ms == INSTANT_NONE) {
		call->answer_ms = ms;
		keep(&call->answered_id, values[UNIQUE_ID]);
	} else if (str_is(event, "HANGUP")) {
		take_hangup(call, values, ms);
	} else if (str_is(event, "CHAN_END") && call->channels) {
		call->channels--;
		return call->channels == 0 && call->end_ms != INSTANT_NONE;
	}
	return str_is(event, "LINKEDID_END");
}

/* A call that somebody was called for has been answered when he was; else when Asterisk itself did. */
static void fill_record(struct cel *c, const struct call *call)
{
	struct import_source *s = &c->source;
	struct record *r = &s->record;

	source_begin_record(s);
	source_set(s, FIELD_ID, arena_str(&s->texts, str_of_text(&call->linked_id)));
	source_set(s, FIELD_CALLER, str_of_text(&call->caller));
	source_set(s, FIELD_CALLEE, str_of_text(&call->callee));
	r->start_ms = call->start_ms;
	r->answer_ms = call->answer_ms != INSTANT_NONE ? call->answer_ms : call->own_answer_ms;
	r->end_ms = call->end_ms;
	r->duration_ms = 0;
	if (r->answer_ms != INSTANT_NONE)
		r->duration_ms = source_between(s, r->answer_ms, r->end_ms);
	r->q850_cause = call->q850;
	if (r->answer_ms != INSTANT_NONE)
		r->released_by = call->released_by;
	if (call->end_ms == INSTANT_NONE)
		source_fault(s, E_MISSING_FIELD, "endDateTime",
			     "the call does not end here: no HANGUP follows its first event");
}

static enum status hand_out(struct cel *c, struct call *call, struct error *err)
{
	struct record_place place = { call->line, -1, 1 };

	fill_record(c, call);
	forget(c, call);
	return source_end_record(&c->source, place, err);
}

/* True when the event ends a call, which is then the record at hand. */
static bool read_values(struct import_source *s, const struct str *values)
{
	struct cel *c = (struct cel *)s;
	struct str id = values[LINKED_ID];
	uint64_t hash = hash64(id);
	struct call *call;
	int64_t ms = source_time(s, FIELD_START, values[TIME]);

	if (s->status != OK || id.n == 0 || id.n >= TEXT_MAX) {
		source_fault(s, E_MISSING_FIELD, "id", "the event has no linkedid");
		return true;
	}
	call = *find(c, id, hash);
	if (!call && str_is(values[EVENT], "LINKEDID_END"))
		return false; /* of a call that was handed out, or began in another file */
	if (!call)
		call = begin_call(c, id, hash);
	if (!take_event(call, values, ms)) {
		if (c->calls <= CALLS_MAX)
			return false;
		call = c->oldest;
	}
	s->place.line = call->line;
	fill_record(c, call);
	forget(c, call);
	return true;
}

/* --- the table -------------------------------------------------------------------------------------- */

static const unsigned *layout_of(const struct csv_row *row)
{
	static const char *const events[] = { "CHAN_START",    "CHAN_END",
					      "ANSWER",        "HANGUP",
					      "APP_START",     "APP_END",
					      "PARK_START",    "PARK_END",
					      "BRIDGE_ENTER",  "BRIDGE_EXIT",
					      "BLINDTRANSFER", "ATTENDEDTRANSFER",
					      "PICKUP",        "FORWARD",
					      "LINKEDID_END",  "LOCAL_OPTIMIZE",
					      "USER_DEFINED",  "BRIDGE_START",
					      "BRIDGE_END",    "CONF_START",
					      "CONF_END",      "LOCAL_OPTIMIZE_BEGIN",
					      "STREAM_BEGIN",  "STREAM_END",
					      "DTMF",          NULL };

	if (row->count < LINKED_ID + 1 || row->count > DELIVERED)
		return NULL;
	for (int i = 0; events[i] && row->count >= 16; i++)
		if (str_is(row->cells[0], events[i]))
			return delivered;
	return NULL;
}

static const struct import_table_type cel_type = {
	.what = "Asterisk's channel event log",
	.names = names,
	.needed = (const struct import_need[]){ { EVENT, "eventtype" },
						{ TIME, "eventtime" },
						{ CALLER, "cid_num" },
						{ EXTENSION, "exten" },
						{ UNIQUE_ID, "uniqueid" },
						{ LINKED_ID, "linkedid" },
						{ IMPORT_NO_VALUE, NULL } },
	.layout = layout_of,
	.layouts = "16 to 20, an event first (CHAN_START, ANSWER, HANGUP, ...)",
	.read = read_values,
};

static enum status push(struct import_reader *base, struct str bytes, struct error *err)
{
	return import_table_push(&((struct cel *)base)->table, bytes, err);
}

/* Calls whose channels are not told to end are over where they were hung up. */
static enum status finish(struct import_reader *base, struct error *err)
{
	struct cel *c = (struct cel *)base;
	enum status status = import_table_finish(&c->table, err);

	while (status == OK && c->oldest)
		status = hand_out(c, c->oldest, err);
	return status;
}

static struct record_reader_counts counts(const struct import_reader *base)
{
	return import_table_counts(&((const struct cel *)base)->table);
}

static void release(struct import_reader *base)
{
	struct cel *c = (struct cel *)base;

	while (c->oldest)
		forget(c, c->oldest);
	import_table_release(&c->table);
	source_free(&c->source);
}

static const struct import_reader_type cel_reader_type = {
	.push = push, .finish = finish, .counts = counts, .free = release
};

static enum status begin(struct import_reader **reader, const struct import_options *options,
			 const struct record_sink *sink, struct error *err)
{
	struct cel *c = source_new(sizeof(*c), &cel_reader_type, options, sink, err);

	if (!c)
		return E_NOT_FOUND;
	import_table_init(&c->table, &c->source, &cel_type);
	*reader = &c->source.base;
	return OK;
}

static bool recognise(struct str head)
{
	return import_table_recognise(&cel_type, head);
}

const struct import_format import_asterisk_cel = {
	.name = "asterisk-cel",
	.summary = "Asterisk's channel event log: cel_custom's Master.csv, or its table cel as CSV",
	.recognise = recognise,
	.begin = begin,
};
