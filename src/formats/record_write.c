#include "formats/csv.h"
#include "formats/json.h"
#include "formats/record_private.h"

static void write_json_value(struct json_writer *w, const struct field *f, const void *p)
{
	switch (f->type) {
	case FIELD_TEXT:
		json_str(w, *(const struct str *)p);
		break;
	case FIELD_STREAMS:
		json_raw(w, *(const struct str *)p);
		break;
	case FIELD_WHOLE:
		json_i64(w, *(const int64_t *)p);
		break;
	case FIELD_CODE:
		json_i64(w, *(const int *)p);
		break;
	case FIELD_INSTANT:
		json_instant(w, *(const int64_t *)p);
		break;
	case FIELD_SECONDS:
		json_duration(w, *(const int64_t *)p);
		break;
	case FIELD_NUMBER:
		json_number(w, *(const number_t *)p);
		break;
	case FIELD_WORD:
		json_str(w, f->words[*(const int *)p]);
		break;
	}
}

void record_write_json(struct buf *out, const struct record *r)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_object_begin(&w);
	for (int i = 0; i < FIELD_COUNT; i++) {
		const struct field *f = &record_fields[i];
		bool always = i == FIELD_VERSION; /* 1 when absent, and readers want to see it */

		if (!f->name[r->kind].p || !(always || record_field_present(r, (enum record_field)i)))
			continue;
		json_key(&w, f->name[r->kind].p);
		write_json_value(&w, f, field_of(r, f));
	}
	json_object_end(&w);
}

/* --- CSV ------------------------------------------------------------------------ */

static bool in_csv(const struct field *f, enum record_kind kind)
{
	return f->name[kind].p && f->type != FIELD_STREAMS;
}

void record_write_csv_header(struct buf *out, enum record_kind kind)
{
	bool first = true;

	for (int i = 0; i < FIELD_COUNT; i++) {
		if (!in_csv(&record_fields[i], kind))
			continue;
		if (!first)
			buf_add_char(out, ',');
		first = false;
		buf_add_str(out, record_fields[i].name[kind]);
	}
}

static void write_csv_value(struct buf *out, const struct field *f, const void *p)
{
	switch (f->type) {
	case FIELD_TEXT:
		csv_write_cell(out, *(const struct str *)p);
		break;
	case FIELD_WHOLE:
		buf_add_i64(out, *(const int64_t *)p);
		break;
	case FIELD_CODE:
		buf_add_i64(out, *(const int *)p);
		break;
	case FIELD_INSTANT:
		instant_add(out, *(const int64_t *)p);
		break;
	case FIELD_SECONDS:
		duration_add(out, *(const int64_t *)p);
		break;
	case FIELD_NUMBER:
		number_add(out, *(const number_t *)p);
		break;
	case FIELD_WORD:
		buf_add_str(out, f->words[*(const int *)p]);
		break;
	case FIELD_STREAMS:
		break;
	}
}

void record_write_csv(struct buf *out, const struct record *r)
{
	bool first = true;

	for (int i = 0; i < FIELD_COUNT; i++) {
		const struct field *f = &record_fields[i];

		if (!in_csv(f, r->kind))
			continue;
		if (!first)
			buf_add_char(out, ',');
		first = false;
		if (i == FIELD_VERSION || record_field_present(r, (enum record_field)i))
			write_csv_value(out, f, field_of(r, f));
	}
}
