/*
 * SigV4, verified for real: the signature is computed again from what arrived.
 */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/estate/request.h"
#include "scanner/aws/sigv4.h"

enum { ALLOWED_SKEW = 300, MOST_SIGNED = 16 };

/* The parts of an Authorization header. */
struct claim {
	char key_id[64], date[16], region[ESTATE_NAME], service[ESTATE_NAME];
	char signed_headers[256], signature[80];
};

static bool take(struct span *rest, char separator, char *into, size_t size)
{
	struct span part;

	if (!span_split(rest, separator, &part) || part.length == 0 || part.length >= size)
		return false;
	memcpy(into, part.at, part.length);
	into[part.length] = '\0';
	return true;
}

static bool take_field(struct span *rest, const char *name, struct span *value)
{
	struct span part;

	if (!span_split(rest, ',', &part))
		return false;
	part = span_trim(part);
	if (!span_starts_with(part, name))
		return false;
	*value = (struct span){part.at + strlen(name), part.length - strlen(name)};
	return true;
}

static bool parse(const char *header, struct claim *claim)
{
	static const char algorithm[] = "AWS4-HMAC-SHA256 ";
	struct span rest, credential, headers, signature;

	if (!header || strncmp(header, algorithm, sizeof algorithm - 1) != 0)
		return false;
	rest = span_of(header + sizeof algorithm - 1);
	if (!take_field(&rest, "Credential=", &credential) || !take_field(&rest, "SignedHeaders=", &headers) ||
	    !take_field(&rest, "Signature=", &signature))
		return false;
	return take(&credential, '/', claim->key_id, sizeof claim->key_id) &&
	       take(&credential, '/', claim->date, sizeof claim->date) &&
	       take(&credential, '/', claim->region, sizeof claim->region) &&
	       take(&credential, '/', claim->service, sizeof claim->service) &&
	       span_equals(credential, "aws4_request") &&
	       take(&headers, ' ', claim->signed_headers, sizeof claim->signed_headers) &&
	       take(&signature, ' ', claim->signature, sizeof claim->signature);
}

/* Whose key is it, and with which secret? The session token must be the one that came with it. */
static bool find_secret(struct request *request, const struct claim *claim, const char *token, char secret[48])
{
	const struct estate *estate = request->estate;
	char id[32], right_token[128];

	if (strcmp(claim->key_id, estate->access_key_id) == 0 && !token) {
		snprintf(secret, 48, "%s", estate->secret_access_key);
		request->account = 0;
		return true;
	}
	if (strncmp(claim->key_id, "ASIA", 4) != 0)
		return false;
	request->account = world_account_by_id(&estate->world, claim->key_id + 4);
	request->by_role = true;
	if (request->account == SIZE_MAX)
		return false;
	keys_of_role(estate, request->account, id, secret, right_token);
	return token && strcmp(token, right_token) == 0;
}

static bool signature_matches(const struct request *request, const struct claim *claim, const char *secret,
			      const char *amz_date, struct MHD_Connection *connection, const char *method,
			      const char *path)
{
	struct sigv4_signer *signer = request->estate->signer;
	struct sigv4_header headers[MOST_SIGNED];
	struct span rest = span_of(claim->signed_headers), name;
	struct buffer authorization = {0};
	char text[64], expected[96];
	size_t count = 0;
	bool good;

	while (span_split(&rest, ';', &name) && count < MOST_SIGNED && name.length < sizeof text) {
		snprintf(text, sizeof text, SPAN_FORMAT, SPAN_ARGUMENTS(name));
		headers[count].name = name;
		headers[count++].value =
			span_of(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, text));
	}
	const struct sigv4_request signed_request = {method,  span_of(path), {"", 0},
						     headers, count,         request->body};
	const struct sigv4_scope scope = {claim->key_id, secret, amz_date, claim->region, claim->service};

	good = sigv4_authorization(signer, &signed_request, &scope, &authorization);
	snprintf(expected, sizeof expected, "Signature=%s", claim->signature);
	good = good && strstr(authorization.at, expected);
	buffer_free(&authorization);
	return good;
}

static bool check_date(struct request *request, const char *amz_date, const char *scope_date)
{
	int64_t now = clock_wall_seconds(), then;
	char now_text[CLOCK_AMZ_SIZE];

	if (!amz_date || !clock_parse_amz(span_of(amz_date), &then) || strncmp(amz_date, scope_date, 8) != 0)
		return refuse(request, 403, "SignatureDoesNotMatch",
			      "Date in Credential scope does not match.");
	clock_format_amz(now, now_text);
	if (then < now - ALLOWED_SKEW)
		return refuse(request, 403, "SignatureDoesNotMatch",
			      "Signature expired: %s is now earlier than %s (%s - 5 min.)", amz_date, now_text,
			      now_text);
	if (then > now + ALLOWED_SKEW)
		return refuse(request, 403, "SignatureDoesNotMatch",
			      "Signature not yet current: %s is still later than %s (%s + 5 min.)", amz_date,
			      now_text, now_text);
	return true;
}

static bool refuse_key(struct request *request)
{
	if (request_is_json(request))
		return refuse(request, 400, "UnrecognizedClientException",
			      "The security token included in the request is invalid.");
	if (strcmp(request->service, "ec2") == 0)
		return refuse(request, 401, "AuthFailure",
			      "AWS was not able to validate the provided access credentials");
	return refuse(request, 403, "InvalidClientTokenId",
		      "The security token included in the request is invalid.");
}

bool authenticate(struct request *request, struct MHD_Connection *connection, const char *method,
		  const char *path)
{
	const char *amz_date = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "x-amz-date");
	const char *token = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "x-amz-security-token");
	struct claim claim;
	char secret[48];
	size_t region;

	if (!parse(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "authorization"), &claim))
		return refuse(request, 403, "MissingAuthenticationToken",
			      "Request is missing Authentication Token");
	memcpy(request->service, claim.service, sizeof claim.service);
	memcpy(request->region, claim.region, sizeof claim.region);
	if (!find_secret(request, &claim, token, secret))
		return refuse_key(request);
	if (!check_date(request, amz_date, claim.date))
		return false;
	if (!signature_matches(request, &claim, secret, amz_date, connection, method, path))
		return refuse(
			request, 403, "SignatureDoesNotMatch",
			"The request signature we calculated does not match the signature you provided. Check "
			"your AWS Secret Access Key and signing method.");
	region = world_region_by_name(&request->estate->world, request->region, strlen(request->region));
	if (region == SIZE_MAX)
		return refuse_key(request);
	/* A region that the account has not enabled does not know its keys. */
	if (world_cell_kind(&request->estate->world, request->account, region) == CELL_NOT_ENABLED)
		return refuse_key(request);
	return true;
}
