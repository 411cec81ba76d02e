/*
 * sources.h - the interface of credential sources, private to them and the chain.
 *
 * A source is one file and one line in chain.c. It examines the context and returns a session, or reports
 * that it does not apply (and what it looked for), or that it applies but is unusable.
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
	CREDENTIALS_ABSENT, /* the source does not apply, and the next one is tried; the error names what it
			       looked for */
	CREDENTIALS_BROKEN, /* the source applies, but is unusable: the chain stops */
};

struct credentials_context {
	const struct config *config;
	const struct log *log;
	const struct profiles *profiles;
	const char *profile; /* whose credentials are wanted */
	/* The profile whose source_profile is this one; NULL: the user named this one. */
	const struct credentials_context *named_by;
	struct arena *arena; /* for names, never for keys */
	char where[256];     /* set by the source that has credentials */
	/* Searches the chain for a profile that another one names as its source. */
	enum credentials_result (*search_profile)(struct credentials_context *context, bool with_role,
						  struct session **session, struct error *error);
};

struct credentials_source {
	const char *name;
	enum {
		SOURCE_OF_PROCESS,
		SOURCE_OF_PROFILE
	} kind; /* a SOURCE_PROFILE may also be another profile's source */
	enum credentials_result (*find)(struct credentials_context *context, struct session **session,
					struct error *error);
};

/* Sources that credential_source of a profile can name. */
extern const struct credentials_source credentials_environment, credentials_container,
	credentials_instance_metadata, credentials_assume_role;

/* True: the profile's credential settings mean the same to all AWS tools. False: the error names the line. */
bool credentials_check_profile(const struct credentials_context *context, struct error *error);

/* ---- shared functions ---- */

/* A variable of the environment; NULL: unset or empty. */
const char *credentials_variable(const char *name);
/* A setting of the profile as text; NULL: unset. */
const char *credentials_setting(const struct credentials_context *context, const char *key);
/* True: a flag, a file or another profile names this one, so the environment's keys are not used. */
bool credentials_profile_first(const struct credentials_context *context);

/*
 * Reads a small file that is not blank. False: the error names `what`, the file and the reason. Warns when
 * others can read the file.
 */
bool credentials_read_file(const struct credentials_context *context, const char *what, const char *path,
			   struct buffer *text, struct error *error);
void credentials_warn_of_readers(const struct credentials_context *context, const char *path);

/* The member names of a session in a document. */
struct key_names {
	const char *access_key_id, *secret_access_key, *token, *expiration;
	bool needs_token;
};

/*
 * Reads a session from a JSON object. BROKEN: the error begins with `from`. Expiration may be ISO 8601, or
 * milliseconds since 1970; an expired session is refused. `ahead`: seconds by which the server's clock is
 * ahead of the local one.
 */
enum credentials_result credentials_read_json(const json_t *object, const struct key_names *names,
					      const char *from, int64_t ahead, struct session **session,
					      struct error *error);

/* The same for a page of a machine's agent, with its names and its clock. */
enum credentials_result credentials_read_page(const json_t *object, const struct sync_page *page,
					      struct session **session, struct error *error);

/* The keys of a session, and their source. */
struct session_keys {
	struct span access_key_id, secret_access_key, token; /* token absent or empty: none */
	const struct key_names *names;
	const char *from; /* for messages; NULL: the names suffice */
};

/* Creates a session of these keys. BROKEN: a key contains a character that a header cannot carry. */
enum credentials_result credentials_make_session(const struct session_keys *keys, int64_t expires,
						 struct session **session, struct error *error);
/* Checks a single key in the same way. */
bool credentials_check_token(const char *from, const char *name, struct span text, struct error *error);

/* AssumeRole, or AssumeRoleWithWebIdentity when there is a `token` (then `source` is NULL). */
enum credentials_result credentials_assume(struct credentials_context *context, const struct session *source,
					   const struct role_request *role, const char *token,
					   struct session **session, struct error *error);

#endif
