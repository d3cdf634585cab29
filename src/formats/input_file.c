#include "formats/input_file.h"

#include "base/arena.h"
#include "formats/decompress.h"
#include "formats/text_decode.h"
#include "formats/unzip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_SIZE ((size_t)256 * 1024)
#define SNIFF_BYTES 4
#define ZSTD_WINDOW_LOG 27 /* one's own file may use all that zstd --ultra does */

struct input_file {
	int fd;
	const char *name; /* for messages */
	struct text_decode *text;
	uint64_t read, size;
	bool begun;
	struct decompress *decompress; /* NULL: as it is */
	struct unzip *unzip;
	char piece[PIECE_SIZE];
};

static enum status io_error(const struct input_file *f, const char *verb, struct error *err)
{
	return error_set(err, errno == ENOENT ? E_NOT_FOUND : E_IO, NULL, "%s: could not be %s: %s", f->name, verb,
			 strerror(errno));
}

enum status input_file_open(struct input_file **file, const char *path, input_file_sink *sink, void *context,
			    struct error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct input_file *f = xalloc(sizeof(*f));
	enum status status = OK;
	struct stat st;

	f->name = xstrdup(is_stdin ? "standard input" : path);
	f->text = text_decode_new(sink, context);
	f->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0 || fstat(f->fd, &st) < 0)
		status = io_error(f, "opened", err);
	else if (S_ISDIR(st.st_mode))
		status = error_set(err, E_IO, NULL, "%s: is a directory", f->name);
	else if (S_ISREG(st.st_mode))
		f->size = (uint64_t)st.st_size;
	if (status == OK)
		*file = f;
	else
		input_file_close(f);
	return status;
}

void input_file_close(struct input_file *f)
{
	if (!f)
		return;
	if (f->fd > STDIN_FILENO)
		close(f->fd);
	decompress_free(f->decompress);
	unzip_free(f->unzip);
	text_decode_free(f->text);
	free((char *)f->name);
	free(f);
}

void input_file_progress(const struct input_file *f, uint64_t *read, uint64_t *size)
{
	*read = f->read;
	*size = f->size;
}

/* At least `least` bytes unless the file ends; a pipe may give them one by one. */
static enum status fill(struct input_file *f, size_t least, size_t *n, struct error *err)
{
	*n = 0;
	do {
		ssize_t got = read(f->fd, f->piece + *n, sizeof(f->piece) - *n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return io_error(f, "read", err);
		if (got == 0)
			break;
		*n += (size_t)got;
	} while (*n < least);
	f->read += *n;
	return OK;
}

static enum status take_content(void *context, struct str bytes, struct error *err)
{
	return text_decode_push(context, bytes, err);
}

static enum status begin(struct input_file *f, struct str head, struct error *err)
{
	struct decompress_limits limits = { .zstd_window_log_max = ZSTD_WINDOW_LOG };
	enum coding coding = coding_sniff(head);

	f->begun = true;
	if (unzip_sniff(head))
		f->unzip = unzip_new(&limits, take_content, f->text);
	else if (coding != CODING_IDENTITY)
		return decompress_new(&f->decompress, coding, &limits, take_content, f->text, err);
	return OK;
}

static enum status push(struct input_file *f, struct str bytes, struct error *err)
{
	if (f->unzip)
		return unzip_push(f->unzip, bytes, err);
	if (f->decompress)
		return decompress_push(f->decompress, bytes, err);
	return text_decode_push(f->text, bytes, err);
}

static enum status finish(struct input_file *f, struct error *err)
{
	enum status status = OK, ended;
	struct error fault = { 0 };

	if (f->unzip)
		status = unzip_finish(f->unzip, err);
	else if (f->decompress)
		status = decompress_finish(f->decompress, err);
	ended = text_decode_finish(f->text, &fault); /* hands on what it holds, of a file that was cut off, too */
	if (status == OK && ended != OK)
		status = error_set(err, ended, fault.field, "%s", fault.message);
	return status;
}

enum status input_file_step(struct input_file *f, bool *more, struct error *err)
{
	enum status status;
	struct error fault = { 0 };
	size_t n;

	status = fill(f, f->begun ? 1 : SNIFF_BYTES, &n, err);
	if (status != OK)
		return status;
	*more = n > 0;
	if (!f->begun)
		status = begin(f, str_of(f->piece, n), &fault);
	if (status == OK)
		status = n ? push(f, str_of(f->piece, n), &fault) : finish(f, &fault);
	if (status != OK)
		return error_set(err, status, fault.field, "%s: %s", f->name, fault.message);
	return OK;
}

enum status input_file_read(const char *path, input_file_sink *sink, void *context, struct error *err)
{
	struct input_file *f;
	bool more = true;
	enum status status = input_file_open(&f, path, sink, context, err);

	if (status != OK)
		return status;
	while (status == OK && more)
		status = input_file_step(f, &more, err);
	input_file_close(f);
	return status;
}
