#include "config/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/object_url.h"

bool text_list_contains(struct text_list list, const char *text)
{
	for (size_t i = 0; i < list.count; i++)
		if (strcmp(list.items[i], text) == 0)
			return true;
	return false;
}

bool is_account_id(const char *text)
{
	enum { DIGITS = 12 };

	return text_is_digits(text, DIGITS);
}

bool shard_is_whole(const struct shard *shard)
{
	return shard->count == 1;
}

int64_t shard_of(const char *account, int64_t count)
{
	return strtoll(account, NULL, 10) % count + 1;
}

bool shard_has(const struct shard *shard, const char *account)
{
	return shard_of(account, shard->count) == shard->index;
}

const char *config_next_object(const struct config *config, size_t *position)
{
	enum { OTHERS = 2 };

	while (*position < OTHERS + config->reports.count) {
		size_t i = (*position)++;
		const char *path = i == 0   ? config->store_path
				   : i == 1 ? config->accounts_file
					    : config->reports.items[i - OTHERS].path;

		if (object_url_is(path))
			return path;
	}
	return NULL;
}

bool config_writes_objects(const struct config *config)
{
	size_t position = 0;

	return config_next_object(config, &position);
}

bool config_writes_bucket(const struct config *config, const char *bucket)
{
	struct object_url url;
	size_t position = 0;
	const char *path;

	while ((path = config_next_object(config, &position)))
		if (!object_url_parse(path, &url) && span_equals(url.bucket, bucket))
			return true;
	return false;
}

bool config_finds_sts_regions(const struct config *config)
{
	return config->sts_regions.count == 1 && strcmp(config->sts_regions.items[0], "auto") == 0;
}

bool config_asks_for_enabled_regions(const struct config *config)
{
	return text_list_contains(config->regions, "enabled");
}
