/* exchange/read_records.h - records as they are shown: lists, single ones, and the feed.
 *
 * Rows come with the ids of their parties.  What a party may see of a row is the
 * business of who writes it out (api/record_list.h).  Media streams can be large
 * and are read row by row, by whoever bounds the answer. */
#ifndef EXCHANGE_READ_RECORDS_H
#define EXCHANGE_READ_RECORDS_H

#include "exchange/exchange.h"
#include "exchange/party_keys.h"
#include "store/records.h"

/* stored.record.operator_id and .tenant_id are filled. */
struct records_view {
	struct stored_record *rows;
	size_t count;
	bool more;
};

/* query->operator_key 0: all operators, one after another in the order of their
 * keys; query->after.operator_key then says where to go on. */
enum status read_records_page(struct exchange *exchange, struct arena *arena, struct party_keys *parties,
			      const struct records_query *query, struct records_view *view, struct error *err);

/* operator_key 0: of any operator.  E_NOT_FOUND. */
enum status read_records_one(struct exchange *exchange, struct arena *arena, struct party_keys *parties,
			     int64_t operator_key, enum record_kind kind, struct str id, struct stored_record *row,
			     struct error *err);

/* The row's media streams, canonical, into row->record. */
enum status read_records_media(struct exchange *exchange, struct arena *arena, struct stored_record *row,
			       struct error *err);

/* Where the operator's feed of call records ends now. */
enum status call_feed_head(struct exchange *exchange, int64_t operator_key, int64_t *position, struct error *err);

/* Rows past *position, which moves to where reading goes on.  E_GONE when the
 * position was never given by this store. */
enum status call_feed_read(struct exchange *exchange, struct arena *arena, struct party_keys *parties,
			   int64_t operator_key, size_t max, int64_t *position, struct records_view *view,
			   struct error *err);

#endif
