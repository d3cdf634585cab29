#include "store/numbers.h"

#include "base/instant.h"
#include "store/rows.h"

#include <inttypes.h>

/* --- the feed ----------------------------------------------------------------- */

enum status number_feed_open(struct sql *sql, int64_t operator_key, struct number_feed *feed, struct error *err)
{
	int64_t position = 0;
	/* An update to the same value is the row lock that both engines have. */
	enum status status = row_i64(sql, &position, err,
				     "UPDATE operator SET number_position = number_position WHERE operator_key = ?1"
				     " RETURNING number_position",
				     SQL_ARGS(SQL_I64(operator_key)));

	if (status == OK)
		*feed = (struct number_feed){ operator_key, position, position };
	return status;
}

enum status number_feed_close(struct sql *sql, const struct number_feed *feed, struct error *err)
{
	if (feed->position == feed->opened_at)
		return OK;
	return sql_run(sql, "UPDATE operator SET number_position = ?1 WHERE operator_key = ?2",
		       SQL_ARGS(SQL_I64(feed->position), SQL_I64(feed->operator_key)), NULL, err);
}

static void feed_state_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	(void)arena;
	*(struct number_feed_state *)row = (struct number_feed_state){ sql_get_i64(rows, 0), sql_get_i64(rows, 1) };
}

enum status number_feed_state(struct sql *sql, int64_t operator_key, struct number_feed_state *state, struct error *err)
{
	return row_find(sql, NULL, feed_state_read, state, "operator", err,
			"SELECT number_position, number_forgotten FROM operator WHERE operator_key = ?1",
			SQL_ARGS(SQL_I64(operator_key)));
}

enum status number_feed_forget(struct sql *sql, int64_t before_ms, int64_t *dropped, struct error *err)
{
	enum status status = sql_run(sql,
				     "UPDATE operator SET number_forgotten ="
				     " (SELECT MAX(r.position) FROM number_removed r"
				     "  WHERE r.operator_key = operator.operator_key AND r.removed_ms < ?1)"
				     " WHERE EXISTS (SELECT 1 FROM number_removed r"
				     "  WHERE r.operator_key = operator.operator_key AND r.removed_ms < ?1)",
				     SQL_ARGS(SQL_I64(before_ms)), NULL, err);

	if (status != OK)
		return status;
	return sql_run(sql, "DELETE FROM number_removed WHERE removed_ms < ?1", SQL_ARGS(SQL_I64(before_ms)), dropped,
		       err);
}

/* --- numbers ------------------------------------------------------------------ */

int64_t number_sort_key(number_t number)
{
	uint64_t digits = number_digit_count(number), value = number_value(number);

	for (uint64_t i = digits; i < 15; i++)
		value *= 10;
	/* What is the beginning of another comes first. */
	return (int64_t)(value * 16 + digits);
}

#define NUMBER_FIELDS                                                                                                  \
	"n.number, n.operator_key, n.tenant_key, o.id AS operator_id, t.id AS tenant_id, n.iso_country, n.usage,"      \
	" n.capabilities, n.location_id, n.civic_address_id, n.allow_address_update, n.network_site_id,"               \
	" n.reverse_lookup, n.assignment_status, n.target_id, n.category, n.sip_uri, n.release_requested,"             \
	" n.modified_ms, n.position, CAST(0 AS BIGINT) AS removed"
#define NUMBER_TABLES                                                                                                  \
	" FROM number n JOIN operator o ON o.operator_key = n.operator_key JOIN tenant t ON t.tenant_key = "           \
	"n.tenant_key"
#define NUMBER_COLUMNS "SELECT " NUMBER_FIELDS NUMBER_TABLES

static void number_row_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	*(struct number_row *)row = (struct number_row){
		.number = (number_t)sql_get_i64(rows, 0),
		.operator_key = sql_get_i64(rows, 1),
		.tenant_key = sql_get_i64(rows, 2),
		.operator_id = row_text(rows, 3, arena),
		.tenant_id = row_text(rows, 4, arena),
		.iso_country = row_text(rows, 5, arena),
		.usage = row_text(rows, 6, arena),
		.capabilities = row_text(rows, 7, arena),
		.location_id = row_text(rows, 8, arena),
		.civic_address_id = row_text(rows, 9, arena),
		.allow_address_update = sql_get_i64(rows, 10) != 0,
		.network_site_id = row_text(rows, 11, arena),
		.reverse_lookup = row_text(rows, 12, arena),
		.assignment_status = row_text(rows, 13, arena),
		.target_id = row_text(rows, 14, arena),
		.category = row_text(rows, 15, arena),
		.sip_uri = row_text(rows, 16, arena),
		.release_requested = sql_get_i64(rows, 17) != 0,
		.modified_ms = sql_get_i64(rows, 18),
		.position = sql_get_i64(rows, 19),
		.removed = sql_get_i64(rows, 20) != 0,
	};
}

enum status number_find(struct sql *sql, struct arena *arena, number_t number, struct number_row *row,
			struct error *err)
{
	return row_find(sql, arena, number_row_read, row, "number", err, NUMBER_COLUMNS " WHERE n.number = ?1",
			SQL_ARGS(SQL_I64(number)));
}

enum status number_insert(struct sql *sql, struct number_feed *feed, struct number_row *row, struct error *err)
{
	int64_t changes = 0;
	enum status status = sql_run(
		sql,
		"INSERT INTO number (number, sort_key, operator_key, tenant_key, iso_country, usage, capabilities,"
		" location_id, civic_address_id, allow_address_update, assignment_status, release_requested,"
		" modified_ms, position) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, ?12, ?13)"
		" ON CONFLICT (number) DO NOTHING",
		SQL_ARGS(SQL_I64(row->number), SQL_I64(number_sort_key(row->number)), SQL_I64(feed->operator_key),
			 SQL_I64(row->tenant_key), SQL_TEXT(row->iso_country), SQL_TEXT(row->usage),
			 SQL_TEXT(row->capabilities), SQL_TEXT(row->location_id), SQL_TEXT(row->civic_address_id),
			 SQL_I64(row->allow_address_update), SQL_TEXT(row->assignment_status),
			 SQL_I64(row->modified_ms), SQL_I64(feed->position + 1)),
		&changes, err);

	if (status != OK)
		return status;
	if (changes == 0)
		return error_set(err, E_HELD, "telephoneNumber", "the number is held already");
	row->position = ++feed->position;
	return sql_run(sql, "DELETE FROM number_removed WHERE operator_key = ?1 AND number = ?2",
		       SQL_ARGS(SQL_I64(feed->operator_key), SQL_I64(row->number)), NULL, err);
}

enum status number_update(struct sql *sql, struct number_feed *feed, struct number_row *row, struct error *err)
{
	row->position = ++feed->position;
	return sql_run(sql,
		       "UPDATE number SET usage = ?1, capabilities = ?2, location_id = ?3, civic_address_id = ?4,"
		       " allow_address_update = ?5, network_site_id = ?6, reverse_lookup = ?7, assignment_status = ?8,"
		       " target_id = ?9, category = ?10, sip_uri = ?11, release_requested = ?12, modified_ms = ?13,"
		       " position = ?14 WHERE number = ?15",
		       SQL_ARGS(SQL_TEXT(row->usage), SQL_TEXT(row->capabilities), SQL_TEXT(row->location_id),
				SQL_TEXT(row->civic_address_id), SQL_I64(row->allow_address_update),
				SQL_TEXT(row->network_site_id), SQL_TEXT(row->reverse_lookup),
				SQL_TEXT(row->assignment_status), SQL_TEXT(row->target_id), SQL_TEXT(row->category),
				SQL_TEXT(row->sip_uri), SQL_I64(row->release_requested), SQL_I64(row->modified_ms),
				SQL_I64(row->position), SQL_I64(row->number)),
		       NULL, err);
}

enum status number_remove(struct sql *sql, struct number_feed *feed, number_t number, int64_t now_ms, struct error *err)
{
	enum status status = sql_run(sql, "DELETE FROM number WHERE number = ?1", SQL_ARGS(SQL_I64(number)), NULL, err);

	if (status != OK)
		return status;
	return sql_run(
		sql, "INSERT INTO number_removed (operator_key, position, number, removed_ms) VALUES (?1, ?2, ?3, ?4)",
		SQL_ARGS(SQL_I64(feed->operator_key), SQL_I64(++feed->position), SQL_I64(number), SQL_I64(now_ms)),
		NULL, err);
}

/* By party and direction. */
static const char *const numbers_after_text[3][2] = {
	{ NUMBER_COLUMNS " WHERE n.operator_key = ?1 AND n.sort_key > ?2 ORDER BY n.sort_key LIMIT ?3",
	  NUMBER_COLUMNS " WHERE n.operator_key = ?1 AND n.sort_key < ?2 ORDER BY n.sort_key DESC LIMIT ?3" },
	{ NUMBER_COLUMNS " WHERE n.tenant_key = ?1 AND n.sort_key > ?2 ORDER BY n.sort_key LIMIT ?3",
	  NUMBER_COLUMNS " WHERE n.tenant_key = ?1 AND n.sort_key < ?2 ORDER BY n.sort_key DESC LIMIT ?3" },
	{ NUMBER_COLUMNS " WHERE n.sort_key > ?1 ORDER BY n.sort_key LIMIT ?2",
	  NUMBER_COLUMNS " WHERE n.sort_key < ?1 ORDER BY n.sort_key DESC LIMIT ?2" },
};

enum status numbers_after(struct sql *sql, struct arena *arena, enum number_party party, int64_t party_key,
			  int64_t after_sort_key, bool descending, int64_t max, struct number_row **rows, size_t *count,
			  struct error *err)
{
	const struct sql_value args[] = { SQL_I64(party_key), SQL_I64(after_sort_key), SQL_I64(max) };
	size_t first = party == NUMBERS_OF_ALL ? 1 : 0;

	return row_list(sql, arena, number_row_read, sizeof(**rows), max, (void **)rows, count, err,
			numbers_after_text[party][descending], args + first, 3 - first);
}

enum status numbers_count(struct sql *sql, enum number_party party, int64_t party_key, int64_t *count,
			  struct error *err)
{
	static const char *const texts[] = {
		[NUMBERS_OF_OPERATOR] = "SELECT COUNT(*) FROM number WHERE operator_key = ?1",
		[NUMBERS_OF_TENANT] = "SELECT COUNT(*) FROM number WHERE tenant_key = ?1",
		[NUMBERS_OF_ALL] = "SELECT COUNT(*) FROM number",
	};
	const struct sql_value args[] = { SQL_I64(party_key) };

	return row_i64(sql, count, err, texts[party], args, party == NUMBERS_OF_ALL ? 0 : 1);
}

enum status numbers_count_between(struct sql *sql, int64_t operator_key, int64_t tenant_key, int64_t *count,
				  struct error *err)
{
	return row_i64(sql, count, err, "SELECT COUNT(*) FROM number WHERE operator_key = ?1 AND tenant_key = ?2",
		       SQL_ARGS(SQL_I64(operator_key), SQL_I64(tenant_key)));
}

enum status number_changes(struct sql *sql, struct arena *arena, int64_t operator_key, int64_t after_position,
			   int64_t removed_after, int64_t max, struct number_row **rows, size_t *count,
			   struct error *err)
{
	/* One statement, so that numbers and removals are of the same moment; each
	 * arm is bounded, so that a page costs a page and not the rest of the feed. */
	return row_list(sql, arena, number_row_read, sizeof(**rows), max, (void **)rows, count, err,
			"SELECT * FROM (" NUMBER_COLUMNS
			" WHERE n.operator_key = ?1 AND n.position > ?2 ORDER BY n.position LIMIT ?4) AS present"
			" UNION ALL SELECT * FROM (SELECT r.number, r.operator_key, CAST(0 AS BIGINT) AS tenant_key,"
			" '' AS operator_id, '' AS tenant_id, '' AS iso_country, '' AS usage, '' AS capabilities,"
			" '' AS location_id, '' AS civic_address_id, CAST(0 AS BIGINT) AS allow_address_update,"
			" '' AS network_site_id, '' AS reverse_lookup, '' AS assignment_status, '' AS target_id,"
			" '' AS category, '' AS sip_uri, CAST(0 AS BIGINT) AS release_requested,"
			" r.removed_ms AS modified_ms, r.position, CAST(1 AS BIGINT) AS removed FROM number_removed r"
			" WHERE r.operator_key = ?1 AND r.position > ?2 AND r.position > ?3"
			" ORDER BY r.position LIMIT ?4) AS gone ORDER BY 20 LIMIT ?4",
			SQL_ARGS(SQL_I64(operator_key), SQL_I64(after_position), SQL_I64(removed_after), SQL_I64(max)));
}

enum status numbers_held(struct sql *sql, struct arena *arena, int64_t tenant_key, struct str target_id,
			 int64_t after_operator_key, number_t after_number, int64_t max, struct number_row **rows,
			 size_t *count, struct error *err)
{
	const struct sql_value args[] = { SQL_I64(tenant_key), SQL_I64(after_operator_key), SQL_I64(after_number),
					  SQL_I64(max), SQL_TEXT(target_id) };

	if (str_is_none(target_id))
		return row_list(sql, arena, number_row_read, sizeof(**rows), max, (void **)rows, count, err,
				NUMBER_COLUMNS " WHERE n.tenant_key = ?1 AND n.target_id IS NOT NULL"
					       " AND (n.operator_key > ?2 OR (n.operator_key = ?2 AND n.number > ?3))"
					       " ORDER BY n.operator_key, n.number LIMIT ?4",
				args, 4);
	return row_list(sql, arena, number_row_read, sizeof(**rows), max, (void **)rows, count, err,
			NUMBER_COLUMNS " WHERE n.tenant_key = ?1 AND n.target_id = ?5"
				       " AND (n.operator_key > ?2 OR (n.operator_key = ?2 AND n.number > ?3))"
				       " ORDER BY n.operator_key, n.number LIMIT ?4",
			args, 5);
}

/* --- who held a number when --------------------------------------------------- */

static void span_read(struct sql_rows *rows, struct arena *arena, void *row)
{
	*(struct span_row *)row = (struct span_row){
		.number = (number_t)sql_get_i64(rows, 0),
		.from_ms = sql_get_i64(rows, 1),
		.to_ms = sql_get_i64_or(rows, 2, INSTANT_NONE),
		.operator_key = sql_get_i64(rows, 3),
		.tenant_key = sql_get_i64(rows, 4),
		.target_id = row_text(rows, 5, arena),
		.assignment_status = row_text(rows, 6, arena),
		.sip_uri = row_text(rows, 7, arena),
	};
}

enum status span_last_ms(struct sql *sql, number_t number, int64_t *last_ms, struct error *err)
{
	return row_i64(sql, last_ms, err, "SELECT MAX(COALESCE(to_ms, from_ms)) FROM assignment_span WHERE number = ?1",
		       SQL_ARGS(SQL_I64(number)));
}

enum status span_end(struct sql *sql, number_t number, int64_t now_ms, struct error *err)
{
	enum status status =
		sql_run(sql, "DELETE FROM assignment_span WHERE number = ?1 AND to_ms IS NULL AND from_ms >= ?2",
			SQL_ARGS(SQL_I64(number), SQL_I64(now_ms)), NULL, err);

	if (status != OK)
		return status;
	return sql_run(sql, "UPDATE assignment_span SET to_ms = ?2 WHERE number = ?1 AND to_ms IS NULL",
		       SQL_ARGS(SQL_I64(number), SQL_I64(now_ms)), NULL, err);
}

enum status span_begin(struct sql *sql, const struct number_row *row, int64_t now_ms, struct error *err)
{
	return sql_run(sql,
		       "INSERT INTO assignment_span (number, from_ms, to_ms, operator_key, tenant_key, target_id,"
		       " assignment_status, sip_uri) VALUES (?1, ?2, NULL, ?3, ?4, ?5, ?6, ?7)",
		       SQL_ARGS(SQL_I64(row->number), SQL_I64(now_ms), SQL_I64(row->operator_key),
				SQL_I64(row->tenant_key), SQL_TEXT(row->target_id), SQL_TEXT(row->assignment_status),
				SQL_TEXT(row->sip_uri)),
		       NULL, err);
}

enum status span_at(struct sql *sql, struct arena *arena, number_t number, int64_t at_ms, struct span_row *row,
		    struct error *err)
{
	return row_find(sql, arena, span_read, row, "holder", err,
			"SELECT number, from_ms, to_ms, operator_key, tenant_key, target_id, assignment_status, sip_uri"
			" FROM assignment_span WHERE number = ?1 AND from_ms <= ?2 AND (to_ms IS NULL OR to_ms > ?2)"
			" ORDER BY from_ms DESC LIMIT 1",
			SQL_ARGS(SQL_I64(number), SQL_I64(at_ms)));
}

enum status spans_drop(struct sql *sql, struct str country, int64_t before_ms, int64_t *dropped, struct error *err)
{
	return sql_run(sql,
		       "DELETE FROM assignment_span WHERE to_ms < ?1 AND EXISTS (SELECT 1 FROM tenant_user u"
		       " WHERE u.tenant_key = assignment_span.tenant_key AND u.id = assignment_span.target_id"
		       " AND u.country = ?2)",
		       SQL_ARGS(SQL_I64(before_ms), SQL_TEXT(country)), dropped, err);
}
