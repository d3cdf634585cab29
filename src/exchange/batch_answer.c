#include "exchange/batch_answer.h"

#include "formats/json.h"

/* An id that could be read but is no id may be of any length. */
#define SHOWN_ID_BYTES_MAX ((size_t)4 * RECORD_ID_MAX)

static void faults_init(struct batch_faults *faults)
{
	*faults = (struct batch_faults){ .count = 0 };
	arena_init(&faults->arena);
}

void batch_answer_init(struct batch_answer *answer)
{
	*answer = (struct batch_answer){ .accepted = 0 };
	faults_init(&answer->rejected);
	faults_init(&answer->conflicts);
}

void batch_answer_release(struct batch_answer *answer)
{
	arena_release(&answer->rejected.arena);
	arena_release(&answer->conflicts.arena);
}

void batch_faults_note(struct batch_faults *faults, struct record_place place, struct str record_id,
		       const struct error *error)
{
	faults->total++;
	if (faults->count == BATCH_ERRORS_MAX)
		return;
	if (!faults->list)
		faults->list = ARENA_ARRAY(&faults->arena, struct batch_fault, BATCH_ERRORS_MAX);
	faults->list[faults->count++] = (struct batch_fault){
		.place = place,
		.record_id = record_id.n > SHOWN_ID_BYTES_MAX ? STR_NONE : arena_str(&faults->arena, record_id),
		.status = error->status,
		.field = arena_str(&faults->arena, str_from(error->field)),
		.message = arena_str(&faults->arena, str_from(error->message)),
	};
}

int64_t batch_answer_received(const struct batch_answer *a)
{
	return a->accepted + a->duplicates + a->conflicts.total + a->rejected.total;
}

static bool stands_before(const struct batch_fault *a, const struct batch_fault *b)
{
	if (a->place.index >= 0)
		return a->place.index < b->place.index;
	return a->place.line < b->place.line;
}

static void write_fault(struct json_writer *w, const struct batch_fault *f)
{
	json_object_begin(w);
	if (f->place.index >= 0)
		json_member_i64(w, "index", f->place.index);
	else
		json_member_i64(w, "line", (int64_t)f->place.line);
	json_member_str(w, "recordId", f->record_id);
	json_member_str(w, "field", f->field.n ? f->field : STR_NONE);
	json_member_z(w, "code", status_wire(f->status));
	json_member_str(w, "message", f->message);
	json_object_end(w);
}

static void write_faults(struct json_writer *w, const struct batch_answer *a)
{
	size_t r = 0, c = 0;

	json_key(w, "errors");
	json_array_begin(w);
	while (r + c < BATCH_ERRORS_MAX && (r < a->rejected.count || c < a->conflicts.count)) {
		if (c == a->conflicts.count ||
		    (r < a->rejected.count && stands_before(&a->rejected.list[r], &a->conflicts.list[c])))
			write_fault(w, &a->rejected.list[r++]);
		else
			write_fault(w, &a->conflicts.list[c++]);
	}
	json_array_end(w);
}

void batch_answer_write(const struct batch_answer *a, const char *batch_id, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_object_begin(&w);
	json_member_z(&w, "id", batch_id);
	json_member_i64(&w, "received", batch_answer_received(a));
	json_member_i64(&w, "accepted", a->accepted);
	json_member_i64(&w, "duplicates", a->duplicates);
	json_member_i64(&w, "conflicts", a->conflicts.total);
	json_member_i64(&w, "rejected", a->rejected.total);
	json_member_i64(&w, "unknownFields", a->unknown_fields);
	json_key(&w, "unknownFieldNames");
	json_array_begin(&w);
	for (size_t i = 0; i < a->unknown_name_count; i++)
		json_str(&w, a->unknown_names[i]);
	json_array_end(&w);
	write_faults(&w, a);
	json_member_bool(&w, "errorsTruncated", a->rejected.total + a->conflicts.total > BATCH_ERRORS_MAX);
	json_object_end(&w);
}
