#include "bench/estate/paging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_RECORDS = 20, MAX_RECORDS = 100, ENDLESS = 99, SHIFT = 8 };

static const char disguise[] = "page/+=";

static bool read_token(struct listing *listing, const char *token)
{
	char *end;

	if (strncmp(token, disguise, sizeof disguise - 1) != 0)
		return false;
	listing->first = strtoul(token + sizeof disguise - 1, &end, 10);
	if (*end != '.')
		return false;
	listing->generation = (unsigned)strtoul(end + 1, &end, 10);
	return !*end && listing->generation <= ENDLESS;
}

/* Applies the faults of pages. */
static void begin(struct request *request, struct listing *listing)
{
	listing->fault = request->fault;
	if (listing->generation == ENDLESS)
		listing->fault = FAULT_REPEATED_TOKEN;
	if (listing->fault == FAULT_SHIFTED_PAGE) /* fewer than a page holds, so the list still ends */
		listing->first -= listing->first < SHIFT ? listing->first : SHIFT;
	if (listing->fault == FAULT_EMPTY_PAGE || listing->generation == ENDLESS)
		listing->length = 0;
}

bool listing_of_records(struct request *request, struct listing *listing)
{
	char text[LISTING_TOKEN];

	*listing = (struct listing){.length = MAX_RECORDS};
	if (request_parameter(request, "MaxRecords", text, sizeof text)) {
		listing->length = strtoul(text, NULL, 10);
		if (listing->length < MIN_RECORDS || listing->length > MAX_RECORDS)
			return refuse(request, REFUSAL_INVALID,
				      "Invalid value %s for MaxRecords. Must be between 20 and 100", text);
	}
	if (request_parameter(request, "Marker", text, sizeof text) && !read_token(listing, text))
		return refuse(request, REFUSAL_INVALID, "The request token specified was invalid: %s", text);
	begin(request, listing);
	return true;
}

static bool read_page(struct request *request, const char *token, const char *size_name, size_t max,
		      struct listing *listing)
{
	if (listing->length < 1 || listing->length > max)
		return refuse(request, REFUSAL_INVALID, "%s must be between 1 and %zu", size_name, max);
	if (token && !read_token(listing, token))
		return refuse(request, REFUSAL_INVALID, "Invalid token: %.40s", token);
	begin(request, listing);
	return true;
}

bool listing_of_json(struct request *request, const json_t *body, const char *size_name, const char *token_name,
		     size_t max, struct listing *listing)
{
	const json_t *size = json_object_get(body, size_name);

	*listing = (struct listing){.length = json_is_integer(size) ? (size_t)json_integer_value(size) : max};
	return read_page(request, json_string_value(json_object_get(body, token_name)), size_name, max,
			 listing);
}

bool listing_of_query(struct request *request, const char *size_name, const char *token_name, size_t max,
		      struct listing *listing)
{
	char size[16], token[LISTING_TOKEN];
	bool sized = request_parameter(request, size_name, size, sizeof size);
	bool tokened = request_parameter(request, token_name, token, sizeof token);

	*listing = (struct listing){.length = sized ? strtoul(size, NULL, 10) : max};
	return read_page(request, tokened ? token : NULL, size_name, max, listing);
}

bool listing_goes_on(struct listing *listing, size_t index, size_t count)
{
	listing->next = index;
	listing->more = index < count;
	return listing->more && listing->listed < listing->length;
}

bool listing_token(const struct listing *listing, char token[LISTING_TOKEN])
{
	unsigned generation = 0;

	if (listing->fault == FAULT_REPEATED_TOKEN)
		generation = ENDLESS;
	else if (listing->fault == FAULT_EMPTY_PAGE)
		generation = listing->generation + 1;
	else if (!listing->more)
		return false;
	snprintf(token, LISTING_TOKEN, "%s%zu.%u", disguise, listing->next, generation);
	return true;
}

void listing_append_marker(struct request *request, const struct listing *listing)
{
	char token[LISTING_TOKEN];

	if (listing_token(listing, token))
		append_element(&request->answer, "Marker", token);
}

void listing_add_token(json_t *answer, const char *name, const struct listing *listing)
{
	char token[LISTING_TOKEN];

	if (listing_token(listing, token))
		json_object_set_new(answer, name, json_string(token));
}
