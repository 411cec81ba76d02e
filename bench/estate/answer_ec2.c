#include <string.h>

#include "bench/estate/request.h"

static void describe_regions(struct request *request)
{
	const struct world *world = &request->estate->world;
	struct buffer *answer = &request->answer;

	buffer_print(answer,
		     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeRegionsResponse "
		     "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>%s</requestId><regionInfo>",
		     request->request_id);
	for (size_t i = 0; i < world->regions; i++)
		if (world_cell_kind(world, request->account, i) != CELL_NOT_ENABLED)
			buffer_print(answer,
				     "<item><regionName>%s</regionName><regionEndpoint>ec2.%s.amazonaws.com"
				     "</regionEndpoint><optInStatus>opt-in-not-required</optInStatus></item>",
				     world_region(i), world_region(i));
	buffer_text(answer, "</regionInfo></DescribeRegionsResponse>");
}

void answer_ec2(struct request *request)
{
	if (strcmp(request->operation, "DescribeRegions") == 0)
		describe_regions(request);
	else
		refuse(request, 400, "InvalidAction", "The action %s is not valid for this web service.",
		       request->operation);
}
