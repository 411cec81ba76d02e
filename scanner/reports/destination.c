#include "scanner/reports/destination.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanner/matrix/memory_watch.h"

static bool open_temporary(struct destination *destination, struct error *error)
{
	struct stat status;
	mode_t mask = umask(0);
	int descriptor;

	umask(mask);
	if (stat(destination->path, &status) == 0 && !S_ISREG(status.st_mode))
		return error_set(error, ERROR_FILE, "cannot write the report \"%s\": it is not a regular file",
				 destination->path);
	if (access(destination->path, F_OK) == 0 && access(destination->path, W_OK) != 0)
		return error_set(error, ERROR_FILE, "cannot write the report \"%s\": %s", destination->path,
				 strerror(errno));
	descriptor = mkstemp(destination->temporary);
	if (descriptor < 0) {
		const char *slash = strrchr(destination->path, '/');
		int problem = errno;

		free(destination->temporary);
		destination->temporary = NULL;
		errno = problem;
		if (problem == ENOENT && slash && slash != destination->path)
			return error_set(
				error, ERROR_FILE, "cannot write the report \"%s\": there is no folder %.*s",
				destination->path, (int)(slash - destination->path), destination->path);
		return error_set(error, ERROR_FILE, "cannot write the report \"%s\": %s", destination->path,
				 strerror(errno));
	}
	fchmod(descriptor, 0666 & ~mask);
	destination->stream = fdopen(descriptor, "w");
	if (destination->stream)
		return true;
	close(descriptor);
	return error_out_of_memory(error);
}

bool destination_open(struct destination *destination, const char *path, struct error *error)
{
	*destination = (struct destination){0};
	if (!path) {
		destination->stream = stdout;
		return true;
	}
	destination->path = strdup(path);
	destination->temporary = malloc(strlen(path) + 8);
	if (!destination->path || !destination->temporary) {
		free(destination->temporary);
		destination->temporary = NULL;
		destination_close(destination);
		return error_out_of_memory(error);
	}
	sprintf(destination->temporary, "%s.XXXXXX", path);
	if (open_temporary(destination, error))
		return true;
	destination_close(destination);
	return false;
}

void destination_replace(struct destination *destination, const char *placeholder, const char *text)
{
	char *at;

	while (destination->path && (at = strstr(destination->path, placeholder))) {
		size_t before = (size_t)(at - destination->path),
		       size = strlen(destination->path) + strlen(text) + 1;
		char *changed = malloc(size);

		if (!changed) {
			memory_watch_fail();
			return;
		}
		snprintf(changed, size, "%.*s%s%s", (int)before, destination->path, text,
			 at + strlen(placeholder));
		free(destination->path);
		destination->path = changed;
	}
}

bool destination_commit(struct destination *destination, struct error *error)
{
	bool good = fflush(destination->stream) == 0 && !ferror(destination->stream);
	const char *name = destination->path ? destination->path : "standard output";
	int problem = errno;

	if (good && destination->path) {
		good = fsync(fileno(destination->stream)) == 0;
		good = fclose(destination->stream) == 0 && good;
		destination->stream = NULL;
		good = good && rename(destination->temporary, destination->path) == 0;
		problem = errno;
		if (good) {
			free(destination->temporary);
			destination->temporary = NULL;
		}
	}
	if (!good)
		return error_set(error, ERROR_FILE, "cannot write the report to %s: %s", name,
				 strerror(problem));
	return true;
}

void destination_close(struct destination *destination)
{
	if (destination->stream && destination->path)
		fclose(destination->stream);
	if (destination->temporary)
		unlink(destination->temporary);
	free(destination->temporary);
	free(destination->path);
	*destination = (struct destination){0};
}
