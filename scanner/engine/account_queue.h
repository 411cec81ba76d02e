/*
 * account_queue.h - which accounts are scanned, and in which order.
 *
 * Each account that discovery reports becomes a row of the matrix. It is skipped, with the reason, when the
 * settings exclude it, when AWS says that it is not in use, or when another shard scans it; otherwise it is
 * queued, in the order of the organization. Where the settings filter by organizational unit, an account is
 * queued when its unit is known, and none is when a unit of organization.ous does not exist: a scan that a
 * typing error narrowed would pass. Everything here is called on the coordinator's thread.
 */
#ifndef SCANNER_ENGINE_ACCOUNT_QUEUE_H
#define SCANNER_ENGINE_ACCOUNT_QUEUE_H

#include "base/log.h"
#include "config/settings.h"
#include "scanner/engine/discovery.h"
#include "scanner/matrix/matrix.h"

/* The units that a setting names. */
struct named_units {
	const struct unit **items;
	size_t count;
};

struct account_queue {
	/* Set by the owner, before account_queue_begin. */
	const struct config *config;
	const struct log *log;
	struct matrix *matrix;
	struct shard shard;
	/* Did an earlier program of a resumed run finish the row? NULL: there was none. */
	bool (*is_done)(void *owner, size_t row);
	void *owner;

	/* Private. */
	struct identity identity;
	const char *organization; /* its id, in the matrix's arena; NULL: none, or not known yet */
	size_t first_row;         /* in the matrix: those before it are of other organizations */
	size_t *rows, count, capacity, entered; /* the queue; those before `entered` have left it */
	size_t elsewhere;                       /* rows that another shard scans, or an earlier program has */
	bool waits_for_places;
	struct named_units included, excluded; /* once the tree is known */
};

void account_queue_begin(struct account_queue *queue);
void account_queue_end(struct account_queue *queue);

/* The events of discovery.h. */
void account_queue_take_identity(struct account_queue *queue, const struct identity *identity);
/* False: no account can be scanned, and the error says why. */
bool account_queue_take_organization(struct account_queue *queue, const char *id,
				     const char *management_account, struct error *error);
void account_queue_take_account(struct account_queue *queue, const struct discovered_account *account);
/* False: no account can be scanned, and the error says why. */
bool account_queue_take_units(struct account_queue *queue, const struct units *units, struct error *error);
void account_queue_take_place(struct account_queue *queue, const char *account, const struct unit *unit);
/* No more accounts come: logs the settings that name none of them. */
void account_queue_listed(struct account_queue *queue);
/* No more places come. False: no account can be scanned, and the error says why. */
bool account_queue_finish(struct account_queue *queue, bool tree_known, struct error *error);

/* Takes the next account off the queue. False: it is empty now. */
bool account_queue_next(struct account_queue *queue, size_t *row);
size_t account_queue_waiting(const struct account_queue *queue);
/* An account may have been scanned: its results are kept. */
bool account_queue_has_begun(const struct account_queue *queue);
/* Is it the caller's own account? */
bool account_queue_is_own(const struct account_queue *queue, const char *account);
/* The ids of all accounts, skipped ones among them, sorted; in the matrix's arena. NULL: out of memory. */
const char *const *account_queue_ids(struct account_queue *queue, size_t *count);

#endif
