#include "base/arn.h"

bool arn_split(struct span text, struct arn *arn)
{
	struct span word, *const parts[] = {&word, &arn->partition, &arn->service, &arn->region, &arn->account};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (!span_split(&text, ':', parts[i]) || !text.at || !span_equals(word, "arn")) {
			*arn = (struct arn){0};
			return false;
		}
	}
	arn->resource = text;
	return true;
}

bool arn_belongs_to(const char *text, const char *service, const char *account, const char *region)
{
	struct arn arn;

	return arn_split(span_of(text), &arn) && span_equals(arn.service, service) &&
	       span_equals(arn.account, account) &&
	       (arn.region.length == 0 || !region || span_equals(arn.region, region));
}
