#include "scanner/aws/s3.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { HASH_BYTES = 32 };

static const struct span empty = SPAN("");

/* ---- headers ---- */

static void add_header(struct s3_request *request, const char *name, const char *value)
{
	if (value && request->header_count < CALL_HEADERS)
		request->object.headers[request->header_count++] = (struct call_header){name, value};
}

static void add_condition(struct s3_request *request, const char *replaces)
{
	if (*replaces)
		add_header(request, "If-Match", replaces);
	else
		add_header(request, "If-None-Match", "*");
}

static void add_encryption(struct s3_request *request, const struct s3_place *place)
{
	if (!place->kms_key)
		return;
	add_header(request, "x-amz-server-side-encryption", "aws:kms");
	add_header(request, "x-amz-server-side-encryption-aws-kms-key-id", place->kms_key);
}

/* ---- bodies ---- */

static bool hash_body(struct s3_request *request)
{
	static const char digits[] = "0123456789abcdef";
	const struct span body = request->object.body;
	unsigned char hash[HASH_BYTES];

	if (EVP_Digest(body.at, body.length, hash, NULL, EVP_sha256(), NULL) != 1)
		return false;
	for (size_t i = 0; i < HASH_BYTES; i++) {
		request->object.body_hash[2 * i] = digits[hash[i] >> 4];
		request->object.body_hash[2 * i + 1] = digits[hash[i] & 15];
	}
	request->object.body_hash[sizeof request->object.body_hash - 1] = '\0';
	EVP_EncodeBlock((unsigned char *)request->checksum, hash, HASH_BYTES);
	return true;
}

static void begin(struct call *call, struct s3_request *request, const struct s3_place *place,
		  enum operation_id operation, struct span body)
{
	*request = (struct s3_request){.object = {.bucket = place->bucket, .key = place->key, .body = body}};
	call_begin_object(call, operation, place->region, &request->object);
	if (!hash_body(request))
		call->body.failed = true;
	add_header(request, "x-amz-expected-bucket-owner", place->owner);
}

/* ---- requests ---- */

void s3_get(struct call *call, struct s3_request *request, const struct s3_place *place, int64_t first,
	    int64_t last, const char *etag)
{
	begin(call, request, place, S3_GET_OBJECT, empty);
	add_header(request, "If-Match", etag);
	if (first < 0)
		return;
	snprintf(request->range, sizeof request->range, "bytes=%" PRId64 "-%" PRId64, first, last);
	add_header(request, "Range", request->range);
}

void s3_put(struct call *call, struct s3_request *request, const struct s3_place *place, struct span body,
	    const char *replaces, const char *mark)
{
	begin(call, request, place, S3_PUT_OBJECT, body);
	add_header(request, "x-amz-checksum-sha256", request->checksum);
	add_header(request, "x-amz-meta-neptune-scan-upload", mark);
	add_encryption(request, place);
	add_condition(request, replaces);
}

void s3_create_upload(struct call *call, struct s3_request *request, const struct s3_place *place,
		      const char *mark)
{
	begin(call, request, place, S3_CREATE_MULTIPART_UPLOAD, empty);
	call_parameter(call, "uploads", "");
	add_header(request, "x-amz-checksum-algorithm", "SHA256");
	add_header(request, "x-amz-meta-neptune-scan-upload", mark);
	add_encryption(request, place);
}

void s3_put_part(struct call *call, struct s3_request *request, const struct s3_place *place,
		 const char *upload, size_t number, struct span body)
{
	char text[24];

	begin(call, request, place, S3_UPLOAD_PART, body);
	snprintf(text, sizeof text, "%zu", number);
	call_parameter(call, "partNumber", text);
	call_parameter(call, "uploadId", upload);
	add_header(request, "x-amz-checksum-sha256", request->checksum);
}

void s3_complete_upload(struct call *call, struct s3_request *request, const struct s3_place *place,
			const char *upload, const struct s3_part *parts, size_t count, const char *replaces,
			struct buffer *document)
{
	buffer_text(document, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
	for (size_t i = 0; i < count; i++)
		buffer_print(document,
			     "<Part><PartNumber>%zu</PartNumber><ETag>%s</ETag>"
			     "<ChecksumSHA256>%s</ChecksumSHA256></Part>",
			     i + 1, parts[i].etag, parts[i].checksum);
	buffer_text(document, "</CompleteMultipartUpload>");
	begin(call, request, place, S3_COMPLETE_MULTIPART_UPLOAD, buffer_span(document));
	call->body.failed = call->body.failed || document->failed;
	call_parameter(call, "uploadId", upload);
	add_condition(request, replaces);
}

void s3_abort_upload(struct call *call, struct s3_request *request, const struct s3_place *place,
		     const char *upload)
{
	begin(call, request, place, S3_ABORT_MULTIPART_UPLOAD, empty);
	call_parameter(call, "uploadId", upload);
}

/* ---- responses ---- */

static void on_begin(void *user)
{
	struct s3_reading *reading = user;

	reading->upload[0] = reading->etag[0] = '\0';
}

static void on_close(void *user, const struct xml_path *path, struct span text)
{
	struct s3_reading *reading = user;

	if (path->depth != 2)
		return;
	if (span_equals(xml_name(path, 0), "UploadId") &&
	    !text_copy(reading->upload, sizeof reading->upload, span_trim(text)))
		reading->upload[0] = '\0';
	else if (span_equals(xml_name(path, 0), "ETag"))
		text_copy(reading->etag, sizeof reading->etag, span_trim(text));
}

static const char *problem_of(void *user)
{
	const struct s3_reading *reading = user;

	return reading->needs_upload && !reading->upload[0] ? "it has no UploadId" : NULL;
}

static void reading_init(struct s3_reading *reading, bool needs_upload)
{
	*reading = (struct s3_reading){
		.handler = {.begin = on_begin, .close = on_close, .user = reading, .problem = problem_of},
		.needs_upload = needs_upload,
	};
}

void s3_reading_of_creation(struct s3_reading *reading)
{
	reading_init(reading, true);
}

void s3_reading_of_completion(struct s3_reading *reading)
{
	reading_init(reading, false);
}
