/*
 * The wordings of AWS's errors: tests/data/aws/wordings.tsv, one wording a line. Each is sent in every form
 * that its service's protocol has for an error, and must get the class, the kind of policy and the
 * explicitness of the table.
 */
#include "base/buffer.h"
#include "tests/scanner/aws/answers.h"

enum { FIELDS = 8 };

/* A line of the table. */
struct wording {
	const struct operation *operation;
	const char *status, *code, *message, *class, *policy, *explicitly, *source;
};

/* ---- the forms of an error ---- */

static void append_xml(struct buffer *text, const char *raw)
{
	for (; *raw; raw++)
		if (*raw == '<')
			buffer_text(text, "&lt;");
		else if (*raw == '&')
			buffer_text(text, "&amp;");
		else
			buffer_append(text, raw, 1);
}

static void write_xml(struct buffer *text, const struct wording *wording, const char *before, const char *after)
{
	buffer_texts(text, "\n", before, "<Code>", wording->code, "</Code><Message>", NULL);
	append_xml(text, wording->message);
	buffer_texts(text, "</Message>", after, NULL);
}

static void write_query(struct buffer *text, const struct wording *wording)
{
	write_xml(
		text, wording,
		"<ErrorResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><Error><Type>Sender</Type>",
		"</Error><RequestId>1</RequestId></ErrorResponse>");
}

static void write_ec2(struct buffer *text, const struct wording *wording)
{
	write_xml(text, wording, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>",
		  "</Error></Errors><RequestID>1</RequestID></Response>");
}

static void append_json(struct buffer *text, json_t *object)
{
	char *dumped = json_dumps(object, JSON_COMPACT);

	buffer_texts(text, "\n", dumped, NULL);
	free(dumped);
	json_decref(object);
}

static void write_json(struct buffer *text, const struct wording *wording)
{
	append_json(text, json_pack("{s:s, s:s}", "__type", wording->code, "message", wording->message));
}

static void write_json_with_namespace(struct buffer *text, const struct wording *wording)
{
	json_t *type = json_sprintf("com.amazonaws.service#%s", wording->code);

	append_json(text, json_pack("{s:o, s:s}", "__type", type, "Message", wording->message));
}

static void write_rest(struct buffer *text, const struct wording *wording)
{
	buffer_texts(text, "x-amzn-ErrorType: ", wording->code, ":http://internal.amazon.com/coral/\n", NULL);
	append_json(text, json_pack("{s:s}", "message", wording->message));
}

static void write_rest_in_body(struct buffer *text, const struct wording *wording)
{
	append_json(text, json_pack("{s:s, s:s}", "code", wording->code, "Message", wording->message));
}

/* A page that is not from AWS has no code; the message is the whole page. */
static void write_page(struct buffer *text, const struct wording *wording)
{
	buffer_texts(text, "\n", wording->message, NULL);
}

static const struct form {
	enum protocol protocol;
	void (*write)(struct buffer *text, const struct wording *wording);
} forms[] = {
	{PROTOCOL_QUERY, write_query}, {PROTOCOL_EC2, write_ec2},
	{PROTOCOL_JSON, write_json},   {PROTOCOL_JSON, write_json_with_namespace},
	{PROTOCOL_REST, write_rest},   {PROTOCOL_REST, write_rest_in_body},
};

/* ---- the table ---- */

static const struct operation *operation_by_permission(const char *permission)
{
	for (size_t i = 0; i < OPERATION_COUNT; i++)
		if (strcmp(operations[i].permission, permission) == 0)
			return &operations[i];
	fail_msg("\"%s\" is no operation of this program", permission);
	return NULL;
}

static struct wording read_line(char *line)
{
	const char *fields[FIELDS] = {line, "", "", "", "", "", "", ""};
	size_t count = 1;

	for (char *at = line; (at = strchr(at, '\t')); count++) {
		*at++ = '\0';
		if (count < FIELDS)
			fields[count] = at;
	}
	if (count != FIELDS || !*fields[FIELDS - 1])
		fail_msg("\"%s %s\" has %zu fields, expected %d, the last of them a source", fields[0],
			 fields[2], count, FIELDS);
	return (struct wording){operation_by_permission(fields[0]),
				fields[1],
				fields[2],
				fields[3],
				fields[4],
				fields[5],
				fields[6],
				fields[7]};
}

static bool is_as_expected(const struct wording *wording, const struct answer *answer)
{
	char found[96], expected[96];

	snprintf(found, sizeof found, "%s %s %s", answer_class_name(answer), answer_policy_name(answer),
		 answer->explicitly ? "explicit" : "implicit");
	snprintf(expected, sizeof expected, "%s %s %s", wording->class,
		 *wording->policy ? wording->policy : "unspecified",
		 *wording->explicitly ? wording->explicitly : "implicit");
	if (strcmp(found, expected) != 0)
		print_error("%s %s %s %s\n  is %s, expected %s (%s)\n", wording->operation->permission,
			    wording->status, wording->code, wording->message, found, expected, wording->source);
	return strcmp(found, expected) == 0;
}

static bool reads_as_expected(const struct wording *wording, const struct form *form)
{
	struct xml_parser *parser = xml_parser_new();
	struct buffer text = {0};
	struct response response;
	struct answer answer;
	bool good;

	buffer_texts(&text, "HTTP/1.1 ", wording->status, " Refused\n", NULL);
	form->write(&text, wording);
	response_from_text(&response, text.at);
	answer_read(&answer, wording->operation, &response, 0, parser, NULL);
	good = is_as_expected(wording, &answer);
	answer_deinit(&answer);
	response_deinit(&response);
	buffer_deinit(&text);
	xml_parser_free(parser);
	return good;
}

/* Returns the number of forms that are read wrongly. */
static size_t check(const struct wording *wording, size_t *tried)
{
	static const struct form page = {.write = write_page};
	size_t wrong = 0;

	if (!*wording->code) {
		++*tried;
		return !reads_as_expected(wording, &page);
	}
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (forms[i].protocol != wording->operation->service->protocol)
			continue;
		++*tried;
		wrong += !reads_as_expected(wording, &forms[i]);
	}
	return wrong;
}

static void test_wordings(void **state)
{
	char *table = read_file(SOURCE_FOLDER "/tests/data/aws/wordings.tsv"), *rest = table, *line;
	size_t wordings = 0, tried = 0, wrong = 0;

	(void)state;
	assert_non_null(table);
	while ((line = strsep(&rest, "\n"))) {
		struct wording wording;

		if (!*line || *line == '#')
			continue;
		wording = read_line(line);
		wrong += check(&wording, &tried);
		wordings++;
	}
	free(table);
	print_message("%zu wordings in %zu forms\n", wordings, tried);
	assert_true(tried >= wordings && wordings > 0);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wordings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
