/* formats/text_decode.h - the content of a file as UTF-8 text, pushed in pieces of any size.
 *
 * UTF-16 and UTF-32 are told from their byte order mark, UTF-16 without one from the zero bytes of the first two
 * characters; all else is handed on as it is, since whoever reads lines can say which of them is no UTF-8.  What is no
 * character in UTF-16 becomes a byte that is none in UTF-8 either, so that its line is named, too.  Line ends stay where they are.
 *
 * Content that is known to be no text (a PDF, an Excel file, an archive within an archive) is E_INVALID, and is
 * named. */
#ifndef FORMATS_TEXT_DECODE_H
#define FORMATS_TEXT_DECODE_H

#include "base/error.h"
#include "base/str.h"

struct text_decode;

typedef enum status text_decode_sink(void *context, struct str bytes, struct error *err);

struct text_decode *text_decode_new(text_decode_sink *sink, void *context);
enum status text_decode_push(struct text_decode *d, struct str bytes, struct error *err);
enum status text_decode_finish(struct text_decode *d, struct error *err); /* E_TRUNCATED within a character */
void text_decode_free(struct text_decode *d);                             /* NULL is fine */

#endif
