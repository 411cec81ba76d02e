#include "bench/estate/statistics.h"

#include <string.h>

#include "bench/estate/critical_path.h"

static void count(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, json_integer((json_int_t)value));
}

json_t *statistics_json(const struct statistics *statistics, const struct estate *estate)
{
	json_t *all = json_object(), *by_operation = json_object(), *by_fault = json_object();
	struct asked asked = {0};
	char name[120];

	for (size_t i = 0; i < WORLD_MAX_REGIONS; i++)
		asked.sts_endpoints += statistics->sts[i];

	count(all, "connections", statistics->connections);
	count(all, "handshakes", statistics->handshakes);
	count(all, "resumed", statistics->resumed);
	count(all, "requests", statistics->requests);
	count(all, "refused", statistics->refused);
	count(all, "throttled", statistics->throttled);
	count(all, "writes", statistics->writes);
	count(all, "most_in_flight", statistics->most_in_flight);
	count(all, "sts_endpoints", asked.sts_endpoints);
	for (size_t i = 0; i < OPERATIONS; i++) {
		snprintf(name, sizeof name, "%s:%s", operations[i].service, operations[i].name);
		count(by_operation, name, statistics->by_operation[i]);
		if (strcmp(operations[i].name, "DescribeDBClusterSnapshots") == 0)
			asked.snapshots = statistics->by_operation[i] > 0;
	}
	for (enum fault fault = FAULT_NONE + 1; fault < FAULT_KINDS; fault++)
		if (statistics->by_fault[fault] > 0)
			count(by_fault, fault_name(fault), statistics->by_fault[fault]);
	json_object_set_new(all, "operations", by_operation);
	json_object_set_new(all, "faults", by_fault);
	json_object_set_new(all, "critical_path_seconds", json_real(critical_path_seconds(estate, &asked)));
	return all;
}

void log_open(FILE *log)
{
	fputs("seconds\tconnection\tservice\toperation\taccount\tregion\tstatus\terror\tfault\n", log);
}

void log_request(FILE *log, double seconds, uint64_t connection, const struct request *request)
{
	char account[WORLD_ID] = "-";

	if (request->account != SIZE_MAX)
		world_account_id(&request->estate->world, request->account, account);
	fprintf(log, "%.6f\t%llu\t%s\t%s\t%s\t%s\t%u\t%s\t%s\n", seconds, (unsigned long long)connection,
		request->service[0] ? request->service : "-", request->operation[0] ? request->operation : "-",
		account, request->region[0] ? request->region : "-", request->status,
		request->error[0] ? request->error : "-", request->fault ? fault_name(request->fault) : "-");
}
