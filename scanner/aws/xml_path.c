/*
 * The path of open elements, shared by both readers and all handlers.
 */
#include <string.h>

#include "scanner/aws/xml_internal.h"

void xml_begin(struct xml_parser *parser, const struct xml_handler *handler)
{
	parser->handler = handler;
	parser->path.depth = 0;
	parser->refused = false;
	buffer_clear(&parser->text);
	buffer_clear(&parser->names);
	if (handler->begin)
		handler->begin(handler->user);
}

void xml_end_element(struct xml_parser *parser, struct span text)
{
	parser->handler->close(parser->handler->user, &parser->path, text);
	parser->path.depth--;
	parser->text.length = parser->text_starts[parser->path.depth];
}

struct span xml_name(const struct xml_path *path, size_t above)
{
	if (above >= path->depth)
		return (struct span){"", 0};
	return path->names[path->depth - 1 - above];
}

const char *xml_contradiction(const char *read, const struct xml_path *path, struct span text,
			      struct arena *arena)
{
	const char *problem;

	if (!read || span_equals(text, read))
		return NULL;
	problem = arena_format(arena, SPAN_FORMAT " occurs twice, with different values",
			       SPAN_ARGUMENTS(xml_name(path, 0)));
	return problem ? problem : "out of memory";
}
