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
