/* exchange/accept_records.h - take an upload of call or duration records.
 *
 *     begin -> data ... -> finish      the batch is on disk and answered
 *                      \-> abort       whole records that came may be there; nothing is acknowledged
 *
 * Bytes go through decompression and the record reader into chunks of records;
 * while one chunk is filled the one before is committed by a thread of the
 * upload's own, so memory is bounded by two chunks.  An answer is given only
 * after the last commit, and with the batch and its Idempotency-Key in the
 * registry: a key is never claimed and then lost.
 *
 * The operator's upload (operator_key given) holds its own duration records; the
 * platform's (0) call records of any operators and tenants, which must exist.
 *
 * Threads: an upload is used by one thread at a time. */
#ifndef EXCHANGE_ACCEPT_RECORDS_H
#define EXCHANGE_ACCEPT_RECORDS_H

#include "base/random.h"
#include "exchange/exchange.h"
#include "formats/decompress.h"
#include "formats/record_reader.h"

#define IDEMPOTENCY_KEY_MAX 255   /* printable ASCII characters */

struct upload;

struct upload_request {
	enum record_kind kind;
	enum record_format format;
	enum coding coding;
	int64_t operator_key;         /* 0: the platform's */
	const char *operator_id;      /* "" with the platform's */
	const char *client_id;
	struct str route;             /* scope of the Idempotency-Key */
	struct str idempotency_key;   /* none: the request has none */
};

/* The request's strings need not outlive the call.  E_RATE: too many uploads of
 * this client; E_IN_PROGRESS: the key is in use; E_INVALID: it is no key. */
enum status upload_begin(struct exchange *exchange, const struct upload_request *request, struct upload **upload,
			 struct error *err);
enum status upload_data(struct upload *upload, struct str bytes, struct error *err);

enum upload_outcome { UPLOAD_ACCEPTED, UPLOAD_DUPLICATE, UPLOAD_CONFLICT, UPLOAD_REJECTED, UPLOAD_OUTCOME_COUNT };

struct upload_result {
	char batch_id[GUID_TEXT_SIZE];
	int64_t received;                /* by this request: 0 when the answer is that of an earlier one */
	int64_t outcomes[UPLOAD_OUTCOME_COUNT];   /* of those received */
	struct buf answer;               /* JSON; the caller's to release */
};

/* E_KEY_REUSED: the key was used with another body.  On success the upload is
 * freed; after any failure, also of upload_data, upload_abort frees it. */
enum status upload_finish(struct upload *upload, struct upload_result *result, struct error *err);
void upload_abort(struct upload *upload);   /* NULL is fine */

#endif
