#include "scanner/aws/secrets.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { HASH_BITS = 14, BUCKETS = 1 << HASH_BITS };

struct secret {
	struct secret *next;
	size_t length, uses;
	bool is_remembered;
	char text[];
};

/*
 * Hashed by their first bytes. Most texts contain no secret, so the counts are checked first, without the
 * lock.
 */
static struct secret *buckets[BUCKETS];
static atomic_ushort counts[BUCKETS];
static atomic_size_t count;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static size_t bucket_of(const char *text)
{
	uint64_t begins;

	_Static_assert(sizeof begins == SECRETS_MIN_LENGTH, "the hash is of the first bytes");
	memcpy(&begins, text, sizeof begins);
	return (size_t)(begins * UINT64_C(0x9e3779b97f4a7c15) >> (64 - HASH_BITS));
}

/* ---- the registry ---- */

/* The link to the secret, or the NULL link where it would be inserted. */
static struct secret **find(const char *text, size_t length)
{
	struct secret **link = &buckets[bucket_of(text)];

	while (*link && ((*link)->length != length || memcmp((*link)->text, text, length) != 0))
		link = &(*link)->next;
	return link;
}

static struct secret *insert(const char *text, size_t length)
{
	struct secret **link = find(text, length), *secret = *link;

	if (secret)
		return secret;
	secret = calloc(1, sizeof *secret + length + 1);
	if (!secret)
		return NULL;
	memcpy(secret->text, text, length);
	secret->length = length;
	*link = secret;
	atomic_fetch_add_explicit(&counts[bucket_of(text)], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
	return secret;
}

static void drop(struct secret **link)
{
	struct secret *secret = *link;

	*link = secret->next;
	atomic_fetch_sub_explicit(&counts[bucket_of(secret->text)], 1, memory_order_relaxed);
	atomic_fetch_sub_explicit(&count, 1, memory_order_relaxed);
	explicit_bzero(secret->text, secret->length);
	free(secret);
}

/* Wipes all secrets at exit. */
static void forget_all(void)
{
	pthread_rwlock_wrlock(&lock);
	for (size_t i = 0; i < BUCKETS; i++)
		while (buckets[i])
			drop(&buckets[i]);
	pthread_rwlock_unlock(&lock);
}

static bool add(const char *text, bool remember)
{
	static bool is_registered;
	size_t length = text ? strlen(text) : 0;
	struct secret *secret;

	if (length < SECRETS_MIN_LENGTH)
		return true;
	pthread_rwlock_wrlock(&lock);
	secret = insert(text, length);
	if (secret && remember)
		secret->is_remembered = true;
	else if (secret)
		secret->uses++;
	if (remember && !is_registered)
		is_registered = atexit(forget_all) == 0;
	pthread_rwlock_unlock(&lock);
	return secret;
}

bool secrets_add(const char *secret)
{
	return add(secret, false);
}

bool secrets_remember(const char *secret)
{
	return add(secret, true);
}

void secrets_remove(const char *text)
{
	size_t length = strlen(text);
	struct secret **link;

	if (length < SECRETS_MIN_LENGTH)
		return;
	pthread_rwlock_wrlock(&lock);
	link = find(text, length);
	if (*link && (*link)->uses > 0)
		(*link)->uses--;
	if (*link && (*link)->uses == 0 && !(*link)->is_remembered)
		drop(link);
	pthread_rwlock_unlock(&lock);
}

/* ---- masking ---- */

/* The length of the longest secret at `at`; 0: none. */
static size_t length_at(const char *at, size_t room)
{
	size_t longest = 0;

	if (atomic_load_explicit(&counts[bucket_of(at)], memory_order_relaxed) == 0)
		return 0;
	pthread_rwlock_rdlock(&lock);
	for (const struct secret *secret = buckets[bucket_of(at)]; secret; secret = secret->next)
		if (secret->length > longest && secret->length <= room &&
		    memcmp(secret->text, at, secret->length) == 0)
			longest = secret->length;
	pthread_rwlock_unlock(&lock);
	return longest;
}

/* The first position from `from` where a secret begins, and its length; the end of the text: none. */
static size_t next_secret(struct span text, size_t from, size_t *length)
{
	for (; from + SECRETS_MIN_LENGTH <= text.length; from++) {
		*length = length_at(text.at + from, text.length - from);
		if (*length > 0)
			return from;
	}
	return text.length;
}

/* Secrets may overlap, so each is searched for in the original text. */
static void mask_into(char *copy, struct span text)
{
	size_t length = 0;

	for (size_t at = next_secret(text, 0, &length); at < text.length;
	     at = next_secret(text, at + 1, &length))
		memset(copy + at, '*', length);
}

struct span secrets_mask(struct span text, struct buffer *masked)
{
	size_t length;

	if (text.length < SECRETS_MIN_LENGTH || atomic_load_explicit(&count, memory_order_relaxed) == 0 ||
	    next_secret(text, 0, &length) == text.length)
		return text;
	buffer_clear(masked);
	buffer_append(masked, text.at, text.length);
	if (masked->failed)
		return (struct span){"", 0};
	mask_into(masked->at, text);
	return buffer_span(masked);
}

void secrets_mask_text(char *text)
{
	struct buffer masked = {0};
	struct span whole = span_of(text), clean = secrets_mask(whole, &masked);

	if (clean.at != whole.at) {
		memset(text, '*', whole.length);
		memcpy(text, clean.at, clean.length);
	}
	buffer_deinit(&masked);
}
