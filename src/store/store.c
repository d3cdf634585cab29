#include "store/store.h"

#include "base/arena.h"
#include "base/buf.h"
#include "store/commit_fault.h"
#include "store/folders.h"
#include "store/registry_schema.h"
#include "store/sql/sql_pool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#define EMBEDDED_READERS_MAX 64   /* a handler that waits for a connection costs two switches of threads */
#define SERVER_READERS_MAX 8      /* each is a process of the server's */
#define WRITERS_MAX 4
#define WAIT_MS 10000

struct store {
	char *directory;        /* NULL when none was given */
	char *postgres_uri;     /* NULL: embedded */
	char *registry_path;    /* embedded */
	int lock;               /* descriptor of DIR/lock, -1 when not held */
	struct sql_pool *readers;
	struct sql_pool *writers;
	atomic_bool halted;
	struct commit_fault fault;
};

/* --- the directory ---------------------------------------------------------------- */

static char *path_in(const char *directory, const char *name)
{
	struct buf path;
	char *copy;

	buf_init(&path, 0);
	buf_printf(&path, "%s/%s", directory, name);
	copy = xstrdup(buf_cstr(&path));
	buf_release(&path);
	return copy;
}

static enum status make_directory(const char *directory, struct error *err)
{
	char *parent = path_in(directory, "..");
	enum status status = folder_make(directory, parent, err);

	free(parent);
	return status;
}

/* Two processes that write one SQLite file would both checkpoint it. */
static enum status lock_directory(struct store *store, struct error *err)
{
	char *path = path_in(store->directory, "lock");
	enum status status = OK;

	store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (store->lock < 0)
		status = path_fail(path, "cannot be opened", err);
	else if (flock(store->lock, LOCK_EX | LOCK_NB) != 0)
		status = error_set(err, E_UNAVAILABLE, NULL, "%s: another process has this store open",
				   store->directory);
	free(path);
	return status;
}

/* --- connections ---------------------------------------------------------------------- */

static enum status open_embedded_writer(void *context, struct sql **sql, struct error *err)
{
	struct store *store = context;

	if (store_is_halted(store))
		return error_set(err, E_IO, NULL, "%s: a commit failed; nothing is written until a restart",
				 store->registry_path);
	return sql_open_sqlite(sql, store->registry_path, SQL_CREATE, err);
}

static enum status open_embedded_reader(void *context, struct sql **sql, struct error *err)
{
	const struct store *store = context;

	return sql_open_sqlite(sql, store->registry_path, SQL_READ_ONLY, err);
}

static enum status open_server_writer(void *context, struct sql **sql, struct error *err)
{
	const struct store *store = context;

	return sql_open_postgres(sql, store->postgres_uri, err);
}

/* A reader of SQLite sees one state of the file from its first statement on; so does this. */
static enum status open_server_reader(void *context, struct sql **sql, struct error *err)
{
	const struct store *store = context;
	struct sql *opened;
	enum status status = sql_open_postgres(&opened, store->postgres_uri, err);

	if (status != OK)
		return status;
	status = sql_script(opened,
			    "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
			    err);
	if (status == OK)
		*sql = opened;
	else
		sql_close(opened);
	return status;
}

/* --- opening ------------------------------------------------------------------------------ */

static enum status migrate(struct store *store, struct error *err)
{
	struct sql *sql;
	enum status status = sql_pool_take(store->writers, &sql, err);

	if (status != OK)
		return status;
	status = migration_run(sql, &registry_schema, err);
	sql_pool_give(sql);
	return status;
}

/* An observer takes the schema as it is, which must be this program's. */
static enum status check_version(struct store *store, struct error *err)
{
	int64_t version = 0;
	struct sql *sql;
	enum status status = sql_pool_take(store->readers, &sql, err);

	if (status != OK)
		return status;
	status = migration_version(sql, registry_schema.name, &version, err);
	sql_pool_give(sql);
	if (status == OK && version != registry_schema.version)
		status = error_set(err, version > registry_schema.version ? E_NEWER : E_INVALID, NULL,
				   "the store has schema version %lld, this program reads %lld", (long long)version,
				   (long long)registry_schema.version);
	return status;
}

static enum status open_all(struct store *store, bool observe, struct error *err)
{
	enum status status = OK;

	if (observe)
		return check_version(store, err);
	if (store->directory)
		status = make_directory(store->directory, err);
	if (status == OK && !store->postgres_uri)
		status = lock_directory(store, err);
	return status == OK ? migrate(store, err) : status;
}

enum status store_open(struct store **store, const struct store_settings *settings, struct error *err)
{
	bool embedded = !settings->postgres_uri;
	unsigned readers_fallback = embedded ? EMBEDDED_READERS_MAX : SERVER_READERS_MAX;
	unsigned readers_max = settings->readers_max ? settings->readers_max : readers_fallback;
	unsigned writers_max = settings->writers_max ? settings->writers_max : WRITERS_MAX;
	struct store *s;
	enum status status;

	if (embedded && !settings->directory)
		return error_set(err, E_INVALID, NULL, "the embedded store needs a directory");
	s = xalloc(sizeof(*s));
	s->lock = -1;
	s->directory = settings->directory ? xstrdup(settings->directory) : NULL;
	if (embedded) {
		s->registry_path = path_in(s->directory, "registry.db");
		s->writers = sql_pool_new(1, WAIT_MS, open_embedded_writer, s);
		s->readers = sql_pool_new(readers_max, WAIT_MS, open_embedded_reader, s);
	} else {
		s->postgres_uri = xstrdup(settings->postgres_uri);
		s->writers = sql_pool_new(writers_max, WAIT_MS, open_server_writer, s);
		s->readers = sql_pool_new(readers_max, WAIT_MS, open_server_reader, s);
	}
	status = open_all(s, settings->observe, err);
	if (status == OK)
		*store = s;
	else
		store_close(s);
	return status;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	/* The writer last: then it is alone, and leaves one file without a log. */
	sql_pool_free(store->readers);
	sql_pool_free(store->writers);
	if (store->lock >= 0)
		close(store->lock);
	free(store->registry_path);
	free(store->postgres_uri);
	free(store->directory);
	free(store);
}

enum sql_engine store_engine(const struct store *store)
{
	return store->postgres_uri ? SQL_POSTGRES : SQL_SQLITE;
}

const char *store_directory(const struct store *store)
{
	return store->directory;
}

const char *store_postgres_uri(const struct store *store)
{
	return store->postgres_uri;
}

bool store_is_halted(const struct store *store)
{
	return atomic_load(&store->halted);
}

/* --- transactions ------------------------------------------------------------------------------ */

enum status store_read(struct store *store, struct sql **sql, struct error *err)
{
	return sql_pool_begin(store->readers, sql, err);
}

enum status store_write(struct store *store, struct sql **sql, struct error *err)
{
	return sql_pool_begin(store->writers, sql, err);
}

static void finish(struct store *store, struct sql *sql)
{
	sql_rollback(sql);
	if (!store->postgres_uri && sql_pool_of(sql) == store->writers && sql_broken(sql) == E_IO)
		atomic_store(&store->halted, true);
	sql_pool_give(sql);
}

enum status store_commit(struct store *store, struct sql *sql, struct error *err)
{
	enum status status;

	if (sql_pool_of(sql) == store->writers)
		commit_fault_count(&store->fault, sql);
	status = sql_commit(sql, err);
	finish(store, sql);
	return status;
}

void store_abort(struct store *store, struct sql *sql)
{
	finish(store, sql);
}

void store_fail_commit(struct store *store, unsigned n, enum status status)
{
	commit_fault_arm(&store->fault, n, status);
}
