/*
 * sources.h - what the sources of credentials have in common; only they and the chain need this page.
 *
 * A source is one file and one line in chain.c. It looks at the context and gives a session, or says that there
 * is nothing of its kind (and what it looked for), or that there is, but unusable.
 */
#ifndef SCANNER_CREDENTIALS_SOURCES_H
#define SCANNER_CREDENTIALS_SOURCES_H

#include <jansson.h>
#include <stdint.h>

#include "config/profiles.h"
#include "scanner/aws/sts.h"
#include "scanner/aws/sync_client.h"
#include "scanner/credentials/credentials.h"

enum credentials_result {
	CREDENTIALS_FOUND,
	CREDENTIALS_ABSENT, /* nothing here, the next source may have some; the error says what was looked for
			     */
	CREDENTIALS_BROKEN, /* meant to be here, but unusable: the chain stops */
};

struct credentials_context {
	const struct config *config;
	const struct log *log;
	const struct profiles *profiles;
	const char *profile; /* whose keys are looked for */
	/* The profile that named this one as its source; NULL: the user did. */
	const struct credentials_context *named_by;
	struct arena *arena; /* for names; never for keys */
	char where[256];     /* filled in by the source that has something */
	/* The chain's own search, for a profile that another one names as its source. */
	enum credentials_result (*search_profile)(struct credentials_context *context, bool with_role,
						  struct session **session, struct error *error);
};

struct credentials_source {
	const char *name;
	enum {
		SOURCE_OF_PROCESS,
		SOURCE_OF_PROFILE
	} kind; /* the latter may be another profile's source, too */
	enum credentials_result (*find)(struct credentials_context *context, struct session **session,
					struct error *error);
};

/* The sources that others name by themselves (credential_source of a profile). */
extern const struct credentials_source credentials_environment, credentials_container,
	credentials_instance_metadata, credentials_assume_role;

/*
 * Do the settings of the profile that decide on credentials say the same to all of AWS's tools? False: the
 * error names the line that does not.
 */
bool credentials_check_profile(const struct credentials_context *context, struct error *error);

/* ---- what they share ---- */

/* A variable of the environment; NULL when it is not set, or empty. */
const char *credentials_variable(const char *name);
/* A setting of the profile as text; NULL: none. */
const char *credentials_setting(const struct credentials_context *context, const char *key);
/* Was the profile named by flag, file or another profile? Then the environment's keys do not count. */
bool credentials_profile_first(const struct credentials_context *context);

/*
 * Bytes of a small file that holds more than white space. False: the error names `what`, the file and why.
 * Warns of files that others can read.
 */
bool credentials_read_file(const struct credentials_context *context, const char *what, const char *path,
			   struct buffer *text, struct error *error);
void credentials_warn_of_readers(const struct credentials_context *context, const char *path);

/* How a document calls the parts of a session. */
struct key_names {
	const char *access_key_id, *secret_access_key, *token, *expiration;
	bool needs_token;
};

/*
 * Takes the session out of a JSON object. BROKEN: the error says "FROM: ...". Expiration may be ISO 8601, or
 * milliseconds since 1970; what has expired already is refused. `ahead`: by how many seconds the speaker's
 * clock is ahead of ours.
 */
enum credentials_result credentials_read_json(const json_t *object, const struct key_names *names,
					      const char *from, int64_t ahead, struct session **session,
					      struct error *error);

/* The same of what a machine's agent answers: its names, its clock. */
enum credentials_result credentials_read_page(const json_t *object, const struct sync_page *page,
					      struct session **session, struct error *error);

/* What a session is made of, and where it stands. */
struct session_keys {
	struct span access_key_id, secret_access_key, token; /* no token: absent or empty */
	const struct key_names *names;
	const char *from; /* for messages; NULL: the names say it all */
};

/* Opens the session of these keys. BROKEN: one of them holds what would not be sent as it is. */
enum credentials_result credentials_keep(const struct session_keys *keys, int64_t expires,
					 struct session **session, struct error *error);
/* The same look at a single one. */
bool credentials_check_token(const char *from, const char *name, struct span text, struct error *error);

/* AssumeRole, and its variant with a web identity when `token` is there (then `source` is NULL). */
enum credentials_result credentials_assume(struct credentials_context *context, const struct session *source,
					   const struct role_request *role, const char *token,
					   struct session **session, struct error *error);

#endif
