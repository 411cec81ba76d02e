#include "bench/estate/sessions.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The parts of the MAC that form the keys. */
enum { SECRET_BYTES = 20, TOKEN_BYTES = 12, ID_BYTES = 8, MAC_BYTES = 64, HASH_DIGITS = 16 };

static const char prefix[] = "IQoJb3JpZ2luX2VjE/";
static const char kinds[] = {[SESSION_MEMBER] = 'M', [SESSION_HOST] = 'H', [SESSION_POD] = 'P'};

static void to_hex(const unsigned char *raw, size_t count, char *hex)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < count; i++) {
		hex[2 * i] = digits[raw[i] >> 4];
		hex[2 * i + 1] = digits[raw[i] & 15];
	}
	hex[2 * count] = '\0';
}

bool session_make(const struct world *world, struct session *session)
{
	char account[WORLD_ID], text[128], mac[2 * TOKEN_BYTES + 1], id[2 * ID_BYTES + 1];
	unsigned char raw[MAC_BYTES];
	unsigned length = sizeof raw;
	int written;

	world_account_id(world, session->account, account);
	written = snprintf(text, sizeof text, "%llu/%s/%c/%lld/%016llx", (unsigned long long)world->seed,
			   account, kinds[session->kind], (long long)session->expires,
			   (unsigned long long)session->policy);
	if (!HMAC(EVP_sha512(), "estate", 6, (const unsigned char *)text, (size_t)written, raw, &length))
		return false;
	to_hex(raw, SECRET_BYTES, session->secret_access_key);
	to_hex(raw + SECRET_BYTES, TOKEN_BYTES, mac);
	/* Each session has its own id, because signers cache keys by it. */
	to_hex(raw + SECRET_BYTES + TOKEN_BYTES, ID_BYTES, id);
	snprintf(session->access_key_id, sizeof session->access_key_id, "ASIA%s", id);
	snprintf(session->token, sizeof session->token, "%s%s%c%012lld%016llx+%s==", prefix, account,
		 kinds[session->kind], (long long)session->expires, (unsigned long long)session->policy, mac);
	return true;
}

bool session_read(const struct world *world, const char *access_key_id, const char *token,
		  struct session *session)
{
	char given_id[24], given_token[128], account[WORLD_ID], expires[12 + 1];
	const char *letter;

	if (strlen(token) != sizeof prefix - 1 + 12 + 1 + 12 + HASH_DIGITS + 1 + 24 + 2 ||
	    strlen(access_key_id) != 20)
		return false;
	snprintf(given_id, sizeof given_id, "%s", access_key_id);
	snprintf(given_token, sizeof given_token, "%s", token);
	snprintf(account, sizeof account, "%.12s", token + sizeof prefix - 1);
	session->account = world_account_by_id(world, account);
	letter = memchr(kinds, token[sizeof prefix - 1 + 12], sizeof kinds);
	session->kind = letter ? (enum session_kind)(letter - kinds) : SESSION_MEMBER;
	snprintf(expires, sizeof expires, "%s", token + sizeof prefix - 1 + 13);
	session->expires = strtoll(expires, NULL, 10);
	session->policy = strtoull(token + sizeof prefix - 1 + 25, NULL, 16); /* to the "+" */
	return session->account != SIZE_MAX && session_make(world, session) &&
	       strcmp(given_id, session->access_key_id) == 0 && strcmp(given_token, session->token) == 0;
}
