#include "store/folders.h"

#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum status path_fail(const char *path, const char *what, struct error *err)
{
	return error_set(err, errno == ENOSPC ? E_FULL : E_IO, NULL, "%s: %s: %s", path, what, strerror(errno));
}

enum status folder_sync(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum status status = OK;

	if (fd < 0 || fsync(fd) != 0)
		status = path_fail(path, "cannot be synchronized", err);
	if (fd >= 0)
		close(fd);
	return status;
}

enum status folder_make(const char *path, const char *parent, struct error *err)
{
	if (mkdir(path, 0700) == 0)
		return folder_sync(parent, err);
	return errno == EEXIST ? OK : path_fail(path, "cannot be made", err);
}
