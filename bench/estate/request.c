#include "bench/estate/request.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool request_is_json(const struct request *request)
{
	return strcmp(request->service, "organizations") == 0;
}

void append_xml(struct buffer *into, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			buffer_text(into, "&amp;");
			break;
		case '<':
			buffer_text(into, "&lt;");
			break;
		case '>':
			buffer_text(into, "&gt;");
			break;
		case '"':
			buffer_text(into, "&quot;");
			break;
		default:
			buffer_append(into, text, 1);
		}
	}
}

static void append_json_error(struct request *request, const char *code, const char *message)
{
	json_t *body = json_pack("{s:s,s:s}", "__type", code, "message", message);
	char *text = json_dumps(body, JSON_COMPACT);

	if (text)
		buffer_text(&request->answer, text);
	free(text);
	json_decref(body);
}

bool refuse(struct request *request, unsigned status, const char *code, const char *format, ...)
{
	struct buffer *answer = &request->answer;
	char message[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	request->status = status;
	buffer_clear(answer);
	if (request_is_json(request)) {
		append_json_error(request, code, message);
		return false;
	}
	if (strcmp(request->service, "ec2") == 0) {
		buffer_print(answer, "<Response><Errors><Error><Code>%s</Code><Message>", code);
		append_xml(answer, message);
		buffer_print(answer, "</Message></Error></Errors><RequestID>%s</RequestID></Response>",
			     request->request_id);
		return false;
	}
	buffer_print(answer, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>", code);
	append_xml(answer, message);
	buffer_print(answer, "</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
		     request->request_id);
	return false;
}

void append_metadata(struct request *request)
{
	buffer_print(&request->answer, "<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata>",
		     request->request_id);
}

static int from_hex(char digit)
{
	return digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

static bool decode(struct span text, char *value, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < text.length; i++) {
		char c = text.at[i];

		if (length + 1 >= size)
			return false;
		if (c == '%' && i + 2 < text.length && isxdigit((unsigned char)text.at[i + 1]) &&
		    isxdigit((unsigned char)text.at[i + 2])) {
			c = (char)(from_hex(text.at[i + 1]) * 16 + from_hex(text.at[i + 2]));
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		value[length++] = c;
	}
	value[length] = '\0';
	return true;
}

bool form_value(const struct request *request, const char *name, char *value, size_t size)
{
	struct span rest = request->body, pair;

	value[0] = '\0';
	while (span_split(&rest, '&', &pair)) {
		struct span key;

		if (span_split(&pair, '=', &key) && span_equals(key, name) && pair.at)
			return decode(pair, value, size);
	}
	return false;
}
