#include "cli/compare_output.h"

#include "base/arena.h"
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 8
#define WRITE_BYTES ((size_t)256 * 1024)

struct output_file {
	const char *name;
	int fd;
	struct buf pending;
	int failed; /* errno of the first failure */
};

/* What a signal handler removes: plain memory, set before it counts. */
static struct {
	char final[PATH_MAX]; /* without a slash at the end */
	char temporary[2 * PATH_MAX + 64];
	char paths[FILES_MAX][3 * PATH_MAX];
	const char *names[FILES_MAX];
	volatile sig_atomic_t count;
	volatile sig_atomic_t active;
	bool is_new; /* DIR was not there */
} output;

static void remove_all(void)
{
	if (!output.active)
		return;
	for (int i = 0; i < output.count; i++)
		unlink(output.paths[i]);
	rmdir(output.temporary);
	output.active = 0;
}

static void on_signal(int number)
{
	remove_all();
	signal(number, SIG_DFL);
	raise(number);
}

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGABRT };

#define ENDING_COUNT (sizeof(ending) / sizeof(ending[0]))

static sigset_t ending_set(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ENDING_COUNT; i++)
		sigaddset(&set, ending[i]);
	return set;
}

static void handle_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_mask = ending_set() };

	for (size_t i = 0; i < ENDING_COUNT; i++) {
		struct sigaction before;

		/* nohup asked for some to be ignored */
		if (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(ending[i], &action, NULL);
	}
}

static enum status failure(const char *path, int number, struct error *err)
{
	return error_set(err, E_IO, NULL, "%s could not be written: %s", path, strerror(number));
}

enum status output_begin(const char *path, struct error *err)
{
	struct stat st;
	size_t n = strlen(path);
	const char *slash;

	while (n > 1 && path[n - 1] == '/')
		n--;
	if (n == 0 || n >= sizeof(output.final))
		return error_set(err, E_INVALID, NULL, "the path of the output directory is %s",
				 n ? "too long" : "empty");
	memset(&output, 0, sizeof(output));
	memcpy(output.final, path, n);
	output.is_new = stat(output.final, &st) < 0;
	if (!output.is_new && !S_ISDIR(st.st_mode))
		return error_set(err, E_IO, NULL, "%s is there and is no directory", output.final);
	slash = strrchr(output.final, '/');
	if (output.is_new)
		snprintf(output.temporary, sizeof(output.temporary), "%.*s.%s.XXXXXX",
			 slash ? (int)(slash - output.final) + 1 : 0, output.final, slash ? slash + 1 : output.final);
	else
		snprintf(output.temporary, sizeof(output.temporary), "%s/.tally.XXXXXX", output.final);
	output.active = 1; /* before it is there: a signal may come as soon as it is */
	handle_signals();
	if (mkdtemp(output.temporary) && chmod(output.temporary, 0755) == 0)
		return OK;
	error_set(err, E_IO, NULL, "%s could not be made: %s", output.final, strerror(errno));
	remove_all();
	return E_IO;
}

enum status output_file_open(struct output_file **file, const char *name, struct error *err)
{
	struct output_file *f;
	int at = output.count, fd;

	if (at == FILES_MAX)
		return error_set(err, E_TOO_LARGE, NULL, "more than %d files in one output directory", FILES_MAX);
	snprintf(output.paths[at], sizeof(output.paths[at]), "%s/%s", output.temporary, name);
	output.names[at] = name;
	output.count = at + 1;
	fd = open(output.paths[at], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return failure(name, errno, err);
	f = xalloc(sizeof(*f));
	f->name = name;
	f->fd = fd;
	buf_init(&f->pending, 0);
	*file = f;
	return OK;
}

enum status output_temporary(int *fd, struct error *err)
{
	char path[sizeof(output.temporary) + 8];
	sigset_t ends = ending_set(), before;

	*fd = open(output.temporary, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*fd < 0) {
		/* Not all file systems have such: a signal must not find the name. */
		snprintf(path, sizeof(path), "%s/XXXXXX", output.temporary);
		pthread_sigmask(SIG_BLOCK, &ends, &before);
		*fd = mkostemp(path, O_CLOEXEC);
		if (*fd >= 0)
			unlink(path);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	return *fd < 0 ? failure("a temporary file", errno, err) : OK;
}

static void write_out(struct output_file *f, struct str bytes)
{
	while (!f->failed && bytes.n) {
		ssize_t n = write(f->fd, bytes.p, bytes.n);

		if (n < 0 && errno != EINTR)
			f->failed = errno;
		else if (n > 0)
			bytes = str_after(bytes, (size_t)n);
	}
}

void output_file_add(struct output_file *f, struct str bytes)
{
	if (f->pending.n + bytes.n < WRITE_BYTES) {
		buf_add_str(&f->pending, bytes);
		return;
	}
	write_out(f, buf_str(&f->pending));
	buf_clear(&f->pending);
	write_out(f, bytes);
}

enum status output_file_close(struct output_file *f, struct error *err)
{
	enum status status = OK;

	write_out(f, buf_str(&f->pending));
	if (close(f->fd) < 0 && !f->failed)
		f->failed = errno;
	if (f->failed)
		status = failure(f->name, f->failed, err);
	buf_release(&f->pending);
	free(f);
	return status;
}

/* The last file tells that the others are whole: an old one goes before they change. */
static enum status move_into(struct error *err)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", output.final, output.names[output.count - 1]);
	if (unlink(path) < 0 && errno != ENOENT)
		return failure(path, errno, err);
	for (int i = 0; i < output.count; i++) {
		snprintf(path, sizeof(path), "%s/%s", output.final, output.names[i]);
		if (rename(output.paths[i], path) < 0)
			return failure(path, errno, err);
	}
	rmdir(output.temporary);
	output.active = 0;
	return OK;
}

static enum status move_all(struct error *err)
{
	if (!output.is_new)
		return move_into(err);
	if (rename(output.temporary, output.final) < 0)
		return failure(output.final, errno, err);
	output.active = 0;
	return OK;
}

/* A signal waits until all names are final. */
enum status output_commit(struct error *err)
{
	sigset_t ends = ending_set(), before;
	enum status status;

	pthread_sigmask(SIG_BLOCK, &ends, &before);
	status = move_all(err);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status;
}

void output_abandon(void)
{
	remove_all();
}
