/*
 * Any bytes as XML: a document that the plain reader accepts is accepted by expat, with the same calls of the
 * handler.
 */
#include "scanner/aws/xml_internal.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void on_begin(void *user)
{
	buffer_clear(user);
}

static void on_open(void *user, const struct xml_path *path)
{
	for (size_t i = 0; i < path->depth; i++)
		buffer_print(user, "<" SPAN_FORMAT, SPAN_ARGUMENTS(path->names[i]));
}

static void on_close(void *user, const struct xml_path *path, struct span text)
{
	buffer_print(user, "(%zu " SPAN_FORMAT " %zu)", path->depth, SPAN_ARGUMENTS(xml_name(path, 0)),
		     text.length);
	buffer_append(user, text.at, text.length);
}

/* Maps bytes, which are rarely well-formed, to pieces of documents, which often are. */
static void write_pieces(struct buffer *document, const unsigned char *data, size_t size)
{
	static const char *const pieces[] = {
		"<a>",
		"</a>",
		"<b>",
		"</b>",
		"<a/>",
		"<c xmlns=\"u\">",
		"</c>",
		"<",
		">",
		"/",
		"a",
		" ",
		"\n",
		"text",
		"&amp;",
		"&lt;",
		"&#65;",
		"&",
		";",
		"]]>",
		"\xc3\xa9",
		"\xe2\x82\xac",
		"\xef\xbf\xbe",
		"\xed\xa0\x80",
		"<?xml version=\"1.0\"?>",
		"<?p?>",
		"<!-- c -->",
		"<![CDATA[",
		"<!DOCTYPE a>",
		"=",
		"\"",
		":",
	};

	for (size_t i = 0; i < size; i++)
		buffer_text(document, pieces[data[i] % (sizeof pieces / sizeof pieces[0])]);
}

/* The first byte chooses: the rest is a document, or a choice of pieces. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct xml_parser *parser;
	struct buffer document = {0}, plain = {0}, any = {0};
	const struct xml_handler hear_plain = {
		.begin = on_begin, .open = on_open, .close = on_close, .user = &plain};
	const struct xml_handler hear_any = {
		.begin = on_begin, .open = on_open, .close = on_close, .user = &any};

	if (size == 0)
		return 0;
	if (!parser)
		parser = xml_parser_new();
	if (data[0] % 2)
		write_pieces(&document, data + 1, size - 1);
	else
		buffer_append(&document, data + 1, size - 1);
	if (xml_read_plain(parser, buffer_span(&document), &hear_plain) &&
	    (!xml_read_any(parser, buffer_span(&document), &hear_any) ||
	     !span_same(buffer_span(&plain), buffer_span(&any))))
		__builtin_trap();
	buffer_deinit(&document);
	buffer_deinit(&plain);
	buffer_deinit(&any);
	return 0;
}
