/* Any bytes as AWS's answer: classified, read, and never taken for a list that was not there. */
#include <string.h>

#include "scanner/aws/answer.h"
#include "scanner/aws/neptune.h"
#include "scanner/aws/organizations.h"
#include "scanner/aws/regions.h"
#include "scanner/aws/sts.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* The first byte chooses operation and status, the rest is headers, an empty line, and the body. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const long statuses[] = {200, 400, 403, 503};
	static struct xml_parser *parser;
	struct response response = {.outcome = EXCHANGE_ANSWERED};
	struct clusters_reading clusters;
	struct regions_reading regions;
	struct sts_reading sts;
	struct arena arena = {0};
	struct answer answer;
	enum operation_id operation;
	const unsigned char *body;
	char text[400];

	if (size == 0)
		return 0;
	if (!parser)
		parser = xml_open();
	operation = (enum operation_id)(data[0] % OPERATION_COUNT);
	response.status = statuses[data[0] / 64];
	body = memmem(data + 1, size - 1, "\n\n", 2);
	body = body ? body + 2 : data + 1;
	buffer_append(&response.headers, data + 1, (size_t)(body - data - 1));
	buffer_append(&response.body, body, (size_t)(data + size - body));
	clusters_reading_init(&clusters, &arena);
	regions_reading_init(&regions, partition_of_region(span_of("us-east-1")));
	sts_reading_init(&sts);
	answer_read(&answer, &operations[operation], &response, 0, parser,
		    operation == NEPTUNE_DESCRIBE_DB_CLUSTERS ? &clusters.handler
		    : operation == EC2_DESCRIBE_REGIONS       ? &regions.handler
							      : &sts.handler);
	answer_describe(&answer, text, sizeof text);
	if (answer.class == ANSWER_OK && answer.json) {
		struct listed_account account;
		struct listed_unit unit;
		struct organization organization;

		for (size_t i = 0; organizations_read_account(answer.json, i, &account); i++)
			organizations_is_scanned(account.state);
		for (size_t i = 0; organizations_read_unit(answer.json, "Roots", i, &unit); i++)
			;
		organizations_read_organization(answer.json, &organization);
		organizations_next_token(answer.json);
	}
	/* A verdict needs its list: success without one would be a pass by absence. */
	if (answer.class == ANSWER_OK && operation == NEPTUNE_DESCRIBE_DB_CLUSTERS &&
	    !memmem(body, (size_t)(data + size - body), "DBClusters", 10))
		__builtin_trap();
	session_close(sts_take_session(&sts, 0));
	answer_free(&answer);
	sts_reading_free(&sts);
	regions_reading_free(&regions);
	arena_free(&arena);
	response_free(&response);
	return 0;
}
