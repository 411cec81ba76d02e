/*
 * The signing key depends only on the secret, the day, the region and the service, and takes four of the five
 * HMACs of a signature, so it is cached. So is the first of the four, which depends only on secret and day,
 * because an account is scanned in many regions.
 */
#include "scanner/aws/sigv4.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum {
	CACHED_KEYS = 256,
	MAX_HEADERS = 32,
	MAX_PARAMETERS = 64,
	DAY_LENGTH = 8,
	MAX_ID = 144,
	MAX_NAME = 64,   /* a region is a host label */
	HASH_BLOCK = 64, /* block size of SHA-256 in bytes */
	INNER_PAD = 0x36,
	OUTER_PAD = 0x5c
};

/* Region and service "": the key that was derived for the day. */
struct cached_key {
	char access_key_id[MAX_ID]; /* empty: unused */
	char day[DAY_LENGTH + 1];
	char region[MAX_NAME], service[MAX_NAME];
	unsigned char key[SIGV4_KEY_LENGTH];
};

struct sigv4_signer {
	EVP_MD *sha256;
	EVP_MD_CTX *digest;
	struct buffer canonical, string_to_sign, signed_headers;
	struct buffer body, body_hash; /* of the last request: equal bodies go to many regions */
	struct cached_key keys[CACHED_KEYS];
};

struct sigv4_signer *sigv4_signer_new(void)
{
	struct sigv4_signer *signer = calloc(1, sizeof *signer);

	if (!signer)
		return NULL;
	signer->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	signer->digest = EVP_MD_CTX_new();
	if (!signer->sha256 || !signer->digest) {
		sigv4_signer_free(signer);
		return NULL;
	}
	return signer;
}

void sigv4_signer_free(struct sigv4_signer *signer)
{
	if (!signer)
		return;
	EVP_MD_CTX_free(signer->digest);
	EVP_MD_free(signer->sha256);
	buffer_deinit(&signer->canonical);
	buffer_deinit(&signer->string_to_sign);
	buffer_deinit(&signer->signed_headers);
	buffer_deinit(&signer->body);
	buffer_deinit(&signer->body_hash);
	OPENSSL_cleanse(signer->keys, sizeof signer->keys);
	free(signer);
}

static const struct span nothing = SPAN("");

/* The hash of both, concatenated. */
static bool sha256(struct sigv4_signer *signer, struct span first, struct span second,
		   unsigned char result[static SIGV4_KEY_LENGTH])
{
	return EVP_DigestInit_ex2(signer->digest, signer->sha256, NULL) == 1 &&
	       EVP_DigestUpdate(signer->digest, first.at, first.length) == 1 &&
	       EVP_DigestUpdate(signer->digest, second.at, second.length) == 1 &&
	       EVP_DigestFinal_ex(signer->digest, result, NULL) == 1;
}

/*
 * RFC 2104 by two digests: EVP_MAC allocates contexts for each message, a fifth of its time for a short one.
 * `key` may be where the result goes.
 */
static bool hmac(struct sigv4_signer *signer, const void *key, size_t key_length, struct span data,
		 unsigned char result[static SIGV4_KEY_LENGTH])
{
	unsigned char block[HASH_BLOCK] = {0};
	const struct span padded = {(const char *)block, sizeof block},
			  inner = {(const char *)result, SIGV4_KEY_LENGTH};
	bool good = true;

	if (key_length > sizeof block)
		good = sha256(signer, (struct span){key, key_length}, nothing, block);
	else
		memcpy(block, key, key_length);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= INNER_PAD;
	good = good && sha256(signer, padded, data, result);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= INNER_PAD ^ OUTER_PAD;
	good = good && sha256(signer, padded, inner, result);
	OPENSSL_cleanse(block, sizeof block);
	return good;
}

/* Writes no NUL. */
static void to_hex(const unsigned char bytes[static SIGV4_KEY_LENGTH], char *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SIGV4_KEY_LENGTH; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
}

static bool append_digest(struct sigv4_signer *signer, struct span data, struct buffer *into)
{
	unsigned char hash[SIGV4_KEY_LENGTH];
	char *hex;

	if (!sha256(signer, data, nothing, hash))
		return false;
	hex = buffer_extend(into, 2 * SIGV4_KEY_LENGTH);
	if (hex)
		to_hex(hash, hex);
	return hex != NULL;
}

static bool append_body_hash(struct sigv4_signer *signer, struct span body, struct buffer *into)
{
	if (signer->body_hash.length == 0 || !span_same(buffer_span(&signer->body), body)) {
		buffer_clear(&signer->body);
		buffer_clear(&signer->body_hash);
		buffer_append(&signer->body, body.at, body.length);
		if (signer->body.failed || !append_digest(signer, body, &signer->body_hash)) {
			buffer_clear(&signer->body_hash);
			return false;
		}
	}
	buffer_append(into, signer->body_hash.at, signer->body_hash.length);
	return !into->failed;
}

/* ---- the canonical path ---- */

static bool is_unreserved(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static bool is_escape(struct span text, size_t i)
{
	return text.at[i] == '%' && i + 2 < text.length && isxdigit((unsigned char)text.at[i + 1]) &&
	       isxdigit((unsigned char)text.at[i + 2]);
}

void sigv4_encode(struct buffer *into, struct span text, bool keep_escapes)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t start = 0;

	/* Characters that stay are appended in runs. */
	for (size_t i = 0; i < text.length; i++) {
		if (is_unreserved(text.at[i]) || (keep_escapes && is_escape(text, i)))
			continue;
		buffer_append(into, text.at + start, i - start);
		buffer_append(into,
			      (char[]){'%', digits[(unsigned char)text.at[i] >> 4],
				       digits[(unsigned char)text.at[i] & 15]},
			      3);
		start = i + 1;
	}
	buffer_append(into, text.at + start, text.length - start);
}

/*
 * Removes dot segments and repeated slashes and keeps a trailing slash. The path is then encoded again, as
 * AWS specifies.
 */
static void append_path(struct buffer *into, struct span path)
{
	size_t start = into->length;
	struct span rest = path, part;
	bool trailing = path.length == 0 || path.at[path.length - 1] == '/';

	while (span_split(&rest, '/', &part)) {
		if (span_equals(part, "..")) {
			while (into->length > start && into->at[--into->length] != '/')
				;
		} else if (part.length > 0 && !span_equals(part, ".")) {
			buffer_text(into, "/");
			sigv4_encode(into, part, false);
		}
		trailing = trailing || (!rest.at && (span_equals(part, ".") || span_equals(part, "..")));
	}
	if (into->length == start || trailing)
		buffer_text(into, "/");
}

/* ---- the canonical query ---- */

struct parameter {
	struct span name, value;
};

static int compare_spans(struct span a, struct span b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int order = shorter > 0 ? memcmp(a.at, b.at, shorter) : 0;

	return order ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_parameters(const void *a, const void *b)
{
	const struct parameter *left = a, *right = b;
	int order = compare_spans(left->name, right->name);

	return order ? order : compare_spans(left->value, right->value);
}

static bool append_query(struct buffer *into, struct span query)
{
	struct parameter parameters[MAX_PARAMETERS];
	size_t count = 0, starts[2 * MAX_PARAMETERS + 1];
	struct buffer encoded = {0};
	struct span rest = query, pair;

	/* Encode first, then sort: the order is that of the encoded bytes. */
	while (query.length > 0 && span_split(&rest, '&', &pair)) {
		struct span name;

		if (count == MAX_PARAMETERS) {
			buffer_deinit(&encoded);
			return false;
		}
		span_split(&pair, '=', &name);
		starts[2 * count] = encoded.length;
		sigv4_encode(&encoded, name, true);
		starts[2 * count + 1] = encoded.length;
		if (pair.at)
			sigv4_encode(&encoded, pair, true);
		starts[2 * ++count] = encoded.length;
	}
	for (size_t i = 0; i < count && !encoded.failed; i++) {
		parameters[i].name =
			(struct span){encoded.at + starts[2 * i], starts[2 * i + 1] - starts[2 * i]};
		parameters[i].value =
			(struct span){encoded.at + starts[2 * i + 1], starts[2 * i + 2] - starts[2 * i + 1]};
	}
	if (encoded.at && !encoded.failed)
		qsort(parameters, count, sizeof *parameters, compare_parameters);
	for (size_t i = 0; i < count && encoded.at && !encoded.failed; i++)
		buffer_print(into, "%s" SPAN_FORMAT "=" SPAN_FORMAT, i ? "&" : "",
			     SPAN_ARGUMENTS(parameters[i].name), SPAN_ARGUMENTS(parameters[i].value));
	into->failed = into->failed || encoded.failed;
	buffer_deinit(&encoded);
	return !into->failed;
}

/* ---- the canonical headers ---- */

static int compare_names(struct span a, struct span b)
{
	for (size_t i = 0; i < a.length && i < b.length; i++) {
		int difference = tolower((unsigned char)a.at[i]) - tolower((unsigned char)b.at[i]);

		if (difference)
			return difference;
	}
	return (a.length > b.length) - (a.length < b.length);
}

static void append_lower(struct buffer *into, struct span text)
{
	char *lower = buffer_extend(into, text.length);

	for (size_t i = 0; lower && i < text.length; i++)
		lower[i] = (char)tolower((unsigned char)text.at[i]);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Trims, and replaces runs of white space, folded lines included, by one space. */
static void append_value(struct buffer *into, struct span value)
{
	value = span_trim(value);
	for (size_t i = 0; i < value.length;) {
		size_t start = i;

		while (i < value.length && !is_space(value.at[i]))
			i++;
		buffer_append(into, value.at + start, i - start);
		if (i < value.length)
			buffer_text(into, " ");
		while (i < value.length && is_space(value.at[i]))
			i++;
	}
}

static bool append_headers(struct buffer *into, const struct sigv4_request *request,
			   struct buffer *signed_headers)
{
	const struct sigv4_header *sorted[MAX_HEADERS];
	size_t count = request->header_count;

	if (count > MAX_HEADERS)
		return false;
	for (size_t i = 0; i < count;
	     i++) { /* insertion sort: there are few headers, and repeated ones keep their order */
		size_t j = i;

		for (; j > 0 && compare_names(request->headers[i].name, sorted[j - 1]->name) < 0; j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = &request->headers[i];
	}
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && compare_names(sorted[i]->name, sorted[i - 1]->name) == 0) {
			into->length--; /* removes the line end, because the value belongs to the previous
					   header */
			buffer_text(into, ",");
		} else {
			append_lower(into, sorted[i]->name);
			buffer_text(into, ":");
			if (i > 0)
				buffer_text(signed_headers, ";");
			append_lower(signed_headers, sorted[i]->name);
		}
		append_value(into, sorted[i]->value);
		buffer_text(into, "\n");
	}
	return !into->failed && !signed_headers->failed;
}

bool sigv4_canonical_request(struct sigv4_signer *signer, const struct sigv4_request *request,
			     struct buffer *canonical, struct buffer *signed_headers)
{
	buffer_texts(canonical, request->method, "\n", NULL);
	if (request->is_object)
		buffer_append(canonical, request->path.at, request->path.length);
	else
		append_path(canonical, request->path);
	buffer_text(canonical, "\n");
	if (!append_query(canonical, request->query))
		return false;
	buffer_text(canonical, "\n");
	if (!append_headers(canonical, request, signed_headers))
		return false;
	buffer_text(canonical, "\n");
	buffer_append(canonical, signed_headers->at, signed_headers->length);
	buffer_text(canonical, "\n");
	if (!request->body_hash.at)
		return append_body_hash(signer, request->body, canonical);
	buffer_append(canonical, request->body_hash.at, request->body_hash.length);
	return !canonical->failed;
}

static void append_scope(struct buffer *into, const struct sigv4_scope *scope)
{
	buffer_append(into, scope->amz_date, DAY_LENGTH);
	buffer_texts(into, "/", scope->region, "/", scope->service, "/aws4_request", NULL);
}

bool sigv4_string_to_sign(struct sigv4_signer *signer, const struct sigv4_scope *scope, struct span canonical,
			  struct buffer *string_to_sign)
{
	buffer_texts(string_to_sign, "AWS4-HMAC-SHA256\n", scope->amz_date, "\n", NULL);
	append_scope(string_to_sign, scope);
	buffer_text(string_to_sign, "\n");
	return append_digest(signer, canonical, string_to_sign);
}

/* ---- the key ---- */

static bool is_cached(const struct cached_key *cached, const struct sigv4_scope *scope)
{
	return strcmp(cached->access_key_id, scope->access_key_id) == 0 &&
	       memcmp(cached->day, scope->amz_date, DAY_LENGTH) == 0 &&
	       strcmp(cached->region, scope->region) == 0 && strcmp(cached->service, scope->service) == 0;
}

static void cache_key(struct cached_key *cached, const struct sigv4_scope *scope, const unsigned char *key)
{
	if (strlen(scope->access_key_id) >= MAX_ID || strlen(scope->region) >= MAX_NAME ||
	    strlen(scope->service) >= MAX_NAME)
		return;
	strcpy(cached->access_key_id, scope->access_key_id);
	memcpy(cached->day, scope->amz_date, DAY_LENGTH);
	strcpy(cached->region, scope->region);
	strcpy(cached->service, scope->service);
	memcpy(cached->key, key, SIGV4_KEY_LENGTH);
}

typedef bool derive_key(struct sigv4_signer *signer, const struct sigv4_scope *scope,
			unsigned char key[static SIGV4_KEY_LENGTH]);

/* The cached key of the scope, derived when it is missing. */
static bool find_key(struct sigv4_signer *signer, const struct sigv4_scope *scope, derive_key *derive,
		     unsigned char key[static SIGV4_KEY_LENGTH])
{
	uint32_t hash = hash_text(hash_text(HASH_OF_NOTHING, scope->access_key_id), scope->region);
	struct cached_key *cached = &signer->keys[hash_text(hash, scope->service) % CACHED_KEYS];

	if (is_cached(cached, scope)) {
		memcpy(key, cached->key, SIGV4_KEY_LENGTH);
		return true;
	}
	if (!derive(signer, scope, key))
		return false;
	cache_key(cached, scope, key);
	return true;
}

static bool derive_for_day(struct sigv4_signer *signer, const struct sigv4_scope *scope,
			   unsigned char key[static SIGV4_KEY_LENGTH])
{
	char first[300]; /* "AWS4" and the secret key */
	int length = snprintf(first, sizeof first, "AWS4%s", scope->secret_access_key);
	bool good = length > 0 && (size_t)length < sizeof first &&
		    hmac(signer, first, (size_t)length, (struct span){scope->amz_date, DAY_LENGTH}, key);

	OPENSSL_cleanse(first, sizeof first);
	return good;
}

static bool derive_for_service(struct sigv4_signer *signer, const struct sigv4_scope *scope,
			       unsigned char key[static SIGV4_KEY_LENGTH])
{
	struct sigv4_scope day = *scope;

	day.region = day.service = "";
	return find_key(signer, &day, derive_for_day, key) &&
	       hmac(signer, key, SIGV4_KEY_LENGTH, span_of(scope->region), key) &&
	       hmac(signer, key, SIGV4_KEY_LENGTH, span_of(scope->service), key) &&
	       hmac(signer, key, SIGV4_KEY_LENGTH, span_of("aws4_request"), key);
}

bool sigv4_signature(struct sigv4_signer *signer, const struct sigv4_scope *scope, struct span string_to_sign,
		     char signature[static SIGV4_SIGNATURE_SIZE])
{
	unsigned char key[SIGV4_KEY_LENGTH], raw[SIGV4_KEY_LENGTH];
	bool good = find_key(signer, scope, derive_for_service, key) &&
		    hmac(signer, key, SIGV4_KEY_LENGTH, string_to_sign, raw);

	OPENSSL_cleanse(key, sizeof key);
	if (!good)
		return false;
	to_hex(raw, signature);
	signature[2 * SIGV4_KEY_LENGTH] = '\0';
	return true;
}

bool sigv4_authorization(struct sigv4_signer *signer, const struct sigv4_request *request,
			 const struct sigv4_scope *scope, struct buffer *authorization)
{
	char signature[SIGV4_SIGNATURE_SIZE];

	buffer_clear(&signer->canonical);
	buffer_clear(&signer->string_to_sign);
	buffer_clear(&signer->signed_headers);
	if (!sigv4_canonical_request(signer, request, &signer->canonical, &signer->signed_headers) ||
	    !sigv4_string_to_sign(signer, scope, buffer_span(&signer->canonical), &signer->string_to_sign) ||
	    !sigv4_signature(signer, scope, buffer_span(&signer->string_to_sign), signature))
		return false;
	buffer_texts(authorization, "AWS4-HMAC-SHA256 Credential=", scope->access_key_id, "/", NULL);
	append_scope(authorization, scope);
	buffer_texts(authorization, ", SignedHeaders=", signer->signed_headers.at, ", Signature=", signature,
		     NULL);
	return !authorization->failed;
}
