/*
 * accounts_file.h - the accounts of an organization in a file, for the programs that share one scan.
 *
 * Organizations throttles early, and all callers of an organization share one limit: N shards that each list it
 * wait for each other. With --accounts-file one of them writes the list, and the others read it. Which one, and
 * how long the others wait, is the storage's to decide (storage_claim); then a program lists the organization
 * itself. A file is complete: it is renamed into place, or is one version of an object. It is read only if it
 * is at most twelve hours old, and used only by a caller of the same organization (discovery.h).
 *
 * The format is JSON, "neptune-scan/accounts/1", see docs/operations.md. A file that cannot be used is never
 * overwritten by a scan; `neptune-scan accounts` replaces one of the same organization.
 */
#ifndef SCANNER_ENGINE_ACCOUNTS_FILE_H
#define SCANNER_ENGINE_ACCOUNTS_FILE_H

#include "base/error.h"
#include "base/log.h"
#include "config/settings.h"
#include "scanner/engine/account_list.h"
#include "scanner/storage/storage.h"

struct accounts_file;

/*
 * Opens the accounts file of the settings: reads it, or is to write it, or waits for either, not longer than
 * scan.deadline. `is_first`: where nothing else decides, this program of several is the one that lists. NULL:
 * the file cannot be used, and the error says why (ERROR_USAGE), or it cannot be fetched (storage.h).
 */
struct accounts_file *accounts_file_open(const struct config *config, bool is_first, const struct log *log,
					 struct error *error);
/* After the scan: waits until the file is written, and logs the result. */
void accounts_file_finish(struct accounts_file *file);
/* NULL is allowed. */
void accounts_file_close(struct accounts_file *file);
/* The list that was read. NULL: the organization has to be listed. */
const struct account_list *accounts_file_known(const struct accounts_file *file);
const char *accounts_file_name(const struct accounts_file *file);
/* Where this program has to write the file, puts itself before the listener of discovery, to record the list.
 */
void accounts_file_listen(struct accounts_file *file, struct discovery_listener *listener);

/* Reads a file of any age. False: it is no such file; the error says why (ERROR_USAGE). */
bool accounts_file_read(struct account_list *list, const struct storage_file *file, struct error *error);
/* Writes the local file; it must be published. */
bool accounts_file_write(const struct account_list *list, const struct storage_file *file, struct error *error);

#endif
