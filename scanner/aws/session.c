#include "scanner/aws/session.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/aws/secrets.h"

enum { EARLY_SECONDS = 300 };

static char *copy(struct span text)
{
	char *made = text.at ? calloc(1, text.length + 1) : NULL;

	if (made)
		memcpy(made, text.at, text.length);
	return made;
}

static void wipe(char *text)
{
	if (text)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
}

static bool mask(struct session *session)
{
	if (!secrets_add(session->secret_access_key))
		return false;
	session->is_masked = !session->token || secrets_add(session->token);
	if (!session->is_masked)
		secrets_remove(session->secret_access_key);
	return session->is_masked;
}

static void unmask(const struct session *session)
{
	if (!session->is_masked)
		return;
	secrets_remove(session->secret_access_key);
	if (session->token)
		secrets_remove(session->token);
}

struct session *session_new(struct span access_key_id, struct span secret_access_key, struct span token,
			    int64_t expires)
{
	struct session *session = calloc(1, sizeof *session);

	if (!session)
		return NULL;
	session->access_key_id = copy(access_key_id);
	session->secret_access_key = copy(secret_access_key);
	session->token = copy(token);
	session->obtained = clock_wall_seconds();
	session->expires = expires;
	if (!session->access_key_id || !session->secret_access_key || (token.at && !session->token) ||
	    !mask(session)) {
		session_free(session);
		return NULL;
	}
	return session;
}

bool session_is_due(const struct session *session, int64_t now)
{
	int64_t early = (session->expires - session->obtained) / 4;

	if (session->expires == 0)
		return false;
	return now >= session->expires - (early < EARLY_SECONDS ? early : EARLY_SECONDS);
}

void session_free(struct session *session)
{
	if (!session)
		return;
	unmask(session);
	wipe(session->access_key_id);
	wipe(session->secret_access_key);
	wipe(session->token);
	free(session);
}

bool session_list_add(struct session_list *list, struct session *session)
{
	/* They are few, and most lists have one: no room in advance. */
	struct session **grown = session ? realloc(list->items, (list->count + 1) * sizeof *grown) : NULL;

	if (!grown) {
		session_free(session);
		return false;
	}
	list->items = grown;
	list->items[list->count++] = session;
	return true;
}

void session_list_deinit(struct session_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		session_free(list->items[i]);
	free(list->items);
}
