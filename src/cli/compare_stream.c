#include "cli/compare_stream.h"

#include "formats/input_file.h"

#define HEAD_BYTES ((size_t)4096)

static enum status begin(struct compare_stream *s, struct error *err)
{
	enum status status;

	if (!s->format)
		s->format = import_format_recognise(buf_str(&s->head));
	if (!s->format)
		s->format = s->otherwise;
	if (!s->format)
		return error_set(err, E_INVALID, NULL, "the format is not recognised; name it with --format");
	/* Only the platform's records have an invite. */
	if (s->finds_kind)
		s->options.kind = s->format->is_the_platforms || text_holds_name(buf_str(&s->head), STR("inviteDateTime"))
					  ? RECORD_CALL
					  : RECORD_DURATION;
	status = import_begin(s->format, &s->reader, &s->options, &s->sink, err);
	if (status == OK)
		status = import_push(s->reader, buf_str(&s->head), err);
	buf_clear(&s->head);
	return status;
}

enum status compare_stream_push(struct compare_stream *s, struct str bytes, struct error *err)
{
	if (s->reader)
		return import_push(s->reader, bytes, err);
	buf_add_str(&s->head, bytes);
	return s->head.n >= HEAD_BYTES ? begin(s, err) : OK;
}

enum status compare_stream_finish(struct compare_stream *s, struct error *err)
{
	enum status status = s->reader ? OK : begin(s, err);

	return status == OK ? import_finish(s->reader, err) : status;
}

void compare_stream_release(struct compare_stream *s)
{
	if (s->reader)
		s->counts = import_counts(s->reader);
	import_free(s->reader);
	s->reader = NULL;
	buf_release(&s->head);
}

static enum status push_stream(void *context, struct str bytes, struct error *err)
{
	return compare_stream_push(context, bytes, err);
}

enum status compare_stream_read(struct compare_stream *s, const char *path, struct error *err)
{
	enum status status;

	buf_init(&s->head, 0);
	status = input_file_read(path, push_stream, s, err);
	if (status == OK)
		status = compare_stream_finish(s, err);
	compare_stream_release(s);
	return status;
}
