/*
 * Files that several programs share, and the first of them writes.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/interruption.h"
#include "scanner/storage/storage_internal.h"

enum {
	/* A lock shows that a program writes the file. Of an object nothing shows it. */
	FILE_PATIENCE_MS = 5 * 60 * 1000,
	OBJECT_PATIENCE_MS = 2 * 60 * 1000,
	FILE_PAUSE_MS = 100,
	OBJECT_PAUSE_MS = 2000,
};

static bool is_object(const struct storage_file *file)
{
	return file->folder;
}

/* errno is EWOULDBLOCK where another process holds the lock. */
static bool take_lock(struct storage_file *file)
{
	struct buffer name = {0};

	buffer_texts(&name, file->path, ".creating", NULL);
	errno = ENOMEM;
	file->lock = name.failed ? -1 : open(name.at, O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
	buffer_deinit(&name);
	file->is_locked = file->lock >= 0;
	if (file->is_locked && flock(file->lock, LOCK_EX | LOCK_NB) != 0) {
		int problem = errno;

		storage_release(file);
		errno = problem;
	}
	return file->is_locked;
}

static bool is_there(const struct storage_file *file)
{
	return access(file->path, F_OK) == 0;
}

static enum storage_claim claim_file(struct storage_file *file, struct error *error)
{
	if (is_there(file))
		return STORAGE_PRESENT;
	if (!take_lock(file)) {
		if (errno == EWOULDBLOCK)
			return STORAGE_AWAITED;
		error_set(error, ERROR_FILE, "%s cannot be written: %s", file->name, strerror(errno));
		return STORAGE_REFUSED;
	}
	if (!is_there(file))
		return STORAGE_CLAIMED;
	storage_release(file); /* written before the lock was free */
	return STORAGE_PRESENT;
}

enum storage_claim storage_claim(struct storage_file *file, bool is_first, struct error *error)
{
	if (!is_object(file))
		return claim_file(file, error);
	if (file->exists)
		return STORAGE_PRESENT;
	return is_first ? STORAGE_CLAIMED : STORAGE_AWAITED;
}

int64_t storage_patience_ms(const struct storage_file *file)
{
	return is_object(file) ? OBJECT_PATIENCE_MS : FILE_PATIENCE_MS;
}

bool storage_await(struct storage *storage, struct storage_file *file, struct error *error)
{
	if (!interruption_pause_ms(is_object(file) ? OBJECT_PAUSE_MS : FILE_PAUSE_MS))
		return error_set(error, ERROR_INTERRUPTED, "%s", interruption_reason());
	return !is_object(file) || file->exists || storage_fetch_again(storage, file, error);
}
