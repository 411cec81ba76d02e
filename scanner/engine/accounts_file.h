/*
 * accounts_file.h - the accounts of an organization in a file, for the programs that share one scan.
 *
 * Organizations throttles early, and all callers of an organization share one limit: N shards that each list it
 * wait for each other. With --accounts-file the first one writes the list, and the others read it. A program
 * that finds no file and cannot take the lock (FILE.creating, released when its process ends) waits for the
 * file, at most for a limit; then it lists the organization itself. A file is complete: it is renamed into
 * place. It is read only if it is at most twelve hours old, and used only by a caller of the same organization
 * (discovery.h).
 *
 * The format is JSON, "neptune-scan/accounts/1", see docs/operations.md. A file that cannot be used is never
 * overwritten by a scan; `neptune-scan accounts` replaces one of the same organization.
 */
#ifndef SCANNER_ENGINE_ACCOUNTS_FILE_H
#define SCANNER_ENGINE_ACCOUNTS_FILE_H

#include "base/error.h"
#include "base/log.h"
#include "scanner/engine/account_list.h"

struct accounts_file;

/*
 * Reads the file, or takes the lock, or waits for either at most `limit_ms`. NULL: the file cannot be used, and
 * the error says why (ERROR_USAGE).
 */
struct accounts_file *accounts_file_open(const char *path, int64_t limit_ms, const struct log *log,
					 struct error *error);
/* NULL is allowed. */
void accounts_file_close(struct accounts_file *file);
/* The list that was read. NULL: the organization has to be listed. */
const struct account_list *accounts_file_known(const struct accounts_file *file);
const char *accounts_file_path(const struct accounts_file *file);
/* Where this program has to write the file, puts itself before the listener of discovery, to record the list.
 */
void accounts_file_listen(struct accounts_file *file, struct discovery_listener *listener);

/* Reads a file of any age. False: it is no such file; the error says why (ERROR_USAGE). */
bool accounts_file_read(struct account_list *list, const char *path, struct error *error);
bool accounts_file_write(const struct account_list *list, const char *path, struct error *error);

#endif
