/* Feeds a fuzz target the files of a folder, whole and cut off at every byte. */
#include "fuzz.h"

#include <dirent.h>

static int replay(const char *folder, const char *name)
{
	char path[4096];
	static uint8_t bytes[1 << 16];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (!file) {
		perror(path);
		return 1;
	}
	n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	for (size_t cut = n > 2000 ? n : 0; cut <= n; cut++) {
		uint8_t *own = malloc(cut + 1);

		must(own);
		memcpy(own, bytes, cut);
		LLVMFuzzerTestOneInput(own, cut);
		free(own);
	}
	return 0;
}

int main(int argc, char **argv)
{
	DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
	int failed = 0, files = 0;

	if (!folder) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	for (struct dirent *entry; (entry = readdir(folder));) {
		if (entry->d_name[0] == '.')
			continue;
		failed |= replay(argv[1], entry->d_name);
		files++;
	}
	closedir(folder);
	if (files == 0)
		fprintf(stderr, "%s: no files\n", argv[1]);
	return failed || files == 0;
}
