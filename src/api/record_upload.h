/* api/record_upload.h - how an upload of records is taken from a request.
 *
 * Content-Type says how to read it, Content-Encoding how it is packed; the answer
 * is 201 with the batch, and Location where it can be read again. */
#ifndef API_RECORD_UPLOAD_H
#define API_RECORD_UPLOAD_H

#include "api/api.h"
#include "formats/record.h"

enum status record_upload_begin(void *app, struct http_request *req, enum record_kind kind, void **upload,
				struct error *err);
enum status record_upload_data(void *upload, struct str bytes, struct error *err);
enum status record_upload_end(void *upload, struct http_request *req, struct http_response *res, struct error *err);
void record_upload_abort(void *upload);

#endif
