/* store/folders.h - folders that are on disk once they were made. */
#ifndef STORE_FOLDERS_H
#define STORE_FOLDERS_H

#include "base/error.h"

/* What errno says of a path; `what` as "cannot be made".  E_FULL, else E_IO. */
enum status path_fail(const char *path, const char *what, struct error *err);

enum status folder_sync(const char *path, struct error *err);

/* Mode 0700; one that is there already is fine.  A new folder is on disk only with its parent. */
enum status folder_make(const char *path, const char *parent, struct error *err);

#endif
