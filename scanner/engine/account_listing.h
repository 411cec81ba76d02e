/*
 * account_listing.h - lists the accounts of the caller's organization, without a scan.
 *
 * Blocks until the list is complete; signals end the process as usual.
 */
#ifndef SCANNER_ENGINE_ACCOUNT_LISTING_H
#define SCANNER_ENGINE_ACCOUNT_LISTING_H

#include "base/error.h"
#include "base/log.h"
#include "config/settings.h"
#include "scanner/engine/account_list.h"

struct caller_session;

/*
 * False: the organization cannot be listed, or the caller is in none; the error says why. The list must be
 * freed in either case.
 */
bool account_list_fetch(struct account_list *list, const struct config *config, struct caller_session *caller,
			const struct log *log, struct error *error);

#endif
