#include "base/log.h"

#include "base/buf.h"
#include "base/instant.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#define LOG_LINE_MAX ((size_t)4096)

static _Atomic(int) least_level = LOG_INFO;
static const char *const level_names[] = { "debug", "info", "warning", "error" };

void log_set_level(enum log_level least)
{
	atomic_store(&least_level, (int)least);
}

bool log_level_parse(struct str name, enum log_level *level)
{
	for (int i = LOG_DEBUG; i <= LOG_ERROR; i++) {
		if (str_is(name, level_names[i])) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

static void add_quoted(struct buf *line, struct str s)
{
	buf_add_char(line, '"');
	while (s.n) {
		unsigned char c = (unsigned char)s.p[0];
		size_t len = utf8_sequence(s);

		if (c == '"' || c == '\\')
			buf_printf(line, "\\%c", c);
		else if (len == 0 || c < 0x20 || c == 0x7f)
			buf_printf(line, "\\u%04x", c);
		else
			buf_add(line, s.p, len);
		s = str_after(s, len ? len : 1);
	}
	buf_add_char(line, '"');
}

/* A field that does not fit is left out as a whole, so that the line stays JSON. */
static void add_field(struct buf *line, const struct log_field *f)
{
	size_t before = line->n;

	buf_printf(line, ",\"%s\":", f->name);
	if (f->kind == LOG_FIELD_I64)
		buf_add_i64(line, f->number);
	else
		add_quoted(line, f->text);
	if (line->overflow) {
		line->n = before;
		line->overflow = false;
	}
}

void log_event(enum log_level level, const char *event, ...)
{
	char now[INSTANT_TEXT_SIZE];
	struct buf line;
	va_list ap;

	if ((int)level < atomic_load(&least_level))
		return;
	buf_init(&line, LOG_LINE_MAX);
	buf_add_str(&line, STR("{\"time\":\""));
	buf_add_str(&line, instant_text(clock_now_ms(), now));
	buf_printf(&line, "\",\"level\":\"%s\",\"event\":", level_names[level]);
	add_quoted(&line, str_from(event));
	va_start(ap, event);
	for (;;) {
		struct log_field f = va_arg(ap, struct log_field);

		if (!f.name)
			break;
		add_field(&line, &f);
	}
	va_end(ap);
	line.max = 0;
	buf_add_str(&line, STR("}\n"));
	ssize_t ignored = write(STDERR_FILENO, line.p, line.n);

	(void)ignored; /* nowhere left to report it */
	buf_release(&line);
}
