/*
 * Requests about objects, and what is told when S3 refuses one.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "config/object_url.h"
#include "scanner/storage/storage_internal.h"

/* ---- objects ---- */

bool object_init(struct object *object, const struct config *config, const char *name, struct error *error)
{
	struct object_url url;
	const char *problem = object_url_parse(name, &url);

	*object = (struct object){.name = name};
	if (problem) {
		error_set(error, ERROR_USAGE, "\"%s\": %s", name, problem);
		return false;
	}
	object->bucket = strndup(url.bucket.at, url.bucket.length);
	object->key = strndup(url.key.at, url.key.length);
	object->place = (struct s3_place){
		.bucket = object->bucket,
		.key = object->key,
		.region = config->s3_region ? config->s3_region : config->region,
		.owner = config->s3_bucket_owner,
		.kms_key = config->s3_kms_key,
	};
	if (object->bucket && object->key)
		return true;
	object_deinit(object);
	error_out_of_memory(error);
	return false;
}

void object_deinit(struct object *object)
{
	free(object->bucket);
	free(object->key);
	object->bucket = object->key = NULL;
}

/* ---- requests ---- */

bool storage_prepare(struct storage *storage, struct error *error)
{
	struct credentials *credentials = &storage->credentials;

	if (!storage->client)
		storage->client = sync_client_open(storage->config, storage->log, 0, 1, error);
	if (!storage->client)
		return false;
	if (credentials->session && !session_is_due(credentials->session, clock_wall_seconds()))
		return true;
	if (!credentials_find(storage->config, storage->log, credentials->source, credentials, error)) {
		credentials->session = NULL;
		return false;
	}
	if (session_list_add(&storage->sessions, credentials->session))
		return true;
	credentials->session = NULL;
	return error_out_of_memory(error);
}

void storage_call_init(struct storage_call *call, struct storage *storage)
{
	sync_call_init(&call->sync_call, storage->client, storage->credentials.session);
}

void storage_call_deinit(struct storage_call *call)
{
	sync_call_deinit(&call->sync_call);
}

bool storage_send(struct storage *storage, struct storage_call *call)
{
	answer_deinit(&call->sync_call.answer);
	return sync_client_call(storage->client, &call->sync_call);
}

/* S3 redirects to the bucket's region, or names it when it refuses a signature. */
static bool is_of_other_region(const struct answer *answer)
{
	return answer->status == 301 || answer->status == 307 ||
	       strcmp(answer->code, "AuthorizationHeaderMalformed") == 0 ||
	       strcmp(answer->code, "IllegalLocationConstraintException") == 0;
}

/* The answer does not tell these causes apart. */
static bool refuse_access(const struct object *object, const struct operation *operation, const char *what,
			  struct error *error)
{
	struct buffer causes = {0};

	if (!operation->writes)
		buffer_text(&causes, "; or the object does not exist, and s3:ListBucket is not allowed");
	if (object->place.owner)
		buffer_texts(&causes, "; or the bucket does not belong to the account of s3.bucket_owner, ",
			     object->place.owner, NULL);
	error_set(error, ERROR_ACCESS,
		  "%s: %s: %s%s\n"
		  "  Fix: neptune-scan iam-policy caller lists what the caller needs; the bucket's policy, and "
		  "that of the KMS key, must allow it as well",
		  object->name, operation->permission, what, causes.at ? causes.at : "");
	buffer_deinit(&causes);
	return false;
}

bool storage_refuse(const struct object *object, const struct storage_call *call, struct error *error)
{
	const struct answer *answer = &call->sync_call.answer;
	const struct operation *operation = call->sync_call.call.operation;
	const char *advice = answer_advice(answer), *region = answer->object.region;
	char what[560];

	answer_describe(answer, what, sizeof what);
	if (is_of_other_region(answer))
		return error_set(error, ERROR_USAGE,
				 "%s: the bucket is not in the region %s: %s\n  Fix: set s3.region to %s",
				 object->name, object->place.region, what,
				 *region ? region : "the region of the bucket");
	if (strcmp(answer->code, "NoSuchBucket") == 0)
		return error_set(error, ERROR_USAGE,
				 "%s: the bucket %s does not exist\n  Fix: create it, or name another one",
				 object->name, object->bucket);
	if (answer->class == ANSWER_ACCESS_DENIED)
		return refuse_access(object, operation, what, error);
	return error_set(error, answer->class == ANSWER_TRANSIENT ? ERROR_NETWORK : ERROR_PROTOCOL,
			 "%s: %s: %s%s%s", object->name, operation->permission, what, advice ? "\n  Fix: " : "",
			 advice ? advice : "");
}
