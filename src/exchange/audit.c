#include "exchange/audit.h"

#include "base/encoding.h"
#include "base/hash.h"
#include "base/instant.h"
#include "formats/json.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define AUDIT_LINE_MAX ((size_t)4096)

struct audit {
	int directory;                  /* descriptor */
	unsigned char pseudonym_key[SHA256_SIZE];
	const char *policy_hash;
	pthread_mutex_t lock;
	pthread_cond_t stop_changed;
	int file;                       /* of file_day; -1: none */
	int32_t file_day;
	bool unsynced;
	bool stopping;
	enum status broken;             /* a failed write or fsync is final */
	pthread_t syncer;
};

static void day_file_name(int32_t day, char name[64])
{
	char text[INSTANT_TEXT_SIZE];

	day_text(day, text);
	snprintf(name, 64, "%s.ndjson", text);
}

static enum status io_status(int number)
{
	return number == ENOSPC || number == EDQUOT ? E_FULL : E_IO;
}

/* Once a second what was written reaches the disk; the lock is not held meanwhile. */
static void *sync_loop(void *context)
{
	struct audit *audit = context;

	pthread_mutex_lock(&audit->lock);
	while (!audit->stopping) {
		struct timespec until;
		int fd = -1;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		pthread_cond_timedwait(&audit->stop_changed, &audit->lock, &until);
		if (audit->unsynced && audit->file >= 0)
			fd = fcntl(audit->file, F_DUPFD_CLOEXEC, 0);
		if (fd < 0)
			continue; /* nothing to do, or no descriptor left: again in a second */
		audit->unsynced = false;
		pthread_mutex_unlock(&audit->lock);
		int failed = fdatasync(fd) != 0 ? errno : 0;

		close(fd);
		pthread_mutex_lock(&audit->lock);
		if (failed)
			audit->broken = io_status(failed);
	}
	pthread_mutex_unlock(&audit->lock);
	return NULL;
}

enum status audit_open(struct audit **audit, const char *directory, struct str pseudonym_key, const char *policy_hash,
		       struct error *err)
{
	struct audit *a;
	int fd;

	if (mkdir(directory, 0700) != 0 && errno != EEXIST)
		return error_set(err, io_status(errno), NULL, "%s: could not be made: %s", directory, strerror(errno));
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, E_IO, NULL, "%s: could not be opened: %s", directory, strerror(errno));
	a = xalloc(sizeof(*a));
	a->directory = fd;
	a->file = -1;
	a->policy_hash = policy_hash;
	sha256(pseudonym_key, a->pseudonym_key);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->stop_changed, NULL);
	if (pthread_create(&a->syncer, NULL, sync_loop, a) != 0) {
		close(fd);
		free(a);
		return error_set(err, E_INTERNAL, NULL, "could not start a thread");
	}
	*audit = a;
	return OK;
}

void audit_close(struct audit *audit)
{
	if (!audit)
		return;
	pthread_mutex_lock(&audit->lock);
	audit->stopping = true;
	pthread_cond_signal(&audit->stop_changed);
	pthread_mutex_unlock(&audit->lock);
	pthread_join(audit->syncer, NULL);
	if (audit->file >= 0) {
		fdatasync(audit->file);
		close(audit->file);
	}
	close(audit->directory);
	pthread_cond_destroy(&audit->stop_changed);
	pthread_mutex_destroy(&audit->lock);
	free(audit);
}

static void render(const struct audit *audit, const struct audit_entry *entry, int64_t now_ms, struct buf *line)
{
	struct json_writer w;

	json_writer_init(&w, line);
	json_object_begin(&w);
	json_member_instant(&w, "dateTime", now_ms);
	json_member_z(&w, "clientId", entry->client_id[0] ? entry->client_id : NULL);
	if (entry->operator_id[0])
		json_member_z(&w, "operatorId", entry->operator_id);
	if (entry->tenant_id[0])
		json_member_z(&w, "tenantId", entry->tenant_id);
	json_member_z(&w, "action", entry->action);
	if (entry->object.n)
		json_member_str(&w, "object", entry->object);
	if (entry->subject) {
		unsigned char mac[SHA256_SIZE];
		char text[2 * 16];

		hmac_sha256(str_of(audit->pseudonym_key, SHA256_SIZE), str_of(&entry->subject, sizeof(entry->subject)),
			    mac);
		hex_encode(str_of(mac, 16), text);
		json_member_str(&w, "subject", str_of(text, sizeof(text)));
	}
	json_member_i64(&w, "count", entry->count);
	json_member_i64(&w, "status", entry->status);
	json_member_z(&w, "requestId", entry->request_id);
	json_member_z(&w, "policy", audit->policy_hash);
	json_object_end(&w);
	buf_add_char(line, '\n');
}

/* The day's file, opened for appending; a torn last line of a crash is closed off. */
static enum status day_file(struct audit *audit, int32_t day, struct error *err)
{
	char name[64];
	struct stat st;
	char last;
	int fd;

	if (audit->file >= 0 && audit->file_day == day)
		return OK;
	day_file_name(day, name);
	fd = openat(audit->directory, name, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set(err, io_status(errno), NULL, "the audit log could not be opened: %s", strerror(errno));
	if (fstat(fd, &st) == 0 && st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n' &&
	    write(fd, "\n", 1) != 1) {
		close(fd);
		return error_set(err, E_IO, NULL, "the audit log could not be written");
	}
	if (audit->file >= 0) {
		if (fdatasync(audit->file) != 0)
			audit->broken = io_status(errno);
		close(audit->file);
	}
	audit->file = fd;
	audit->file_day = day;
	if (audit->broken != OK)
		return error_set(err, audit->broken, NULL, "the audit log of the day before could not be synchronized");
	return OK;
}

enum status audit_write(struct audit *audit, const struct audit_entry *entry, struct error *err)
{
	int64_t now_ms = clock_now_ms();
	enum status status;
	struct buf line;

	buf_init(&line, AUDIT_LINE_MAX);
	render(audit, entry, now_ms, &line);
	pthread_mutex_lock(&audit->lock);
	status = audit->broken;
	if (status != OK)
		error_set(err, status, NULL, "the audit log can no longer be written");
	else if (line.overflow)
		status = error_set(err, E_INTERNAL, NULL, "the audit entry is too long");
	else
		status = day_file(audit, instant_day(now_ms), err);
	if (status == OK && write(audit->file, line.p, line.n) != (ssize_t)line.n) {
		status = audit->broken = io_status(errno);
		error_set(err, status, NULL, "the audit log could not be written: %s", strerror(errno));
	}
	audit->unsynced = true;
	pthread_mutex_unlock(&audit->lock);
	buf_release(&line);
	return status;
}

enum status audit_read(struct audit *audit, int32_t day, int64_t from, size_t max, struct buf *out, int64_t *next,
		       struct error *err)
{
	char name[64];
	ssize_t got;
	char *room;
	int fd;

	day_file_name(day, name);
	*next = -1;
	fd = openat(audit->directory, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? OK : error_set(err, E_IO, NULL, "the audit log could not be opened");
	room = buf_room(out, max);
	got = room ? pread(fd, room, max, from) : -1;
	close(fd);
	if (got < 0)
		return error_set(err, E_IO, NULL, "the audit log could not be read");
	while (got > 0 && room[got - 1] != '\n')
		got--;
	buf_took(out, (size_t)got);
	if (got > 0)
		*next = from + got;
	return OK;
}

enum status audit_drop_before(struct audit *audit, int32_t day, int64_t *dropped, struct error *err)
{
	int fd = openat(audit->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	enum status status = OK;

	*dropped = 0;
	if (!dir)
		return error_set(err, E_IO, NULL, "the audit log could not be listed");
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		struct str name = str_from(e->d_name);
		int32_t of;

		if (name.n != 17 || !day_parse(str_of(name.p, 10), &of) || of >= day)
			continue;
		if (unlinkat(audit->directory, e->d_name, 0) != 0)
			status = error_set(err, E_IO, NULL, "a day of the audit log could not be removed");
		else
			(*dropped)++;
	}
	closedir(dir);
	return status;
}
