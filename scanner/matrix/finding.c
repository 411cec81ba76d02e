#include "scanner/matrix/finding.h"

#include <string.h>

bool finding_fails(const struct finding *finding)
{
	return finding->verdict == VERDICT_FAIL && !finding->exception;
}

const char *finding_evidence(const struct finding *finding, const char *name)
{
	for (const struct pair *pair = finding->evidence; pair; pair = pair->next)
		if (strcmp(pair->name, name) == 0)
			return pair->value;
	return NULL;
}

bool finding_is_of_unencrypted(const struct finding *finding)
{
	const char *encrypted = finding_evidence(finding, "StorageEncrypted");
	const char *type = finding_evidence(finding, "StorageEncryptionType");

	/* "sse-rds" beside false: encrypted with a key that AWS owns. */
	return finding->verdict == VERDICT_FAIL && encrypted && strcmp(encrypted, "false") == 0 &&
	       (!type || strcmp(type, "none") == 0);
}
