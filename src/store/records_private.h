/* store/records_private.h - what the files behind store/records.h share.
 *
 * Embedded, an operator's state is kept in memory once it was asked for: which
 * days it has, where its feed stands, and which ids were ever seen.  On
 * PostgreSQL all of that is in the database, and operator_state is not used. */
#ifndef STORE_RECORDS_PRIVATE_H
#define STORE_RECORDS_PRIVATE_H

#include "base/random.h"
#include "store/day_files.h"
#include "store/id_filter.h"
#include "store/records.h"

#include <pthread.h>
#include <stdatomic.h>

#define RECORD_KIND_COUNT 2

struct day_info {
	int32_t day;
	int64_t position_min, position_max;   /* of its call records, as wide as they ever were; max 0: none */
};

struct operator_state {
	struct operator_state *next;
	int64_t key;
	char id[GUID_TEXT_SIZE];
	pthread_mutex_t append;       /* whoever changes records holds it, and whoever loads */
	bool loaded;                  /* under append */
	pthread_rwlock_t lock;        /* guards what follows; written only with append held, days also without */
	struct day_info *days;        /* ascending */
	size_t day_count;
	int64_t head;
	struct id_filter *filters[RECORD_KIND_COUNT];   /* NULL until ids are to be recognised */
	int32_t filter_from[RECORD_KIND_COUNT];         /* the filter holds all ids of this day and later ones */
};

struct records {
	struct store *store;
	struct day_files *files;          /* NULL: PostgreSQL */
	uint64_t filter_bytes_max;
	_Atomic uint64_t filter_bytes;    /* of all filters */
	pthread_mutex_t mutex;            /* guards what follows */
	struct operator_state *operators;
	int32_t *partitions;              /* PostgreSQL: days known to have theirs, ascending */
	size_t partition_count;
};

static inline bool records_embedded(const struct records *records)
{
	return records->files != NULL;
}

/* --- an operator's state (records.c), embedded only ------------------------------ */

/* Loaded and ready.  E_NOT_FOUND when there is no such operator. */
enum status operator_state_get(struct records *records, int64_t operator_key, struct operator_state **op,
			       struct error *err);
/* The same, with op->append held.  Unlock it. */
enum status operator_state_lock(struct records *records, int64_t operator_key, struct operator_state **op,
				struct error *err);
/* Reads everything anew from the files; append is held. */
enum status operator_state_reload(struct records *records, struct operator_state *op, struct error *err);
/* Notes that the day exists and holds positions [first, last]; last 0: none new. */
void operator_state_note_day(struct operator_state *op, int32_t day, int64_t first, int64_t last);
void operator_state_forget_day(struct operator_state *op, int32_t day);
void operator_state_set_head(struct operator_state *op, int64_t head);
int64_t operator_state_head(struct operator_state *op);

/* Writes the head to the registry, where it outlives the days that hold it. */
enum status operator_state_keep_head(struct records *records, struct operator_state *op, struct error *err);

/* All operators there are, ascending; in the arena. */
enum status operator_keys(struct records *records, struct arena *arena, int64_t **keys, size_t *count,
			  struct error *err);

/* Days in [from, to] that may hold something of the operator, ascending; in the arena. */
enum status days_between(struct records *records, struct arena *arena, int64_t operator_key, int32_t from, int32_t to,
			 int32_t **days, size_t *count, struct error *err);

/* The head of an operator's feed as the registry has it; embedded, a lower bound. */
enum status kept_head(struct sql *sql, int64_t operator_key, int64_t *head, struct error *err);
enum status read_kept_head(struct records *records, int64_t operator_key, int64_t *head, struct error *err);

/* --- PostgreSQL's partitions (records_partitions.c) -------------------------------- */

/* Makes the day's partitions when they are absent. */
enum status partitions_make(struct records *records, int32_t day, struct error *err);
/* Drops them with all they hold, inside a transaction; once it is committed, forget them. */
enum status partitions_drop(struct sql *sql, int32_t day, struct error *err);
void partitions_forget(struct records *records, int32_t day);
/* Rewrites them, so that the pages of deleted rows are gone. */
enum status partitions_compact(struct records *records, int32_t day, struct error *err);

/* --- reading a day after another --------------------------------------------------- */

/* Embedded: a transaction on the file of the day entered last; PostgreSQL: one on
 * the database.  Zero it, enter days, end it. */
struct day_reader {
	struct records *records;
	struct sql *sql;
	int64_t operator_key;
	int32_t day;
};

/* *present false: there is no such file. */
enum status day_reader_enter(struct day_reader *r, int64_t operator_key, int32_t day, bool *present, struct error *err);
void day_reader_end(struct day_reader *r);

/* --- writing one day --------------------------------------------------------------- */

/* Embedded: the day's file, with append held; PostgreSQL: the database. */
enum status day_write(struct records *records, int64_t operator_key, int32_t day, struct sql **sql, struct error *err);
/* Ends it in any case. */
enum status day_write_commit(struct records *records, struct sql *sql, struct error *err);
void day_write_abort(struct records *records, struct sql *sql);

/* --- rows (records_rows.c) ------------------------------------------------------------ */

#define RECORD_ROW_COLUMNS                                                                                             \
	"operator_key,day,filed_ms,id,version,correlation_id,tenant_key,user_id,direction,caller,callee,start_ms,"     \
	"answer_ms,end_ms,duration_ms,sip_code,q850_cause,released_by,trunk,sequence,digest,position,batch,received_ms"
#define RECORD_ROW_COLUMN_COUNT 24

/* By enum record_kind. */
#define RECORD_TEXTS(before, after) { before " call_record " after, before " duration_record " after }

/* One record by its key, in its table or in call_media. */
#define RECORD_KEY_IS " WHERE operator_key = ?1 AND day = ?2 AND filed_ms = ?3 AND id = ?4"
#define RECORD_KEY_ARGS(operator_key, filed_ms, id)                                                                    \
	SQL_ARGS(SQL_I64(operator_key), SQL_I64(instant_day(filed_ms)), SQL_I64(filed_ms), SQL_TEXT(id))

extern const char *const record_tables[RECORD_KIND_COUNT];

/* The current row of a SELECT RECORD_ROW_COLUMNS, copied to the arena. */
void record_row_read(struct sql_rows *rows, struct arena *arena, enum record_kind kind, struct stored_record *row);

/* What a row has beside its record; borrowed like the record while the values are in use. */
struct row_facts {
	int64_t operator_key, tenant_key, filed_ms, position, received_ms;
	int32_t day;
	uint64_t batch;
	const struct digest *digest;
};

void record_row_bind(struct sql_value values[RECORD_ROW_COLUMN_COUNT], const struct record *record,
		     const struct row_facts *facts);

/* One row by its key; E_NOT_FOUND.  With RECORDS_WITH_MEDIA its streams, too. */
enum status record_row_get(struct sql *sql, struct arena *arena, int64_t operator_key, enum record_kind kind,
			   int64_t filed_ms, struct str id, unsigned flags, struct stored_record *row,
			   struct error *err);
/* Its media streams go with it, and on PostgreSQL its id. */
enum status record_row_delete(struct sql *sql, int64_t operator_key, enum record_kind kind, int64_t filed_ms,
			      struct str id, struct error *err);
/* *deleted: whether it had any. */
enum status record_row_delete_media(struct sql *sql, int64_t operator_key, int64_t filed_ms, struct str id,
				    int64_t *deleted, struct error *err);
enum status record_row_media(struct sql *sql, struct arena *arena, struct stored_record *row, struct error *err);

/* --- ids (records_recognise.c) ---------------------------------------------------------------- */

/* One id of a chunk, and what stands under it. */
struct subject {
	struct str id;
	uint64_t hash;
	int64_t filed_ms;           /* of the first record offered under it */
	bool stored;                /* there is a row: */
	int64_t stored_filed_ms;
	int64_t stored_version;
	struct digest stored_digest;
	bool known;                 /* something stands, stored or to be written: */
	int64_t version;
	struct digest digest;
	int64_t standing_filed_ms;
	int pending;                /* the item to be written, -1: none */
};

/* Fills in stored_*.  Embedded: append is held.  PostgreSQL: inside sql's transaction. */
enum status recognise_embedded(struct records *records, struct operator_state *op, enum record_kind kind,
			       struct subject *subjects, size_t count, struct error *err);
enum status recognise_server(struct sql *sql, int64_t operator_key, enum record_kind kind, struct subject *subjects,
			     size_t count, struct error *err);

/* Adds ids that were committed to the filter; append is held. */
enum status filter_add(struct records *records, struct operator_state *op, enum record_kind kind, int32_t day,
		       const uint64_t *hashes, size_t count, struct error *err);
void filters_free(struct records *records, struct operator_state *op);

#endif
