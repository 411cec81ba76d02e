/*
 * The store's file and those beside it: the lock of the writing process, SQLite's log, and a check that the
 * file did not change while it was read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/text.h"
#include "scanner/store/store_internal.h"

/* ---- the lock ---- */

/* The holder's name, as it wrote it into the lock file. */
static void read_holder(int lock, char holder[static STORE_HOLDER])
{
	ssize_t length = pread(lock, holder, STORE_HOLDER - 1, 0);

	holder[length > 0 ? length : 0] = '\0';
	holder[strcspn(holder, "\n")] = '\0';
	if (!holder[0])
		snprintf(holder, STORE_HOLDER, "another neptune-scan");
}

static bool refuse_second(const struct store *store, struct error *error)
{
	char holder[STORE_HOLDER];

	read_holder(store->lock, holder);
	return error_set(
		error, ERROR_FILE,
		"run store %s is in use by %s\n  Fix: wait until it is done, or name another file with --db",
		store->path, holder);
}

static int open_lock(const struct store *store, int flags)
{
	struct buffer path = {0};
	int lock;

	buffer_print(&path, "%s.lock", store->path);
	lock = path.failed ? -1 : open(path.at, flags | O_NONBLOCK | O_CLOEXEC, 0600);
	buffer_deinit(&path);
	return lock;
}

/* The directory is missing, or does not allow the file. */
static bool refuse_lock(const struct store *store, int code, struct error *error)
{
	const char *slash = strrchr(store->path, '/');
	size_t length = slash ? (size_t)(slash - store->path) + (slash == store->path) : 0;
	struct buffer folder = {0};
	bool is_missing;

	buffer_append(&folder, slash ? store->path : ".", slash ? length : 1);
	is_missing = !folder.failed && access(folder.at, F_OK) != 0 && errno == ENOENT;
	if (is_missing)
		error_set(error, ERROR_FILE,
			  "run store %s: the directory %s does not exist\n"
			  "  Fix: create it, or choose a file with --db",
			  text_brief(store->path, 300).text, text_brief(folder.at, 300).text);
	else
		error_set(error, ERROR_FILE,
			  "run store %s: cannot open its lock: %s\n"
			  "  Fix: correct the permissions of the directory, or choose a file with --db",
			  text_brief(store->path, 400).text, strerror(code));
	buffer_deinit(&folder);
	return false;
}

/* Retries, because a reader holds the lock for a moment to see whether a writer does. */
static bool lock_exclusively(int lock)
{
	enum { ATTEMPTS = 10, PAUSE_NS = 5000000 };

	for (int i = 0; i < ATTEMPTS; i++) {
		if (flock(lock, LOCK_EX | LOCK_NB) == 0)
			return true;
		nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
	}
	return false;
}

bool store_take_lock(struct store *store, struct error *error)
{
	char holder[STORE_HOLDER], now[CLOCK_ISO_SIZE];
	bool is_named;
	int length;

	if (strcmp(store->path, ":memory:") == 0)
		return true;
	store->lock = open_lock(store, O_RDWR | O_CREAT);
	if (store->lock < 0)
		return refuse_lock(store, errno, error);
	if (!lock_exclusively(store->lock))
		return refuse_second(store, error);
	clock_format_iso(clock_wall_seconds(), now);
	length = snprintf(holder, sizeof holder, "process %ld, since %s\n", (long)getpid(), now);
	/* Without the holder's name the lock holds as well. */
	is_named = ftruncate(store->lock, 0) == 0 && pwrite(store->lock, holder, (size_t)length, 0) == length;
	(void)is_named;
	return true;
}

enum store_writer store_writer(const struct store *store, char holder[static STORE_HOLDER])
{
	int lock = store->lock >= 0 ? -1 : open_lock(store, O_RDONLY);
	enum store_writer writer = STORE_WRITER_NONE;

	if (store->lock >= 0)
		return STORE_WRITER_NONE; /* this process holds the lock, and has begun nothing */
	if (lock < 0)
		return errno == ENOENT ? STORE_WRITER_NONE : STORE_WRITER_UNKNOWN;
	if (flock(lock, LOCK_SH | LOCK_NB) != 0) {
		writer = STORE_WRITER_THERE;
		read_holder(lock, holder);
	}
	close(lock);
	return writer;
}

/* ---- files beside it ---- */

/* -1: the file does not exist. */
int64_t store_size_beside(const struct store *store, const char *suffix)
{
	struct buffer path = {0};
	struct stat status;
	int64_t size = -1;

	buffer_print(&path, "%s%s", store->path, suffix);
	if (!path.failed && stat(path.at, &status) == 0)
		size = status.st_size;
	buffer_deinit(&path);
	return size;
}

bool store_has_log(const struct store *store)
{
	return store_size_beside(store, "-wal") > 0;
}

bool store_is_unchanged(const struct store *store, struct error *error)
{
	struct stat now;

	if (!store->is_unlocked || (stat(store->path, &now) == 0 && now.st_size == store->as_opened.st_size &&
				    now.st_mtim.tv_sec == store->as_opened.st_mtim.tv_sec &&
				    now.st_mtim.tv_nsec == store->as_opened.st_mtim.tv_nsec &&
				    store_has_log(store) == store->index_in_memory))
		return true;
	return error_set(error, ERROR_FILE,
			 "run store %s was written while it was read, by a program that cannot lock it\n"
			 "  Fix: try again when the scan is done",
			 store->path);
}
