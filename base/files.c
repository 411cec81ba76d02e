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

static bool write_all(int file, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = write(file, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		text += written;
		length -= (size_t)written;
	}
	return true;
}

static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* Renames the temporary file to the path once it is whole, else deletes it. */
static bool fill_and_rename(int file, const char *temporary, const char *path, const char *text, size_t length)
{
	bool good = write_all(file, text, length) && fchmod(file, usual_mode()) == 0 && fsync(file) == 0;
	int problem;

	good = close(file) == 0 && good;
	good = good && rename(temporary, path) == 0;
	problem = errno;
	if (!good)
		unlink(temporary);
	errno = problem;
	return good;
}

bool files_replace(const char *path, const char *text, size_t length)
{
	static const char suffix[] = ".XXXXXX";
	size_t size = strlen(path) + sizeof suffix;
	char *temporary = malloc(size);
	bool good = false;
	int file;

	if (!temporary)
		return false;
	snprintf(temporary, size, "%s%s", path, suffix);
	file = mkostemp(temporary, O_CLOEXEC);
	if (file >= 0)
		good = fill_and_rename(file, temporary, path, text, length);
	free(temporary);
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
