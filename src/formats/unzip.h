/* formats/unzip.h - a zip archive with one file in it, pushed in pieces.
 *
 * As spreadsheets and portals hand out tables.  Stored and deflated entries, read
 * from their local headers on, so that nothing is held back; folders, what macOS
 * adds and the parameters.json of Teams' exports are passed over; a second file,
 * encryption and other methods are E_INVALID, a wrong checksum is too. */
#ifndef FORMATS_UNZIP_H
#define FORMATS_UNZIP_H

#include "formats/decompress.h"

struct unzip;

bool unzip_sniff(struct str head);   /* by the first four bytes */

/* Output in pieces of at most 64 KiB. */
struct unzip *unzip_new(const struct decompress_limits *limits, decompress_sink *sink, void *context);
enum status unzip_push(struct unzip *u, struct str bytes, struct error *err);
enum status unzip_finish(struct unzip *u, struct error *err);   /* E_TRUNCATED when it ends early */
void unzip_free(struct unzip *u);                               /* NULL is fine */

#endif
