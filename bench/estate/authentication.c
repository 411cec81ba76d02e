#include "bench/estate/authentication.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bench/estate/session_policies.h"
#include "bench/estate/sessions.h"
#include "scanner/aws/sigv4.h"

enum { ALLOWED_SKEW = 300, MAX_SIGNED = 16 };

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

bool claim_read(struct request *request, struct claim *claim)
{
	if (!parse(request->header(request, "authorization"), claim))
		return refuse(request, REFUSAL_NO_TOKEN, "Request is missing Authentication Token");
	memcpy(request->service, claim->service, sizeof claim->service);
	memcpy(request->region, claim->region, sizeof claim->region);
	return true;
}

static bool refuse_key(struct request *request)
{
	return refuse(request, REFUSAL_KEY, "%s",
		      request_protocol(request) == PROTOCOL_EC2
			      ? "AWS was not able to validate the provided access credentials"
			      : "The security token included in the request is invalid.");
}

/* Finds the owner and the secret of a key; the session token must belong to it. */
static bool find_caller(struct request *request, const struct claim *claim, const char *token, char secret[48])
{
	const struct estate *estate = request->estate;
	struct session session;

	if (strcmp(claim->key_id, estate->access_key_id) == 0 && !token) {
		snprintf(secret, 48, "%s", estate->secret_access_key);
		request->account = 0;
		request->caller = CALLER_USER;
		return true;
	}
	if (!token || !session_read(&estate->world, claim->key_id, token, &session))
		return refuse_key(request);
	request->session_policy = session_policies_find(estate->session_policies, session.policy);
	if (session.policy != 0 && !request->session_policy)
		return refuse_key(request);
	if (session.expires <= request->now)
		return refuse(request, REFUSAL_EXPIRED,
			      "The security token included in the request is expired");
	request->account = session.account;
	request->caller = session.kind == SESSION_MEMBER ? CALLER_ROLE : CALLER_HOST;
	request->is_tagged = session.kind == SESSION_POD;
	memcpy(secret, session.secret_access_key, sizeof session.secret_access_key);
	return true;
}

static bool signature_matches(const struct request *request, const struct claim *claim, const char *secret,
			      const char *amz_date)
{
	struct sigv4_header headers[MAX_SIGNED];
	struct span rest = span_of(claim->signed_headers), name;
	struct buffer authorization = {0};
	char text[64], expected[96];
	size_t count = 0;
	bool good;

	while (span_split(&rest, ';', &name) && count < MAX_SIGNED && name.length < sizeof text) {
		snprintf(text, sizeof text, SPAN_FORMAT, SPAN_ARGUMENTS(name));
		headers[count].name = name;
		headers[count++].value = span_of(request->header(request, text));
	}
	const struct sigv4_request signed_request = {.method = request->method,
						     .path = request->path,
						     .query = request->query,
						     .headers = headers,
						     .header_count = count,
						     .body = request->body};
	const struct sigv4_scope scope = {claim->key_id, secret, amz_date, claim->region, claim->service};

	good = sigv4_authorization(request->estate->signer, &signed_request, &scope, &authorization);
	snprintf(expected, sizeof expected, "Signature=%s", claim->signature);
	good = good && strstr(authorization.at, expected);
	buffer_deinit(&authorization);
	return good;
}

static bool check_date(struct request *request, const char *amz_date, const char *scope_date)
{
	char now_text[CLOCK_AMZ_SIZE];
	int64_t then;

	if (!amz_date || !clock_parse_amz(span_of(amz_date), &then) || strncmp(amz_date, scope_date, 8) != 0)
		return refuse(request, REFUSAL_SIGNATURE, "Date in Credential scope does not match.");
	clock_format_amz(request->now, now_text);
	if (then < request->now - ALLOWED_SKEW)
		return refuse(request, REFUSAL_SIGNATURE,
			      "Signature expired: %s is now earlier than %s (%s - 5 min.)", amz_date, now_text,
			      now_text);
	if (then > request->now + ALLOWED_SKEW)
		return refuse(request, REFUSAL_SIGNATURE,
			      "Signature not yet current: %s is still later than %s (%s + 5 min.)", amz_date,
			      now_text, now_text);
	return true;
}

bool authenticate(struct request *request, const struct claim *claim)
{
	const char *amz_date = request->header(request, "x-amz-date");
	const char *token = request->header(request, "x-amz-security-token");
	const struct world *world = &request->estate->world;
	char secret[48];

	if (!find_caller(request, claim, token, secret) || !check_date(request, amz_date, claim->date))
		return false;
	if (!signature_matches(request, claim, secret, amz_date))
		return refuse(
			request, REFUSAL_SIGNATURE,
			"The request signature we calculated does not match the signature you provided. Check "
			"your AWS Secret Access Key and signing method.");
	request->region_number = world_region_by_name(world, request->region);
	/* A region that the account has not enabled rejects its keys. */
	if (request->region_number == SIZE_MAX ||
	    world_cell_kind(world, request->account, request->region_number) == CELL_NOT_ENABLED ||
	    faults_disable(request->estate->faults, request->service, request->operation, request->account,
			   request->region))
		return refuse_key(request);
	return true;
}
