#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *not_regular(mode_t mode)
{
	return S_ISDIR(mode) ? "it is a directory" : "it is not a regular file";
}

FILE *files_open_regular(const char *path, const char **problem)
{
	int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status = {.st_mode = S_IFREG};
	FILE *stream = NULL;

	if (descriptor >= 0 && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode))
		stream = fdopen(descriptor, "r");
	if (stream)
		return stream;
	*problem = descriptor >= 0 && !S_ISREG(status.st_mode) ? not_regular(status.st_mode) : strerror(errno);
	if (descriptor >= 0)
		close(descriptor);
	return NULL;
}

size_t files_fixed_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) + 1 : 0;
	const char *placeholder = memchr(path, '{', length);

	if (!placeholder)
		return length;
	while (placeholder > path && placeholder[-1] != '/')
		placeholder--;
	return (size_t)(placeholder - path);
}

bool files_make_folders(const char *path, size_t fixed)
{
	char *copy = strdup(path);
	bool good = copy != NULL;

	for (char *slash = copy ? strchr(copy + fixed, '/') : NULL; good && slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		good = mkdir(copy, 0777) == 0 || errno == EEXIST;
		*slash = '/';
	}
	free(copy);
	return good;
}

const char *files_what_is_irregular(const char *path)
{
	struct stat status;

	return stat(path, &status) != 0 || S_ISREG(status.st_mode) ? NULL : not_regular(status.st_mode);
}

/* The folder of a path, with links resolved, and the file's name in it. NULL: the folder does not exist. */
static char *resolve_folder(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : NULL, *resolved;

	*name = slash ? slash + 1 : path;
	resolved = slash && !folder ? NULL : realpath(slash ? folder : ".", NULL);
	free(folder);
	return resolved;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool files_are_same(const char *a, const char *b)
{
	const char *name, *other;
	char *folder, *others;
	struct stat one, two;
	bool same;

	if (stat(a, &one) == 0 && stat(b, &two) == 0)
		return is_same(&one, &two);
	folder = resolve_folder(a, &name);
	others = resolve_folder(b, &other);
	same = folder && others ? strcmp(folder, others) == 0 && strcmp(name, other) == 0 : strcmp(a, b) == 0;
	free(folder);
	free(others);
	return same;
}

bool files_is_open_as(const char *path, int descriptor)
{
	struct stat file, open_file;

	return stat(path, &file) == 0 && fstat(descriptor, &open_file) == 0 && is_same(&file, &open_file);
}
