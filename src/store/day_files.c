#include "store/day_files.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/instant.h"
#include "store/commit_fault.h"
#include "store/folders.h"
#include "store/records_schema.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* One connection, in use or idle. */
struct connection {
	struct connection *next;
	struct day_file *file;
	struct sql *sql;
	uint64_t used; /* when it was last given back, by the files' own count */
	bool in_use;
	bool writes;
};

/* A file stays in the list while somebody uses it or a connection is open. */
struct day_file {
	struct day_file *next;
	char operator_id[GUID_TEXT_SIZE];
	int32_t day;
	unsigned users; /* threads that use it or wait to */
	bool writer_taken;
	bool closed;   /* being forgotten: nobody may begin */
	unsigned open; /* connections, idle ones included */
};

struct day_files {
	char *directory;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct day_file *files;
	struct connection *connections;
	uint64_t clock;
	unsigned idle[2]; /* readers, writers */
	atomic_bool halted;
	struct commit_fault fault;
};

struct day_files *day_files_new(const char *directory)
{
	struct day_files *files = xalloc(sizeof(*files));

	files->directory = xstrdup(directory);
	pthread_mutex_init(&files->mutex, NULL);
	pthread_cond_init(&files->changed, NULL);
	return files;
}

void day_files_free(struct day_files *files)
{
	if (!files)
		return;
	while (files->connections) {
		struct connection *c = files->connections;

		assert(!c->in_use);
		files->connections = c->next;
		sql_close(c->sql);
		free(c);
	}
	while (files->files) {
		struct day_file *file = files->files;

		assert(file->users == 0);
		files->files = file->next;
		free(file);
	}
	pthread_cond_destroy(&files->changed);
	pthread_mutex_destroy(&files->mutex);
	free(files->directory);
	free(files);
}

bool day_files_are_halted(const struct day_files *files)
{
	return atomic_load(&files->halted);
}

void day_files_fail_commit(struct day_files *files, unsigned n, enum status status)
{
	commit_fault_arm(&files->fault, n, status);
}

/* --- paths ---------------------------------------------------------------------- */

static void add_folder(struct buf *path, const struct day_files *files, const char *operator_id)
{
	buf_printf(path, "%s/operators/%s", files->directory, operator_id);
}

static void add_path(struct buf *path, const struct day_files *files, const char *operator_id, int32_t day)
{
	char text[INSTANT_TEXT_SIZE];

	add_folder(path, files, operator_id);
	buf_add_char(path, '/');
	buf_add_str(path, day_text(day, text));
	buf_add_str(path, STR(".db"));
}

static enum status make_folders(const struct day_files *files, const char *operator_id, struct error *err)
{
	struct buf operators, folder;
	enum status status;

	buf_init(&operators, 0);
	buf_init(&folder, 0);
	buf_printf(&operators, "%s/operators", files->directory);
	add_folder(&folder, files, operator_id);
	status = folder_make(buf_cstr(&operators), files->directory, err);
	if (status == OK)
		status = folder_make(buf_cstr(&folder), buf_cstr(&operators), err);
	buf_release(&operators);
	buf_release(&folder);
	return status;
}

static int compare_days(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x < y ? -1 : x > y;
}

static bool day_of_name(const char *name, int32_t *day)
{
	struct str s = str_from(name);

	return s.n == 13 && str_equal(str_after(s, 10), STR(".db")) && day_parse(str_of(s.p, 10), day);
}

enum status day_files_list(struct day_files *files, const char *operator_id, int32_t **days, size_t *count,
			   struct error *err)
{
	enum status status = OK;
	int32_t *list = NULL, day;
	struct dirent *entry;
	struct buf path;
	size_t n = 0;
	DIR *dir;

	buf_init(&path, 0);
	add_folder(&path, files, operator_id);
	dir = opendir(buf_cstr(&path));
	if (!dir && errno != ENOENT)
		status = path_fail(buf_cstr(&path), "cannot be read", err);
	while (dir && (entry = readdir(dir))) {
		if (!day_of_name(entry->d_name, &day))
			continue;
		if ((n & (n - 1)) == 0)
			list = xrealloc(list, (n ? 2 * n : 1) * sizeof(*list));
		list[n++] = day;
	}
	if (dir)
		closedir(dir);
	buf_release(&path);
	if (status != OK)
		return status;
	if (n)
		qsort(list, n, sizeof(*list), compare_days);
	*days = list;
	*count = n;
	return OK;
}

/* --- opening ---------------------------------------------------------------------- */

static enum status open_writer(struct day_files *files, const struct day_file *file, bool create, struct sql **sql,
			       struct error *err)
{
	enum status status = OK;
	struct sql *opened;
	struct buf path;

	if (day_files_are_halted(files))
		return error_set(err, E_IO, NULL, "a commit failed; no record is written until a restart");
	buf_init(&path, 0);
	add_path(&path, files, file->operator_id, file->day);
	if (create)
		status = make_folders(files, file->operator_id, err);
	if (status == OK)
		status = sql_open_sqlite(&opened, buf_cstr(&path), create ? SQL_CREATE : 0, err);
	buf_release(&path);
	if (status != OK)
		return status;
	status = migration_run(opened, &records_schema_embedded, err);
	if (status == OK)
		*sql = opened;
	else
		sql_close(opened);
	return status;
}

/* A file may have been made and left by a kill before it had its tables: then it
 * holds nothing, and to a reader it is absent. */
static enum status open_reader(struct day_files *files, const struct day_file *file, struct sql **sql,
			       struct error *err)
{
	int64_t version = 0;
	struct sql *opened;
	enum status status;
	struct buf path;

	buf_init(&path, 0);
	add_path(&path, files, file->operator_id, file->day);
	status = sql_open_sqlite(&opened, buf_cstr(&path), SQL_READ_ONLY, err);
	buf_release(&path);
	if (status != OK)
		return status;
	status = migration_version(opened, records_schema_embedded.name, &version, err);
	if (status == OK && version == 0)
		status = error_set(err, E_NOT_FOUND, NULL, "the day file is empty");
	if (status == OK)
		*sql = opened;
	else
		sql_close(opened);
	return status;
}

/* --- the list, with the mutex held --------------------------------------------------- */

/* Waits until the file may be used. */
static struct day_file *file_enter(struct day_files *files, const char *operator_id, int32_t day)
{
	struct day_file *file = files->files;

	while (file && !(file->day == day && strcmp(file->operator_id, operator_id) == 0))
		file = file->next;
	if (!file) {
		file = xalloc(sizeof(*file));
		memcpy(file->operator_id, operator_id, strlen(operator_id) + 1);
		file->day = day;
		file->next = files->files;
		files->files = file;
	}
	file->users++;
	while (file->closed)
		pthread_cond_wait(&files->changed, &files->mutex);
	return file;
}

static void file_leave(struct day_files *files, struct day_file *file)
{
	struct day_file **at = &files->files;

	file->users--;
	pthread_cond_broadcast(&files->changed);
	if (file->users > 0 || file->open > 0)
		return;
	while (*at != file)
		at = &(*at)->next;
	*at = file->next;
	free(file);
}

static struct connection *find_idle(struct day_files *files, const struct day_file *file, bool writes)
{
	for (struct connection *c = files->connections; c; c = c->next)
		if (!c->in_use && c->writes == writes && c->file == file)
			return c;
	return NULL;
}

static struct connection *least_recent(struct day_files *files, bool writes)
{
	struct connection *oldest = NULL;

	for (struct connection *c = files->connections; c; c = c->next)
		if (!c->in_use && c->writes == writes && (!oldest || c->used < oldest->used))
			oldest = c;
	return oldest;
}

static void unlink_connection(struct day_files *files, struct connection *c)
{
	struct connection **at = &files->connections;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
}

/* Closes a connection that is in use; closing a writer checkpoints, which takes
 * its time, so the mutex is let go meanwhile. */
static void close_connection(struct day_files *files, struct connection *c)
{
	pthread_mutex_unlock(&files->mutex);
	sql_close(c->sql);
	pthread_mutex_lock(&files->mutex);
	unlink_connection(files, c);
	c->file->open--;
	if (c->writes)
		c->file->writer_taken = false;
	file_leave(files, c->file);
	free(c);
}

static void take_idle(struct day_files *files, struct connection *c)
{
	c->in_use = true;
	if (c->writes)
		c->file->writer_taken = true;
	files->idle[c->writes]--;
}

static void close_least_recent(struct day_files *files, bool writes, unsigned max)
{
	while (files->idle[writes] > max) {
		struct connection *c = least_recent(files, writes);

		take_idle(files, c);
		c->file->users++;
		close_connection(files, c);
	}
}

/* --- taking and giving --------------------------------------------------------------- */

/* A new connection, which the caller uses. */
static enum status add_connection(struct day_files *files, struct day_file *file, bool writes, bool create,
				  struct connection **out, struct error *err)
{
	struct sql *sql = NULL;
	enum status status;

	file->open++;
	pthread_mutex_unlock(&files->mutex);
	status = writes ? open_writer(files, file, create, &sql, err) : open_reader(files, file, &sql, err);
	pthread_mutex_lock(&files->mutex);
	if (status != OK) {
		file->open--;
		return status;
	}
	*out = xalloc(sizeof(**out));
	**out = (struct connection){ files->connections, file, sql, 0, true, writes };
	files->connections = *out;
	return OK;
}

static enum status take(struct day_files *files, const char *operator_id, int32_t day, bool writes, bool create,
			struct connection **out, struct error *err)
{
	struct connection *c = NULL;
	enum status status = OK;
	struct day_file *file;

	pthread_mutex_lock(&files->mutex);
	file = file_enter(files, operator_id, day);
	while (writes && file->writer_taken)
		pthread_cond_wait(&files->changed, &files->mutex);
	c = find_idle(files, file, writes);
	if (c) {
		take_idle(files, c);
	} else {
		if (writes)
			file->writer_taken = true;
		status = add_connection(files, file, writes, create, &c, err);
		if (status != OK && writes)
			file->writer_taken = false;
	}
	if (status == OK)
		*out = c;
	else
		file_leave(files, file);
	pthread_mutex_unlock(&files->mutex);
	return status;
}

static enum status begin(struct day_files *files, struct connection *c, struct sql **sql, struct error *err)
{
	enum status status = sql_begin(c->sql, err);

	if (status != OK) {
		day_files_give(files, c->sql);
		return status;
	}
	*sql = c->sql;
	return OK;
}

enum status day_files_write(struct day_files *files, const char *operator_id, int32_t day, bool create,
			    struct sql **sql, struct error *err)
{
	struct connection *c;
	enum status status = take(files, operator_id, day, true, create, &c, err);

	if (status != OK)
		return status;
	commit_fault_count(&files->fault, c->sql);
	return begin(files, c, sql, err);
}

enum status day_files_read(struct day_files *files, const char *operator_id, int32_t day, struct sql **sql,
			   struct error *err)
{
	struct connection *c;
	enum status status = take(files, operator_id, day, false, false, &c, err);

	return status == OK ? begin(files, c, sql, err) : status;
}

void day_files_give(struct day_files *files, struct sql *sql)
{
	struct connection *c;

	sql_rollback(sql);
	pthread_mutex_lock(&files->mutex);
	for (c = files->connections; c->sql != sql; c = c->next)
		;
	if (sql_broken(sql) != OK) {
		if (c->writes && sql_broken(sql) != E_FULL)
			atomic_store(&files->halted, true);
		close_connection(files, c);
	} else {
		c->in_use = false;
		c->used = ++files->clock;
		if (c->writes)
			c->file->writer_taken = false;
		files->idle[c->writes]++;
		file_leave(files, c->file);
		close_least_recent(files, c->writes, c->writes ? DAY_FILES_WRITERS_MAX : DAY_FILES_READERS_MAX);
	}
	pthread_mutex_unlock(&files->mutex);
}

/* --- forgetting ---------------------------------------------------------------------- */

/* Afterwards the file has no connection, and nobody gets one before let_in(). */
static struct day_file *shut_out(struct day_files *files, const char *operator_id, int32_t day)
{
	struct day_file *file;
	struct connection *c;

	pthread_mutex_lock(&files->mutex);
	file = file_enter(files, operator_id, day);
	file->closed = true;
	for (;;) {
		c = find_idle(files, file, false);
		if (!c)
			c = find_idle(files, file, true);
		if (c) {
			take_idle(files, c);
			file->users++;
			close_connection(files, c);
		} else if (file->open > 0) {
			pthread_cond_wait(&files->changed, &files->mutex);
		} else {
			break;
		}
	}
	pthread_mutex_unlock(&files->mutex);
	return file;
}

static void let_in(struct day_files *files, struct day_file *file)
{
	pthread_mutex_lock(&files->mutex);
	file->closed = false;
	file_leave(files, file);
	pthread_mutex_unlock(&files->mutex);
}

enum status day_files_drop(struct day_files *files, const char *operator_id, int32_t day, struct error *err)
{
	static const char *const suffixes[] = { "-shm", "-wal", "" };
	struct day_file *file = shut_out(files, operator_id, day);
	enum status status = OK;
	struct buf path, folder;

	buf_init(&path, 0);
	buf_init(&folder, 0);
	/* The log goes first: without its file it must never be replayed. */
	for (size_t i = 0; status == OK && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		buf_clear(&path);
		add_path(&path, files, operator_id, day);
		buf_add_str(&path, str_from(suffixes[i]));
		if (unlink(buf_cstr(&path)) != 0 && errno != ENOENT)
			status = path_fail(buf_cstr(&path), "cannot be removed", err);
	}
	add_folder(&folder, files, operator_id);
	if (status == OK && access(buf_cstr(&folder), F_OK) == 0)
		status = folder_sync(buf_cstr(&folder), err);
	buf_release(&path);
	buf_release(&folder);
	let_in(files, file);
	return status;
}

enum status day_files_compact(struct day_files *files, const char *operator_id, int32_t day, struct error *err)
{
	struct day_file *file = shut_out(files, operator_id, day);
	struct sql *sql;
	enum status status = open_writer(files, file, false, &sql, err);

	if (status == OK) {
		status = sql_script(sql, "VACUUM", err);
		if (status == OK)
			status = sql_script(sql, "PRAGMA wal_checkpoint(TRUNCATE)", err);
		sql_close(sql);
	} else if (status == E_NOT_FOUND) {
		status = OK;
	}
	let_in(files, file);
	return status;
}
