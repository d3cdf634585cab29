/* formats/input_file.h - a file of the user's, whatever it is packed in.
 *
 * gzip, zstd and a zip with one file in it are recognised from the content and
 * unpacked on the way, UTF-16 becomes UTF-8 (formats/text_decode.h); "-" is standard
 * input.  Every error names the file. */
#ifndef FORMATS_INPUT_FILE_H
#define FORMATS_INPUT_FILE_H

#include "base/error.h"
#include "base/str.h"

/* Takes the content in pieces.  Anything but OK ends reading and becomes the result. */
typedef enum status input_file_sink(void *context, struct str bytes, struct error *err);

struct input_file;

/* E_NOT_FOUND or E_IO. */
enum status input_file_open(struct input_file **file, const char *path, input_file_sink *sink, void *context,
			    struct error *err);

/* Reads the next piece of the file and hands its content out; *more is false at
 * the end, when all of the content has been. */
enum status input_file_step(struct input_file *file, bool *more, struct error *err);

/* Bytes of the file read so far, and its size; 0 where it has none. */
void input_file_progress(const struct input_file *file, uint64_t *read, uint64_t *size);
void input_file_close(struct input_file *file);      /* NULL is fine */

/* All of a file in one go. */
enum status input_file_read(const char *path, input_file_sink *sink, void *context, struct error *err);

#endif
