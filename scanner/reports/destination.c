#include "scanner/reports/destination.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/json_oom_guard.h"

#define INFIX ".neptune-scan."
#define UNIQUE "XXXXXX"

static bool fail(const struct destination *destination, const char *why, struct error *error)
{
	return error_set(error, ERROR_FILE, "cannot write the report \"%s\": %s", destination->path, why);
}

/* ---- the path ---- */

/*
 * Resolves symbolic links. A dangling link is refused, because the user probably does not intend to create
 * its target.
 */
static bool follow_link(struct destination *destination, struct error *error)
{
	struct stat status;
	char *target;

	if (lstat(destination->path, &status) != 0 || !S_ISLNK(status.st_mode))
		return true;
	target = realpath(destination->path, NULL);
	if (!target)
		return errno == ENOMEM ? error_out_of_memory(error)
				       : fail(destination, "it is a link that leads to no file", error);
	free(destination->path);
	destination->path = target;
	return true;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "folder/.report.json.neptune-scan.XXXXXX" */
static char *temporary_of(const char *path)
{
	const char *name = name_of(path);
	size_t size = strlen(path) + sizeof "." INFIX UNIQUE;
	char *temporary = malloc(size);

	if (temporary)
		snprintf(temporary, size, "%.*s.%s" INFIX UNIQUE, (int)files_fixed_folder(path), path, name);
	return temporary;
}

/* The folders whose names had placeholders: all that lie below the temporary file's. */
static bool make_folders(const struct destination *destination, struct error *error)
{
	size_t fixed = (size_t)(name_of(destination->temporary) - destination->temporary);

	return files_make_folders(destination->path, fixed) ||
	       error_set(error, ERROR_FILE, "cannot create the folder of %s: %s", destination->path,
			 strerror(errno));
}

/* ---- leftovers of killed processes ---- */

static void remove_if_left(int folder, const char *name)
{
	int descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (descriptor < 0)
		return;
	if (flock(descriptor, LOCK_EX | LOCK_NB) == 0)
		unlinkat(folder, name, 0);
	close(descriptor);
}

static void remove_what_was_left(const char *temporary)
{
	const char *name = name_of(temporary);
	size_t common = strlen(name) - strlen(UNIQUE);
	char *path = strndup(temporary, (size_t)(name - temporary));
	DIR *folder = path ? opendir(*path ? path : ".") : NULL;
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (strncmp(entry->d_name, name, common) == 0 &&
		    strlen(entry->d_name) == common + strlen(UNIQUE))
			remove_if_left(dirfd(folder), entry->d_name);
	if (folder)
		closedir(folder);
	free(path);
}

/* ---- opening ---- */

static bool fail_folder(const struct destination *destination, struct error *error)
{
	const char *name = name_of(destination->path);
	int problem = errno;

	if (problem != ENOENT || name == destination->path || name == destination->path + 1)
		return fail(destination, strerror(problem), error);
	return error_set(error, ERROR_FILE, "cannot write the report \"%s\": there is no folder %.*s",
			 destination->path, (int)(name - destination->path - 1), destination->path);
}

/*
 * Copies mode and owner of the replaced file. When the owner cannot be kept, the mode is restricted, so that
 * no other user gains access.
 */
static void take_after(int descriptor, const struct stat *replaced)
{
	mode_t mode = replaced->st_mode & 0777;

	if (fchown(descriptor, replaced->st_uid, replaced->st_gid) != 0 &&
	    fchown(descriptor, (uid_t)-1, replaced->st_gid) != 0)
		mode &= S_IRWXU | S_IRWXO;
	fchmod(descriptor, mode);
}

static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/*
 * Until the new file is locked, another process may take it for a leftover and remove it: then again. The wait
 * is for such a process alone. A file system without locks removes nothing.
 */
static int create_locked(char *temporary)
{
	char *unique = temporary + strlen(temporary) - strlen(UNIQUE);
	struct stat status;
	int descriptor;

	for (;;) {
		descriptor = mkostemp(temporary, O_CLOEXEC);
		if (descriptor < 0)
			return -1;
		if (flock(descriptor, LOCK_EX) != 0 || fstat(descriptor, &status) != 0 || status.st_nlink > 0)
			return descriptor;
		close(descriptor);
		memcpy(unique, UNIQUE, sizeof UNIQUE);
	}
}

static bool open_temporary(struct destination *destination, struct error *error)
{
	struct stat replaced;
	int descriptor;

	if (stat(destination->path, &replaced) == 0) {
		if (!S_ISREG(replaced.st_mode))
			return fail(destination, "it is not a regular file", error);
		if (access(destination->path, W_OK) != 0)
			return fail(destination, strerror(errno), error);
	}
	destination->temporary = temporary_of(destination->path);
	if (!destination->temporary)
		return error_out_of_memory(error);
	remove_what_was_left(destination->temporary);
	descriptor = create_locked(destination->temporary);
	if (descriptor < 0) {
		fail_folder(destination, error);
		free(destination->temporary);
		destination->temporary = NULL;
		return false;
	}
	destination->mode = usual_mode();
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
	if (!destination->path)
		return error_out_of_memory(error);
	if (follow_link(destination, error) && open_temporary(destination, error))
		return true;
	destination_close(destination);
	return false;
}

bool destination_open_object(struct destination *destination, const char *name, const char *file,
			     struct error *error)
{
	int descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	*destination = (struct destination){.path = strdup(name), .is_object = true};
	if (descriptor < 0)
		error_set(error, ERROR_FILE, "cannot write %s: %s", file, strerror(errno));
	else if (!destination->path || !(destination->stream = fdopen(descriptor, "w")))
		error_out_of_memory(error);
	else
		return true;
	if (descriptor >= 0)
		close(descriptor);
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
			json_oom_guard_fail();
			return;
		}
		snprintf(changed, size, "%.*s%s%s", (int)before, destination->path, text,
			 at + strlen(placeholder));
		free(destination->path);
		destination->path = changed;
	}
}

/* Applies to the final path, after placeholders were replaced: it may be a link, or name an existing file. */
static bool take_the_name(struct destination *destination, struct error *error)
{
	int descriptor = fileno(destination->stream);
	struct stat replaced;

	if (!make_folders(destination, error) || !follow_link(destination, error))
		return false;
	if (stat(destination->path, &replaced) == 0)
		take_after(descriptor, &replaced);
	else
		fchmod(descriptor, destination->mode);
	return true;
}

bool destination_commit(struct destination *destination, struct error *error)
{
	bool good = fflush(destination->stream) == 0 && !ferror(destination->stream);
	const char *name;
	int problem = errno;

	if (destination->path && !destination->is_object && !take_the_name(destination, error))
		return false;
	name = destination->path ? destination->path : "standard output";
	if (good && destination->path) {
		good = fsync(fileno(destination->stream)) == 0 &&
		       (destination->is_object || rename(destination->temporary, destination->path) == 0);
		problem = errno;
		if (good) {
			free(destination->temporary);
			destination->temporary = NULL;
		}
		/* Last, because it ends the lock: an unlocked temporary file is a leftover. */
		if (fclose(destination->stream) != 0 && good) {
			good = false;
			problem = errno;
		}
		destination->stream = NULL;
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
