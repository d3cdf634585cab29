#include "store/records_schema.h"

#define RECORD_COLUMNS                                                                                                 \
	" operator_key BIGINT NOT NULL,"                                                                               \
	" day BIGINT NOT NULL,"                                                                                        \
	" filed_ms BIGINT NOT NULL,"      /* record_filed_ms() */                                                      \
	" id TEXT NOT NULL,"                                                                                           \
	" version BIGINT NOT NULL,"                                                                                    \
	" correlation_id TEXT,"                                                                                        \
	" tenant_key BIGINT,"             /* call records */                                                           \
	" user_id TEXT,"                  /* call records */                                                           \
	" direction BIGINT NOT NULL,"                                                                                  \
	" caller BIGINT NOT NULL,"                                                                                     \
	" callee BIGINT NOT NULL,"                                                                                     \
	" start_ms BIGINT,"                                                                                            \
	" answer_ms BIGINT,"                                                                                           \
	" end_ms BIGINT,"                                                                                              \
	" duration_ms BIGINT,"                                                                                         \
	" sip_code BIGINT,"                                                                                            \
	" q850_cause BIGINT,"                                                                                          \
	" released_by BIGINT NOT NULL,"                                                                                \
	" trunk TEXT,"                                                                                                 \
	" sequence BIGINT,"               /* duration records */                                                       \
	" digest {blob} NOT NULL,"                                                                                     \
	" position BIGINT,"               /* call records: place in the feed */                                        \
	" batch BIGINT NOT NULL,"                                                                                      \
	" received_ms BIGINT NOT NULL,"                                                                                \
	" PRIMARY KEY (operator_key, day, filed_ms, id)"

#define MEDIA_COLUMNS                                                                                                  \
	" operator_key BIGINT NOT NULL,"                                                                               \
	" day BIGINT NOT NULL,"                                                                                        \
	" filed_ms BIGINT NOT NULL,"                                                                                   \
	" id TEXT NOT NULL,"                                                                                           \
	" streams TEXT NOT NULL,"         /* canonical, see formats/media_stream.h */                                  \
	" PRIMARY KEY (operator_key, day, filed_ms, id)"

/* Filed with the record that stands. */
#define CONFLICT_COLUMNS                                                                                               \
	" operator_key BIGINT NOT NULL,"                                                                               \
	" day BIGINT NOT NULL,"                                                                                        \
	" kind BIGINT NOT NULL,"                                                                                       \
	" id TEXT NOT NULL,"                                                                                           \
	" digest {blob} NOT NULL,"        /* of the version that was turned away */                                    \
	" batch BIGINT NOT NULL,"                                                                                      \
	" received_ms BIGINT NOT NULL,"                                                                                \
	" kept TEXT NOT NULL,"                                                                                         \
	" offered TEXT NOT NULL,"                                                                                      \
	" PRIMARY KEY (operator_key, day, kind, id, digest)"

#define OUTCOME_COLUMNS                                                                                                \
	" operator_key BIGINT NOT NULL,"                                                                               \
	" day BIGINT NOT NULL,"           /* of the run */                                                             \
	" place BIGINT NOT NULL,"         /* in the run's own order */                                                 \
	" class BIGINT NOT NULL,"                                                                                      \
	" call_filed_ms BIGINT,"                                                                                       \
	" call_id TEXT,"                                                                                               \
	" duration_filed_ms BIGINT,"                                                                                   \
	" duration_id TEXT,"                                                                                           \
	" operator_ms BIGINT,"                                                                                         \
	" difference_ms BIGINT NOT NULL,"                                                                              \
	" causes TEXT NOT NULL,"                                                                                       \
	" PRIMARY KEY (operator_key, day, place)"

#define INDEXES                                                                                                        \
	"CREATE INDEX call_record_feed ON call_record (operator_key, position);"                                       \
	"CREATE INDEX call_record_by_tenant ON call_record (tenant_key, filed_ms);"                                    \
	"CREATE INDEX outcome_by_call ON outcome (operator_key, call_filed_ms, call_id);"                              \
	"CREATE INDEX outcome_by_duration ON outcome (operator_key, duration_filed_ms, duration_id);"

#define TABLE(name, columns, stored) "CREATE TABLE " name " (" columns ") " stored ";"

#define TABLES(stored)                                                                                                 \
	TABLE("call_record", RECORD_COLUMNS, stored)                                                                   \
	TABLE("duration_record", RECORD_COLUMNS, stored)                                                               \
	TABLE("call_media", MEDIA_COLUMNS, stored)                                                                     \
	TABLE("conflict", CONFLICT_COLUMNS, stored)                                                                    \
	TABLE("outcome", OUTCOME_COLUMNS, stored)                                                                      \
	INDEXES

const char *const records_partitioned_tables[] = {
	"call_record", "duration_record", "call_media", "conflict", "outcome", NULL,
};

static const char *const embedded[] = {
	TABLES("{clustered}")
	"CREATE TABLE id_run ("           /* one sorted run of ids: its head */
	" kind BIGINT NOT NULL,"
	" run BIGINT NOT NULL,"
	" size_class BIGINT NOT NULL,"
	" PRIMARY KEY (kind, run)"
	") {clustered};"
	"CREATE TABLE id_chunk ("         /* and its entries, see store/id_runs.h */
	" kind BIGINT NOT NULL,"
	" run BIGINT NOT NULL,"
	" first_hash BIGINT NOT NULL,"
	" entries {blob} NOT NULL,"
	" PRIMARY KEY (kind, run, first_hash)"
	");"
	"CREATE TABLE moved ("            /* a newer version is filed here, the one before still stands elsewhere */
	" day BIGINT NOT NULL,"
	" filed_ms BIGINT NOT NULL,"
	" id TEXT NOT NULL,"
	" PRIMARY KEY (day, filed_ms, id)"
	") {clustered};",
};

static const char *const server[] = {
	TABLES("PARTITION BY RANGE (day)")
	/* One index over all days: an index in each partition would have to be asked once for each day. */
	"CREATE TABLE record_id ("
	" operator_key BIGINT NOT NULL,"
	" kind BIGINT NOT NULL,"
	" id_hash BIGINT NOT NULL,"
	" day BIGINT NOT NULL,"
	" filed_ms BIGINT NOT NULL"
	");"
	"CREATE TABLE record_day (day BIGINT PRIMARY KEY);"   /* has partitions */
	"CREATE INDEX record_id_by_hash ON record_id (operator_key, kind, id_hash) INCLUDE (day, filed_ms);",
};

const struct schema records_schema_embedded = {
	.name = "records",
	.scripts = embedded,
	.version = sizeof(embedded) / sizeof(embedded[0]),
};

const struct schema records_schema_server = {
	.name = "records",
	.scripts = server,
	.version = sizeof(server) / sizeof(server[0]),
};
